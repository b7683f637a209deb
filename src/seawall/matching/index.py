"""The advisory index: every package's advisories under one key, asked component by component.

Rows are kept as compact JSON and read when a component first needs them, so that an index of
half a million advisories opens fast and a check pays only for the packages of its SBOM.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seawall.matching import index_file
from seawall.matching.grouping import group
from seawall.matching.matches import Examination, Match, Record, Undecided
from seawall.matching.packages import Located, NotLocated, locate, package_key
from seawall.matching.ranges import CompiledPackage, Decision, compile_package
from seawall.matching.rows import (
    AdvisoryHead,
    PackageRow,
    Rows,
    dump_row,
    read_advisory_row,
    read_package_rows,
)
from seawall.matching.schemes import scheme_for_ecosystem
from seawall.vocab.advisories import Advisory
from seawall.vocab.components import Component
from seawall.vocab.errors import BadInput

_Compiled = tuple[tuple[PackageRow, CompiledPackage], ...]


@dataclass(slots=True, kw_only=True)
class Considered:
    """What one index says of a component: the records that hit it, those that do not (as the
    function that gives an advisory's head, its number, and why), and those that cannot say."""

    hits: list[tuple[Record, str]] = field(default_factory=list)
    misses: list[tuple[Callable[[int], AdvisoryHead], int, str]] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)
    unreadable: str = ""


@dataclass(slots=True, kw_only=True)
class KnownVersions:
    """Versions of a package as its advisories write them: those stated as fixed, and for each
    affected range its ends as far as they are affected, and the listed ones."""

    fixed: list[str] = field(default_factory=list)
    affected: list[str] = field(default_factory=list)


