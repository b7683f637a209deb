"""Whether a version is affected, after OSV's evaluation algorithm, with the reason in words.

The events of a range are swept once in version order into intervals, so that a package with a
hundred advisories is decided by comparing a few keys. Ranges that cannot be evaluated, and odd
ones that can (inverted, empty), are named in `problems` and `oddities`; nothing is silent.
(OSV schema, "Evaluation".)
"""

from dataclasses import dataclass
from itertools import pairwise

from seawall.matching.schemes import Scheme
from seawall.matching.versions._common import Key
from seawall.vocab.advisories import (
    AffectedPackage,
    EventKind,
    RangeEvent,
    RangeKind,
    VersionRange,
)
from seawall.vocab.errors import BadInput, one_line

_FROM_THE_START = "0"
_NO_LIMIT = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Affected versions from `low` (included; None from the start) to `high` (None without end;
    included only when `closed`). The texts are the versions as the advisory writes them."""

    low: Key | None
    high: Key | None
    closed: bool
    low_text: str
    high_text: str

    def contains(self, key: Key) -> bool:
        """Say whether a version with this key lies inside."""
        if self.low is not None and key < self.low:
            return False
        if self.high is None:
            return True
        return key <= self.high if self.closed else key < self.high

    @property
    def fixed(self) -> str:
        """The version that ends the interval with a fix; "" when none is known."""
        return "" if self.closed else self.high_text

    def __str__(self) -> str:
        start = self.low_text if self.low is not None else "the first version"
        if self.high is None:
            return f"affected from {start}, no fix known"
        end = f"up to and with {self.high_text}" if self.closed else f"fixed in {self.high_text}"
        return f"affected from {start}, {end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a version is affected, and what decided it. `fixed` are versions to upgrade to,
    nearest first. `problems` say why a "not affected" is not certain."""

    affected: bool
    why: str
    fixed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPackage:
    """An affected package, ready to be asked about many versions."""

    scheme: Scheme | None
    intervals: tuple[Interval, ...]
    listed: frozenset[str]
    listed_keys: frozenset[Key]
    problems: tuple[str, ...]
    oddities: tuple[str, ...]

    def decide(self, version: str) -> Decision:
        """Decide for one version; BadInput when the scheme cannot read it and it is not listed."""
        if version in self.listed:
            return self._affected("listed as affected", self._later_fixes(version))
        if self.scheme is None:
            return Decision(affected=False, why="not listed as affected", problems=self.problems)
        key = self.scheme.key(version)
        for interval in self.intervals:
            if interval.contains(key):
                fixed = (interval.fixed,) if interval.fixed else ()
                return self._affected(str(interval), fixed)
        if key in self.listed_keys:
            return self._affected(
                "the same version as one listed as affected", self._later_fixes(version)
            )
        return Decision(affected=False, why="in no affected range", problems=self.problems)

    def _affected(self, why: str, fixed: tuple[str, ...]) -> Decision:
        odd = f" ({'; '.join(self.oddities)})" if self.oddities else ""
        return Decision(affected=True, why=why + odd, fixed=fixed)

    def _later_fixes(self, version: str) -> tuple[str, ...]:
        if self.scheme is None:
            return ()
        try:
            key = self.scheme.key(version)
        except BadInput:
            return ()
        later = [
            (interval.high, interval.fixed)
            for interval in self.intervals
            if interval.fixed and interval.high is not None and key < interval.high
        ]
        return (min(later)[1],) if later else ()


def is_affected(package: AffectedPackage, version: str, scheme: Scheme | None) -> bool:
    """Say whether `version` of the package is affected; BadInput when the version, or every range
    that could have decided, cannot be read."""
    decision = compile_package(package, scheme).decide(version)
    if not decision.affected and decision.problems:
        raise BadInput(f"cannot be decided for {version}: {'; '.join(decision.problems)}")
    return decision.affected


def compile_package(
    package: AffectedPackage, scheme: Scheme | None, *, outside: tuple[str, ...] | None = None
) -> CompiledPackage:
    """Prepare an affected package; what cannot be evaluated goes into its `problems`.

    `outside` are the listed versions that lie in no range, where that is known already
    (`listed_outside`): only they need keys of their own.
    """
    intervals: list[Interval] = []
    problems: list[str] = []
    oddities: list[str] = []
    for item in package.ranges:
        if item.kind is RangeKind.GIT:
            continue
        if scheme is None:
            problems.append(f"the order of versions in {package.ecosystem or 'it'} is not known")
            continue
        try:
            intervals += _sweep(item, scheme, oddities)
        except BadInput as bad:
            problems.append(f"a range cannot be evaluated: {bad.what}")
    only_git = bool(package.ranges) and all(r.kind is RangeKind.GIT for r in package.ranges)
    if only_git and not package.versions:
        problems.append("it gives git commits only, no versions")
    if not package.ranges and not package.versions:
        problems.append("it names neither ranges nor versions")
    return CompiledPackage(
        scheme=scheme,
        intervals=tuple(intervals),
        listed=frozenset(package.versions),
        listed_keys=_keys(package.versions if outside is None else outside, scheme),
        problems=tuple(dict.fromkeys(problems)),
        oddities=tuple(dict.fromkeys(oddities)),
    )


