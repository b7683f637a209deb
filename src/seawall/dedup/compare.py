"""Two signatures side by side: every signal that they are one bug, and what speaks against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from seawall.dedup.components import same_component
from seawall.dedup.frames import Site, basename, same_file
from seawall.dedup.signature import Signature
from seawall.dedup.text import likeness, shared
from seawall.dedup.weakness import agree


class Signal(StrEnum):
    """Why two findings may be one bug, strongest first."""

    FIX = "same fix"
    IDENTIFIER = "same identifier"
    INPUT = "same input"
    CRASH = "same crash"
    LOCATION = "same place"
    ORIGIN = "same origin"
    TEXT = "similar text"

    @property
    def rank(self) -> int:
        """5 for the strongest kind of evidence down to 1."""
        return _RANK[self]


_RANK = {
    Signal.FIX: 5,
    Signal.IDENTIFIER: 4,
    Signal.INPUT: 3,
    Signal.CRASH: 3,
    Signal.LOCATION: 2,
    Signal.ORIGIN: 2,
    Signal.TEXT: 1,
}


class Strength(IntEnum):
    """How far a link is believed. By default LIKELY and above merge, POSSIBLE is only shown."""

    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3
    PROVEN = 4


@dataclass(frozen=True, slots=True)
class Link:
    """Why findings `a` and `b` are one bug, in a sentence for a person."""

    a: str
    b: str
    signal: Signal
    explanation: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Why two findings are different bugs. Evidence of a lower rank cannot outweigh it."""

    rank: int
    explanation: str


Vectors = Mapping[str, Mapping[str, float]]
"""Key of a signature → its weighted words."""

DRIFT_LINES = 12
"""Lines that a place named in words may be off, in the same weakness family."""
SHARED_CALLERS = 4
TEXT_LIKELY = 0.40
TEXT_POSSIBLE = 0.20
BUNDLE = 4
"""A finding with this many CVEs speaks of several vulnerabilities."""


def compare(a: Signature, b: Signature, vectors: Vectors) -> tuple[Link, ...]:
    """Give every link between two signatures, strongest first.

    A link that a contradiction of stronger evidence speaks against is only POSSIBLE and says
    so; one that a contradiction of its own rank speaks against is not given.
    """
    against = contradictions(a, b)
    worst = max((c.rank for c in against), default=0)
    links: list[Link] = []
    for signal, strength, words in _signals(a, b, vectors, stop_below=worst):
        if signal.rank < worst or (signal.rank == worst and signal is not Signal.FIX):
            if strength < Strength.CERTAIN:
                continue
            words += f", but {against[0].explanation}"
            strength = Strength.POSSIBLE
        elif signal.rank == worst:
            words += f", but {against[0].explanation}"
            strength = Strength.POSSIBLE
        links.append(Link(a.key, b.key, signal, words, strength))
    return tuple(sorted(links, key=lambda link: (-link.strength, -link.signal.rank)))


def contradictions(a: Signature, b: Signature) -> tuple[Contradiction, ...]:
    """Give what speaks against one bug, strongest first."""
    found: list[Contradiction] = []
    apart = (a.silenced_by & b.not_silenced_by) | (b.silenced_by & a.not_silenced_by)
    if apart:
        found.append(Contradiction(5, f"fix {_short(min(apart))} silences only one of them"))
    if cves_differ(a.identifiers, b.identifiers):
        found.append(Contradiction(4, "they carry different CVE identifiers"))
    if a.component and b.component and not same_component(a.component, b.component):
        found.append(Contradiction(3, f"one is in {a.component}, the other in {b.component}"))
    if a.source and a.source == b.source:
        found.append(Contradiction(2, "one report lists them as two"))
    elif _places_differ(a, b):
        found.append(Contradiction(1, f"one is at {a.top}, the other at {b.top}"))
    elif a.families and b.families and not agree(a.families, b.families):
        found.append(Contradiction(1, "their weaknesses are of different kinds"))
    return tuple(found)