class AdvisoryIndex:
    """Advisories by package. Build it from advisories or load a saved one, then ask."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._compiled: dict[str, _Compiled] = {}
        self._heads: dict[int, AdvisoryHead] = {}

    @classmethod
    def build(cls, advisories: Iterable[Advisory]) -> "AdvisoryIndex":
        """Make an index. Withdrawn advisories and packages that no component can name are left
        out and counted in `skipped`."""
        return cls(Rows.collect(advisories))

    @classmethod
    def load(cls, path: Path) -> "AdvisoryIndex":
        """Open a saved index; BadInput when the file is not one."""
        return cls(index_file.read(path))

    def save(self, path: Path) -> None:
        """Write the index to `path`, replacing it at once."""
        index_file.write(path, self._rows)

    @property
    def advisories(self) -> int:
        """How many advisories can match."""
        return len(self._rows.advisories)

    @property
    def ecosystems(self) -> Mapping[str, int]:
        """OSV ecosystem → number of packages with advisories in it."""
        return dict(self._rows.ecosystems)

    @property
    def skipped(self) -> Mapping[str, int]:
        """Reason → how many advisories or affected packages were left out for it."""
        return dict(self._rows.skipped)

    def match(self, component: Component) -> tuple[Match, ...]:
        """Give the vulnerabilities that hit a component, most urgent identifiers first."""
        return self.examine(component).matches

    def examine(self, component: Component) -> Examination:
        """Give the matches of a component together with what could not be checked or decided."""
        place = locate(component)
        if isinstance(place, NotLocated):
            return Examination(component=component, not_checked=place.reason)
        said = self.consider(component, place)
        return conclude(component, place, [said] if said else [])

    def consider(
        self, component: Component, place: Located, *, hidden: frozenset[str] = frozenset()
    ) -> Considered | None:
        """What the advisories, those with an id in `hidden` left out, say of a component; None
        when the index has none for any of its ecosystems."""
        candidates = self._candidates(place)
        if candidates is None:
            return None
        return self._decide(component, place, candidates, hidden)

    def known_versions(
        self, ecosystem: str, name: str, *, hidden: frozenset[str] = frozenset()
    ) -> KnownVersions:
        """The versions that the advisories of a package speak of, those of ids in `hidden` left
        out."""
        known = KnownVersions()
        for row, compiled in self._package(package_key(ecosystem, name)):
            if hidden and self._head(row.advisory).id in hidden:
                continue
            for interval in compiled.intervals:
                known.affected.append(interval.low_text or "0")
                if interval.fixed:
                    known.fixed.append(interval.fixed)
                elif interval.closed:
                    known.affected.append(interval.high_text)
            known.affected += compiled.listed
        return known

    def count(self, ids: frozenset[str]) -> int:
        """How many of the advisories have one of these ids."""
        names = {dump_row(name)[1:-1] for name in ids}
        return sum(line[2 : line.index(b'"', 2)] in names for line in self._rows.advisories)

    def _candidates(self, place: Located) -> list[tuple[str, _Compiled]] | None:
        """Every (version, advisories' entries) to ask; None when the index has no advisories for
        any of the ecosystems."""
        covered = False
        found = []
        for ecosystem in place.ecosystems:
            if ecosystem not in self._rows.ecosystems:
                continue
            covered = True
            for name, version in place.names:
                entries = self._package(package_key(ecosystem, name))
                if entries:
                    found.append((version, entries))
        return found if covered else None

    def _decide(
        self,
        component: Component,
        place: Located,
        candidates: list[tuple[str, _Compiled]],
        hidden: frozenset[str],
    ) -> Considered:
        said = Considered()
        for version, entries in candidates:
            for row, compiled in entries:
                if hidden and self._head(row.advisory).id in hidden:
                    continue
                try:
                    decision = compiled.decide(version)
                except BadInput as bad:
                    decision = Decision(affected=False, why="", problems=(bad.what,))
                    said.unreadable = f"unreadable {place.scheme.name} version"
                if decision.affected:
                    said.hits.append((self._record(row, decision), version))
                elif decision.problems:
                    name, why = self._head(row.advisory).id, "; ".join(decision.problems)
                    said.undecided.append(Undecided(component=component, id=name, why=why))
                else:
                    said.misses.append((self._head, row.advisory, decision.why))
        return said

    def _package(self, key: str) -> _Compiled:
        found = self._compiled.get(key)
        if found is None:
            raw = self._rows.packages.get(key)
            if raw is None:
                return ()
            scheme = scheme_for_ecosystem(key.partition("\t")[0])
            found = tuple(
                (row, compile_package(row.package, scheme, outside=row.outside))
                for row in read_package_rows(key, raw)
            )
            self._compiled[key] = found
        return found

    def _head(self, number: int) -> AdvisoryHead:
        found = self._heads.get(number)
        if found is None:
            found = self._heads[number] = read_advisory_row(self._rows.advisories[number])
        return found

    def _record(self, row: PackageRow, decision: Decision) -> Record:
        head = self._head(row.advisory)
        return Record(
            id=head.id,
            aliases=head.aliases,
            summary=head.summary,
            severities=row.severities or head.severities,
            severity_word=head.severity_word,
            covers=head.covers,
            package=f"{row.package.ecosystem} {row.package.name}",
            why=decision.why,
            fixed=decision.fixed,
            informational=row.informational,
            modified_at=head.modified_at,
        )


def conclude(component: Component, place: Located, said: Sequence[Considered]) -> Examination:
    """One examination from what each index that knows the ecosystem says of a component."""
    if not said:
        reason = f"no advisories for {place.ecosystems[0]}"
        return Examination(component=component, not_checked=reason)
    hits = [hit for each in said for hit in each.hits]
    undecided = [one for each in said for one in each.undecided]
    if not hits and not undecided:
        return Examination(component=component)
    misses = [miss for each in said for miss in each.misses]
    denials = [(head(number), why) for head, number, why in misses] if hits else []
    return Examination(
        component=component,
        matches=group(component, hits, denials) if hits else (),
        undecided=tuple(dict.fromkeys(undecided)),
        not_checked=next((each.unreadable for each in said if each.unreadable), ""),
    )


def count_reasons(examinations: Iterable[Examination]) -> Counter[str]:
    """Count why components were not checked."""
    return Counter(e.not_checked for e in examinations if e.not_checked)
