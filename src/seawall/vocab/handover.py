"""A case as it is passed on to another coordinator, vendor or system."""

from dataclasses import dataclass
from datetime import datetime

from seawall.vocab.findings import Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who passes it on."""

    name: str
    organisation: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverPayload:
    """What the receiver may know of a case at the moment of sending; unknown parts are empty.

    `attachments` hold reproducers only if their export to this receiver is allowed.
    """

    case: str
    """Our id of it."""
    marking: str
    """The TLP label under which it is passed on."""
    title: str
    description: str
    target: str
    """purl, repository URL or product name."""
    affected_versions: str = ""
    fixed_version: str = ""
    cwes: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    severity: str = ""
    """CVSS vector, else a word."""
    functions: tuple[str, ...] = ()
    crash: str = ""
    evidence: str = ""
    """How it was proven, in a sentence."""
    suggested_fix: str = ""
    references: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    """Finders who want to be named."""
    vendor: str = ""
    vendor_told_at: datetime | None = None
    is_public: bool = False
    is_exploited: bool = False
    embargo_ends_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