def cves_differ(a: frozenset[str], b: frozenset[str]) -> bool:
    """Say whether two sets of identifiers name different CVEs (or, without CVEs, GHSAs)."""
    for prefix in ("CVE-", "GHSA-"):
        left = {i for i in a if i.startswith(prefix)}
        right = {i for i in b if i.startswith(prefix)}
        if left and right:
            return left.isdisjoint(right)
    return False


def _places_differ(a: Signature, b: Signature) -> bool:
    """Both name places, and none of them is in a file or function that the other names."""
    left, right = a.crash[:3] or a.sites, b.crash[:3] or b.sites
    if not left or not right:
        return False
    return not any(
        (x.function and x.function == y.function)
        or (same_file(x.file, y.file) and (not x.line or not y.line or abs(x.line - y.line) <= 60))
        for x in left
        for y in right
    )


Found = tuple[Signal, Strength, str]


def _signals(a: Signature, b: Signature, vectors: Vectors, *, stop_below: int) -> list[Found]:
    found: list[Found] = []
    if both := a.silenced_by & b.silenced_by:
        found.append((Signal.FIX, Strength.PROVEN, f"fix {_short(min(both))} silences both"))
    if same := a.identifiers & b.identifiers:
        found.append(_identifier(a, b, same))
    if a.reproducer and a.reproducer == b.reproducer:
        found.append((Signal.INPUT, Strength.CERTAIN, "the same input sets off both"))
    if a.crash and b.crash and (crash := _crash(a, b)):
        found.append(crash)
    if stop_below < 3:
        if place := _place(a, b):
            found.append(place)
        if origin := _origin(a, b):
            found.append(origin)
        if stop_below < 2 and (text := _text(a, b, vectors, doubted=stop_below == 1)):
            found.append(text)
    return found


def _identifier(a: Signature, b: Signature, same: frozenset[str]) -> Found:
    name = min(same)
    bundled = max(_cves(a), _cves(b)) >= BUNDLE and a.identifiers != b.identifiers
    if bundled:
        words = f"both name {name}, but one of them names many vulnerabilities"
        return Signal.IDENTIFIER, Strength.POSSIBLE, words
    return Signal.IDENTIFIER, Strength.CERTAIN, f"both are {name}"


def _cves(signature: Signature) -> int:
    return sum(i.startswith("CVE-") for i in signature.identifiers)


def _crash(a: Signature, b: Signature) -> Found | None:
    """The same place in the target's code at the top of both stacks, to the line; or, where the
    stacks have no lines, the same three innermost names and family."""
    x, y = a.crash[0], b.crash[0]
    if x.line and x.line == y.line and same_file(x.file, y.file):
        return Signal.CRASH, Strength.CERTAIN, f"both fail at {x}"
    if x.line or y.line or not x.function or x.function != y.function:
        return None
    if x.file and y.file:
        if same_file(x.file, y.file) and a.kind == b.kind:
            return Signal.CRASH, Strength.CERTAIN, f"both fail in {x} with {a.kind}"
        return None
    names = [site.function for site in a.crash[:3]]
    if names == [site.function for site in b.crash[:3]] and a.kind == b.kind:
        strength = Strength.LIKELY
        if a.introduced_by and b.introduced_by and a.introduced_by.isdisjoint(b.introduced_by):
            strength = Strength.POSSIBLE
        return Signal.CRASH, strength, f"both fail with {a.kind} in {' < '.join(names)}"
    return None


def _place(a: Signature, b: Signature) -> Found | None:
    """The same component, weakness family and place, drift allowed."""
    if not agree(a.families, b.families):
        return None
    if a.component != b.component and not same_component(a.component, b.component):
        return None
    if a.crash and b.crash:
        return _crash_drift(a, b)
    left, right = a.crash[:3] or a.sites, b.crash[:3] or b.sites
    best: Found | None = None
    for x in left:
        for y in right:
            if (found := _near(x, y)) and (best is None or found[1] > best[1]):
                best = found
    return best


