"""Reports and the findings in them, with their provenance, as received."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ReportFormat(StrEnum):
    """The formats that intake reads."""

    SEAWALL = "seawall"
    SARIF = "sarif"
    OSV = "osv"
    CSAF = "csaf"
    TEXT = "text"


class CreditWish(StrEnum):
    """How the finder wants to be named."""

    NAMED = "named"
    ANONYMOUS = "anonymous"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A scanner or AI model that took part."""

    name: str
    version: str = ""
    kind: str = "tool"
    """"tool" or "model"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a report comes from, kept as sent; unknown parts are empty."""

    reporter: str = ""
    finders: tuple[str, ...] = ()
    relay: tuple[str, ...] = ()
    """Who passed it on, first relayer first."""
    tools: tuple[Tool, ...] = ()
    human_reviewed: bool | None = None
    """None when the sender did not say."""
    credit: CreditWish | None = None
    credit_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in the target's source; line 0 when unknown."""

    file: str
    line: int = 0
    end_line: int = 0
    function: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a report; `data` is not interpreted at intake."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One normalised weakness in a report, unproven."""

    key: str
    """Stable and unique within its report."""
    title: str
    description: str = ""
    target: str = ""
    """purl (version allowed), repository URL, or product name; "" when the report names none."""
    affected_versions: str = ""
    """As the report says it: a version, a VERS or OSV-style range, or words."""
    fixed_version: str = ""
    cwes: tuple[str, ...] = ()
    """"CWE-79" form, upper case, sorted as reported."""
    identifiers: tuple[str, ...] = ()
    """CVE, GHSA, OSV and other public identifiers, upper-cased CVE/GHSA-prefix as usual."""
    locations: tuple[Location, ...] = ()
    severity: str = ""
    """CVSS vector if one was given, else the sender's word."""
    crash: str = ""
    """Sanitizer report or stack trace as text."""
    reproducer: str = ""
    """Name of the attachment that is the reproducer; "" when none."""
    suggested_fix: str = ""
    """A unified diff or prose."""
    references: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the sender that have no place of their own, kept as sent (JSON values)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPart:
    """A part of a report that could not be read, while the rest was kept."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a reporter sent, read: findings, attachments, provenance and what was rejected."""

    format: ReportFormat
    digest: str
    """sha256 of the bytes as received, hex: the identity of the report."""
    provenance: Provenance
    findings: tuple[Finding, ...]
    attachments: tuple[Attachment, ...] = ()
    rejected: tuple[RejectedPart, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What the sender said about the whole report beyond these fields (JSON values)."""
