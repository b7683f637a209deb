"""A published release as the public tree shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from seawall.vocab.tlp import Tlp


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRelease:
    """One released revision of one advisory: what everybody may read of it."""

    id: str
    revision: int
    title: str
    summary: str = ""
    """What the vulnerability is, in plain text; "" when only the title says it."""
    first_published_at: datetime
    """When the first revision was published (UTC)."""
    updated_at: datetime
    """When this revision was published (UTC)."""
    tlp: Tlp
    documents: Mapping[str, str]
    """File name → the document's exact text, as it was signed."""
    kinds: Mapping[str, str]
    """File name → csaf, csaf-vex, osv, cve or openvex; the same names."""
    ecosystems: tuple[str, ...] = ()
    """OSV's words for where the affected packages live, sorted, without a release ("Debian", not
    "Debian:12"); empty when no package is named."""
    cve: str = ""
    severity: str = ""
    """CRITICAL, HIGH, MEDIUM, LOW or NONE; "" when nobody rated it."""
    withdrawn_at: datetime | None = None
