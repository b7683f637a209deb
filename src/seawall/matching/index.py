"""The advisory index: every package's advisories under one key, asked component by component.

Rows are kept as compact JSON and read when a component first needs them, so that an index of
half a million advisories opens fast and a check pays only for the packages of its SBOM.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
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
    read_advisory_row,
    read_package_rows,
)
from seawall.matching.schemes import scheme_for_ecosystem
from seawall.vocab.advisories import Advisory
from seawall.vocab.components import Component
from seawall.vocab.errors import BadInput

_Compiled = tuple[tuple[PackageRow, CompiledPackage], ...]


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
        candidates = self._candidates(place)
        if candidates is None:
            reason = f"no advisories for {place.ecosystems[0]}"
            return Examination(component=component, not_checked=reason)
        if not candidates:
            return Examination(component=component)
        return self._decide(component, place, candidates)

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
        self, component: Component, place: Located, candidates: list[tuple[str, _Compiled]]
    ) -> Examination:
        hits: list[tuple[Record, str]] = []
        misses: list[tuple[int, str]] = []
        undecided: list[Undecided] = []
        unreadable = ""
        for version, entries in candidates:
            for row, compiled in entries:
                try:
                    decision = compiled.decide(version)
                except BadInput as bad:
                    decision = Decision(affected=False, why="", problems=(bad.what,))
                    unreadable = f"unreadable {place.scheme.name} version"
                if decision.affected:
                    hits.append((self._record(row, decision), version))
                elif decision.problems:
                    name, why = self._head(row.advisory).id, "; ".join(decision.problems)
                    undecided.append(Undecided(component=component, id=name, why=why))
                else:
                    misses.append((row.advisory, decision.why))
        if not hits and not undecided:
            return Examination(component=component)
        denials = [(self._head(number), why) for number, why in misses] if hits else []
        return Examination(
            component=component,
            matches=group(component, hits, denials) if hits else (),
            undecided=tuple(dict.fromkeys(undecided)),
            not_checked=unreadable,
        )

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


def count_reasons(examinations: Iterable[Examination]) -> Counter[str]:
    """Count why components were not checked."""
    return Counter(e.not_checked for e in examinations if e.not_checked)