def listed_outside(package: AffectedPackage, scheme: Scheme | None) -> tuple[str, ...]:
    """Give the listed versions that lie in none of the ranges."""
    if scheme is None or not package.versions:
        return ()
    intervals = compile_package(package, scheme, outside=()).intervals
    found = []
    for version in package.versions:
        try:
            key = scheme.key(version)
        except BadInput:
            continue
        if not any(interval.contains(key) for interval in intervals):
            found.append(version)
    return tuple(found)


def _keys(versions: tuple[str, ...], scheme: Scheme | None) -> frozenset[Key]:
    keys = set()
    for version in versions if scheme else ():
        try:
            keys.add(scheme.key(version))  # type: ignore[union-attr]
        except BadInput:
            continue  # Still matched by its exact text.
    return frozenset(keys)


def _sweep(item: VersionRange, scheme: Scheme, oddities: list[str]) -> list[Interval]:
    """Turn events into intervals: sort by version (ties keep the source's order), open at
    `introduced`, close at `fixed` or `last_affected`, cut at the highest limit."""
    keyed = [(_event_key(event, scheme), event) for event in item.events]
    points = [pair for pair in keyed if pair[1].kind is not EventKind.LIMIT]
    oddities += _odd_orders(points)
    points.sort(key=lambda pair: pair[0])
    found: list[Interval] = []
    opened: tuple[Key, str] | None = None
    for key, event in points:
        if event.kind is EventKind.INTRODUCED:
            opened = opened or (key, event.version)
        elif opened is not None:
            found.append(_interval(opened, (key, event)))
            opened = None
    if opened is not None:
        found.append(_interval(opened, None))
    limits = [pair for pair in keyed if pair[1].kind is EventKind.LIMIT]
    return _cut(found, limits) if limits else found


def _event_key(event: RangeEvent, scheme: Scheme) -> Key:
    """(0,) for the very start, (2,) for no limit, (1, key) between."""
    if event.kind is EventKind.INTRODUCED and event.version == _FROM_THE_START:
        return (0,)
    if event.kind is EventKind.LIMIT and event.version == _NO_LIMIT:
        return (2,)
    return (1, scheme.key(event.version))


def _interval(opened: tuple[Key, str], closing: tuple[Key, RangeEvent] | None) -> Interval:
    low, low_text = opened
    end = closing[1] if closing else None
    return Interval(
        low=low[1] if len(low) > 1 else None,
        high=closing[0][1] if closing else None,
        closed=end is not None and end.kind is EventKind.LAST_AFFECTED,
        low_text=low_text,
        high_text=end.version if end else "",
    )


def _cut(found: list[Interval], limits: list[tuple[Key, RangeEvent]]) -> list[Interval]:
    """Versions at or above every limit are not affected."""
    highest, event = max(limits, key=lambda pair: pair[0])
    if highest == (2,):
        return found
    bound = highest[1]
    kept = []
    for interval in found:
        if interval.low is not None and interval.low >= bound:
            continue
        if interval.high is None or interval.high >= bound:
            interval = Interval(
                low=interval.low,
                high=bound,
                closed=False,
                low_text=interval.low_text,
                high_text=event.version,
            )
        kept.append(interval)
    return kept


def _odd_orders(points: list[tuple[Key, RangeEvent]]) -> list[str]:
    """Name events whose order in the source contradicts their versions; OSV's algorithm sorts
    them, which is what is evaluated."""
    said = []
    for (key, event), (next_key, following) in pairwise(points):
        starts = event.kind is EventKind.INTRODUCED
        ends = following.kind in (EventKind.FIXED, EventKind.LAST_AFFECTED)
        if starts and ends and next_key < key:
            said.append(
                one_line(
                    f"the advisory's range is inverted: introduced {event.version}, "
                    f"{following.kind.value.replace('_', ' ')} {following.version}",
                    limit=160,
                )
            )
    return said
