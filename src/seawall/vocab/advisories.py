"""An advisory independent of any document format, and the version ranges in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from seawall.vocab.tlp import Tlp


class RangeKind(StrEnum):
    """How the events of a range are ordered (OSV schema, affected[].ranges[].type)."""

    SEMVER = "SEMVER"
    ECOSYSTEM = "ECOSYSTEM"
    GIT = "GIT"


class EventKind(StrEnum):
    """OSV schema, affected[].ranges[].events."""

    INTRODUCED = "introduced"
    FIXED = "fixed"
    LAST_AFFECTED = "last_affected"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeEvent:
    kind: EventKind
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRange:
    """One range as its source states it, in the source's event order."""

    kind: RangeKind
    events: tuple[RangeEvent, ...]
    repo: str = ""
    """Repository URL, GIT ranges only."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedPackage:
    """A package and which of its versions are affected.

    `ecosystem` is OSV's word ("PyPI", "npm", "Go", "crates.io", "Maven", "RubyGems", "NuGet",
    "Debian:12", "AlmaLinux:9", "Alpine:v3.19", "Bitnami", …), "" when only a product is named.
    A version is affected when it is listed in `versions` or lies in one of `ranges`.
    """

    ecosystem: str
    name: str
    purl: str = ""
    ranges: tuple[VersionRange, ...] = ()
    versions: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """`scheme` as OSV has it: "CVSS_V2", "CVSS_V3", "CVSS_V4", …; `score` is the vector."""

    scheme: str
    score: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`kind` as OSV has it: ADVISORY, ARTICLE, DETECTION, DISCUSSION, REPORT, FIX,
    INTRODUCED, PACKAGE, EVIDENCE, WEB."""

    url: str
    kind: str = "WEB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """`role` as OSV has it: FINDER, REPORTER, ANALYST, COORDINATOR, REMEDIATION_DEVELOPER,
    REMEDIATION_REVIEWER, REMEDIATION_VERIFIER, TOOL, SPONSOR, OTHER."""

    name: str
    role: str = "FINDER"
    contact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """A statement about one vulnerability, whatever document it came from or goes into."""

    id: str
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""
    affected: tuple[AffectedPackage, ...] = ()
    severities: tuple[Severity, ...] = ()
    cwes: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    credits: tuple[Credit, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    withdrawn_at: datetime | None = None
    tlp: Tlp = Tlp.CLEAR
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What the source document says beyond these fields, kept for round trips (JSON values)."""