def _near(x: Site, y: Site) -> Found | None:
    if not same_file(x.file, y.file):
        return None
    if x.function and y.function:
        if (
            x.function.rsplit("::")[-1].rsplit(".")[-1]
            != y.function.rsplit("::")[-1].rsplit(".")[-1]
        ):
            return None
        return Signal.LOCATION, Strength.LIKELY, f"same kind of weakness in {_where(x)}"
    apart = abs(x.line - y.line)
    if not x.line or not y.line:
        words = f"same kind of weakness in {basename(x.file)}, place unknown in one"
        return Signal.LOCATION, Strength.POSSIBLE, words
    if apart <= DRIFT_LINES:
        drift = f"{apart} lines apart" if apart else "same line"
        return Signal.LOCATION, Strength.LIKELY, f"same kind of weakness at {x}, {drift}"
    return None


def _crash_drift(a: Signature, b: Signature) -> Found | None:
    """Two crash stacks that top out at different lines.

    Lines drift between versions, then those of the callers drift too; where the callers agree
    to the line the source is the same, and another line is another place. Numbers that were not
    checked (division by zero, negative sizes) show wherever they are used: under one caller in
    the same file they are one missing check.
    """
    x, y = a.crash[0], b.crash[0]
    if not x.file or not same_file(x.file, y.file):
        return None
    if x.function and x.function == y.function:
        if x.line and y.line and _same_source(a, b):
            return None
        return (
            Signal.LOCATION,
            Strength.LIKELY,
            f"same kind of weakness in {_where(x)}, line drifted",
        )
    if not agree(a.families & _SPREADING, b.families & _SPREADING):
        return None
    caller = _common_caller(a, b)
    if caller is None:
        return None
    words = f"an unchecked number shows in {x.function} and {y.function}, both under {caller}"
    return Signal.LOCATION, Strength.LIKELY, words


_SPREADING = frozenset({"numeric"})


def _same_source(a: Signature, b: Signature) -> bool:
    """Both stacks have a caller in the same line: the same version of the source."""
    callers = {(s.function, s.file, s.line) for s in a.crash[1:] if s.line}
    return any((s.function, s.file, s.line) in callers for s in b.crash[1:])


def _common_caller(a: Signature, b: Signature) -> str | None:
    """The nearest function on both stacks that is in the file of both faults."""
    file = a.crash[0].file
    callers = {s.function for s in a.crash[1 : SHARED_CALLERS + 1] if same_file(s.file, file)}
    for site in b.crash[1 : SHARED_CALLERS + 1]:
        if site.function in callers and same_file(site.file, file):
            return site.function
    return None


def _origin(a: Signature, b: Signature) -> Found | None:
    """A bisection found the same first bad commit: often one bug, as often one bad change."""
    same = a.introduced_by & b.introduced_by
    if not same or a.component != b.component:
        return None
    words = f"commit {_short(min(same))} introduced both"
    return Signal.ORIGIN, Strength.POSSIBLE, words


def _text(a: Signature, b: Signature, vectors: Vectors, *, doubted: bool) -> Found | None:
    """Alike words about the same component; places or weaknesses that differ ask for more."""
    if not a.component or not same_component(a.component, b.component):
        return None
    left, right = vectors.get(a.key, {}), vectors.get(b.key, {})
    like = likeness(left, right)
    if agree(a.families, b.families):
        like += 0.08
    if like < TEXT_POSSIBLE + (0.25 if doubted else 0.0):
        return None
    likely = like >= TEXT_LIKELY and not doubted
    words = f"texts alike ({like:.2f}: {', '.join(shared(left, right))}) about {a.component}"
    return Signal.TEXT, Strength.LIKELY if likely else Strength.POSSIBLE, words


def _where(site: Site) -> str:
    return f"{site.function} ({basename(site.file)})" if site.function else str(site)


def _short(digest: str) -> str:
    return digest[:12]
