"""The index's rows: one JSON line per advisory and one per package, made once, read on demand."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from seawall.formats.purl import parse_purl
from seawall.matching.packages import (
    DISTRIBUTIONS,
    ecosystems_of,
    package_key,
    package_name,
)
from seawall.matching.ranges import listed_outside
from seawall.matching.schemes import scheme_for_ecosystem
from seawall.vocab.advisories import (
    Advisory,
    AffectedPackage,
    EventKind,
    RangeEvent,
    RangeKind,
    Severity,
    VersionRange,
)
from seawall.vocab.errors import BadInput

_SUMMARY_LENGTH = 300
_RANGE_KINDS = {kind.value: kind for kind in RangeKind}
_EVENT_KINDS = {kind.value: kind for kind in EventKind}
WITHDRAWN = "advisory withdrawn"
NO_PACKAGE = "names a product, not a package"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryHead:
    """What a match shows of an advisory."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    severities: tuple[Severity, ...]
    severity_word: str
    covers: tuple[str, ...]
    modified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRow:
    """One affected package of one advisory (its number in the index)."""

    advisory: int
    package: AffectedPackage
    severities: tuple[Severity, ...]
    informational: str
    outside: tuple[str, ...]
    """Listed versions that lie in no range."""


@dataclass(slots=True, kw_only=True)
class Rows:
    """The content of an index: `packages` maps a package key to its line."""

    advisories: list[bytes] = field(default_factory=list)
    packages: dict[str, bytes] = field(default_factory=dict)
    ecosystems: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    @classmethod
    def collect(cls, advisories: Iterable[Advisory]) -> "Rows":
        """Make rows from advisories; what cannot match is counted in `skipped`."""
        rows = cls()
        packages: dict[str, list[Any]] = {}
        for advisory in advisories:
            rows._add(advisory, packages)
        for key, entries in packages.items():
            rows.packages[key] = dump_row(entries)
            rows.ecosystems[key.partition("\t")[0]] += 1
        return rows

    def _add(self, advisory: Advisory, packages: dict[str, list[Any]]) -> None:
        if advisory.withdrawn_at is not None:
            self.skipped[WITHDRAWN] += 1
            return
        number, used = len(self.advisories), False
        for package in advisory.affected:
            named = name_of(package)
            if named is None:
                self.skipped[NO_PACKAGE] += 1
                continue
            packages.setdefault(package_key(*named), []).append(_entry(number, named, package))
            used = True
        if used:
            self.advisories.append(dump_row(_head(advisory)))
        elif not advisory.affected:
            self.skipped["names no affected package"] += 1


def name_of(package: AffectedPackage) -> tuple[str, str] | None:
    """Give (ecosystem, name) of an affected package, from its purl where it has no ecosystem;
    None when it names no package that a component could be."""
    ecosystem, name = package.ecosystem, package.name
    if ecosystem and name and f"{ecosystem}{name}".isprintable():
        return ecosystem, name
    if not package.purl:
        return None
    try:
        purl = parse_purl(package.purl)
    except BadInput:
        return None
    ecosystems = ecosystems_of(purl)
    return (ecosystems[0], package_name(purl)) if ecosystems else None


def read_advisory_row(line: bytes) -> AdvisoryHead:
    """Read an advisory's line."""
    id_, aliases, summary, severities, word, covers, modified = json.loads(line)
    return AdvisoryHead(
        id=id_,
        aliases=tuple(aliases),
        summary=summary,
        severities=_severities(severities),
        severity_word=word,
        covers=tuple(covers),
        modified_at=datetime.fromisoformat(modified) if modified else None,
    )


def read_package_rows(key: str, line: bytes) -> tuple[PackageRow, ...]:
    """Read a package's line: one row per advisory and affected entry."""
    ecosystem = key.partition("\t")[0]
    return tuple(
        PackageRow(
            advisory=number,
            package=AffectedPackage(
                ecosystem=ecosystem,
                name=name,
                ranges=tuple(_range(kind, events) for kind, events in ranges),
                versions=tuple(versions),
            ),
            severities=_severities(severities),
            informational=informational,
            outside=tuple(outside),
        )
        for number, name, ranges, versions, severities, informational, outside in json.loads(line)
    )


def _head(advisory: Advisory) -> list[Any]:
    modified = advisory.modified_at
    return [
        advisory.id,
        list(advisory.aliases),
        (advisory.summary or advisory.details)[:_SUMMARY_LENGTH],
        [[s.scheme, s.score] for s in advisory.severities],
        _text(advisory.extra.get("database_specific"), "severity"),
        list(_covers(advisory)),
        modified.isoformat() if modified else "",
    ]


def _covers(advisory: Advisory) -> tuple[str, ...]:
    """The vulnerabilities that a distribution's advisory fixes: OSV's `upstream`, and `related`
    where distributions put them; to others `related` only means similar."""
    upstream = advisory.extra.get("upstream")
    listed = upstream if isinstance(upstream, list) else []
    named = [name for name in listed if isinstance(name, str)]
    if any(_is_distribution(package.ecosystem) for package in advisory.affected):
        named += advisory.related
    return tuple(dict.fromkeys(name for name in named if name not in advisory.aliases))


def _is_distribution(ecosystem: str) -> bool:
    scheme = scheme_for_ecosystem(ecosystem) if ecosystem else None
    return scheme is not None and scheme.name in DISTRIBUTIONS


def _entry(number: int, named: tuple[str, str], package: AffectedPackage) -> list[Any]:
    own = package.extra.get("severity")
    severities = [
        [one["type"], one["score"]]
        for one in (own if isinstance(own, list) else [])
        if isinstance(one, Mapping) and _text(one, "type") and _text(one, "score")
    ]
    return [
        number,
        named[1],
        [[r.kind.value, [[e.kind.value, e.version] for e in r.events]] for r in package.ranges],
        list(package.versions),
        severities,
        _text(package.extra.get("database_specific"), "informational"),
        list(listed_outside(package, scheme_for_ecosystem(named[0]))),
    ]


def _range(kind: str, events: list[list[str]]) -> VersionRange:
    return VersionRange(
        kind=_RANGE_KINDS[kind],
        events=tuple(RangeEvent(kind=_EVENT_KINDS[k], version=version) for k, version in events),
    )


def _severities(pairs: list[list[str]]) -> tuple[Severity, ...]:
    return tuple(Severity(scheme=scheme, score=score) for scheme, score in pairs)


def _text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""


def dump_row(value: Any) -> bytes:
    """A row, or a value of one, as it is kept."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
