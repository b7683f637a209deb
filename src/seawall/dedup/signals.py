"""The signals that two signatures are one bug, each a small function."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from seawall.dedup.components import same_component
from seawall.dedup.frames import Site, basename, same_file
from seawall.dedup.links import Signal, Strength
from seawall.dedup.signature import Signature
from seawall.dedup.text import NO_READING, Reading, likeness, shared, tellable
from seawall.dedup.weakness import agree

Readings = Mapping[str, Reading]
"""Key of a signature → its weighted words."""

DRIFT_LINES = 12
"""Lines that a place named without its function may be off, in the same weakness family."""
FUNCTION_LINES = 60
"""Lines apart within one function beyond which two places are only possibly one."""
SHARED_CALLERS = 4
TEXT_SAME = 0.90
"""Likeness at which texts are the same but for a few words. Lower, two different bugs of one
package are as likely: advisories of PyPI packages with different CVEs reach 0.8 by the dozen."""
TEXT_POSSIBLE = 0.20
TEXT_DOUBT = 0.25
"""Likeness asked for in addition where places or weaknesses differ."""
BUNDLE = 4
"""A finding with this many CVEs speaks of several vulnerabilities."""
_SPREADING = frozenset({"numeric"})
"""Families whose cause lies before the place where they show."""


class Found(NamedTuple):
    """A signal that fired; the words are for a person."""

    signal: Signal
    strength: Strength
    words: str
    closeness: float = 1.0


def signals(a: Signature, b: Signature, readings: Readings, *, doubt: int) -> Iterator[Found]:
    """Give every signal between two signatures; `doubt` is the rank of what contradicts them,
    and the weaker signals that it would outweigh are not looked for."""
    if both := a.silenced_by & b.silenced_by:
        yield Found(Signal.FIX, Strength.PROVEN, f"fix {short(min(both))} silences both")
    if same := a.identifiers & b.identifiers:
        yield _identifier(a, b, same)
    if a.reproducer and a.reproducer == b.reproducer:
        yield Found(Signal.INPUT, Strength.CERTAIN, "the same input sets off both")
    if a.crash and b.crash and (crash := _crash(a, b)):
        yield crash
    if doubt < Signal.LOCATION.rank:
        if place := _place(a, b):
            yield place
        if origin := _origin(a, b):
            yield origin
        if text := _text(a, b, readings, doubted=doubt > 0):
            yield text


def _identifier(a: Signature, b: Signature, same: frozenset[str]) -> Found:
    name = min(same)
    if max(_cves(a), _cves(b)) >= BUNDLE and a.identifiers != b.identifiers:
        words = f"both name {name}, but one of them names many vulnerabilities"
        return Found(Signal.IDENTIFIER, Strength.POSSIBLE, words)
    return Found(Signal.IDENTIFIER, Strength.CERTAIN, f"both are {name}")


def _cves(signature: Signature) -> int:
    return sum(i.startswith("CVE-") for i in signature.identifiers)


def _crash(a: Signature, b: Signature) -> Found | None:
    """The same place in the target's code at the top of both stacks, to the line; or, where the
    stacks have no lines, the same function or the same three innermost names, and error type."""
    x, y = a.crash[0], b.crash[0]
    if x.line and x.line == y.line and same_file(x.file, y.file):
        return Found(Signal.CRASH, Strength.CERTAIN, f"both fail at {x}")
    if x.line or y.line or not x.function or x.function != y.function:
        return None
    if x.file and y.file:
        if not same_file(x.file, y.file) or a.kind != b.kind:
            return None
        return Found(Signal.CRASH, Strength.CERTAIN, f"both fail in {x} with {a.kind}")
    return _names(a, b)


def _names(a: Signature, b: Signature) -> Found | None:
    """Stacks that are names only: all three equal, or at least the innermost."""
    apart = a.introduced_by and b.introduced_by and a.introduced_by.isdisjoint(b.introduced_by)
    names = [site.function for site in a.crash[:3]]
    if a.kind == b.kind and names == [site.function for site in b.crash[:3]]:
        strength = Strength.POSSIBLE if apart else Strength.LIKELY
        return Found(Signal.CRASH, strength, f"both fail with {a.kind} in {' < '.join(names)}")
    if apart or not agree(a.families, b.families):
        return None
    return Found(Signal.CRASH, Strength.POSSIBLE, f"both fail in {names[0]}", 0.0)


def _place(a: Signature, b: Signature) -> Found | None:
    """The same component, weakness family and place, drift allowed."""
    if not agree(a.families, b.families):
        return None
    if a.component != b.component and not same_component(a.component, b.component):
        return None
    if a.crash and b.crash:
        return _crash_drift(a, b)
    left, right = a.crash[:3] or a.sites, b.crash[:3] or b.sites
    near = (found for x in left for y in right if (found := _near(x, y)))
    return max(near, key=lambda found: (found.strength, found.closeness), default=None)


def _near(x: Site, y: Site) -> Found | None:
    if not same_file(x.file, y.file):
        return None
    apart = abs(x.line - y.line) if x.line and y.line else None
    closeness = 0.5 if apart is None else 1.0 / (1.0 + apart / DRIFT_LINES)
    if x.function and y.function:
        if last_name(x.function) != last_name(y.function):
            return None
        far = apart is not None and apart > FUNCTION_LINES
        words = f"same kind of weakness in {_where(x)}" + (f", {apart} lines apart" if far else "")
        strength = Strength.POSSIBLE if far else Strength.LIKELY
        return Found(Signal.LOCATION, strength, words, closeness)
    if apart is None:
        words = f"same kind of weakness in {basename(x.file)}, line unknown in one"
        return Found(Signal.LOCATION, Strength.POSSIBLE, words, closeness)
    if apart > DRIFT_LINES:
        return None
    drift = f"{apart} lines apart" if apart else "same line"
    words = f"same kind of weakness at {x}, {drift}"
    return Found(Signal.LOCATION, Strength.LIKELY, words, closeness)


def last_name(function: str) -> str:
    """The bare name of a function, without namespaces and classes."""
    return function.rsplit("::", 1)[-1].rsplit(".", 1)[-1]


def _crash_drift(a: Signature, b: Signature) -> Found | None:
    """Two crash stacks that top out at different lines.

    Lines drift between versions, and then those of the callers drift too; where a caller agrees
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
        words = f"same kind of weakness in {_where(x)}, line drifted"
        return Found(Signal.LOCATION, Strength.LIKELY, words, _alike(a, b))
    if not agree(a.families & _SPREADING, b.families & _SPREADING):
        return None
    if (caller := _common_caller(a, b)) is None:
        return None
    words = f"an unchecked number shows in {x.function} and {y.function}, both under {caller}"
    return Found(Signal.LOCATION, Strength.LIKELY, words, 0.0)


def _alike(a: Signature, b: Signature) -> float:
    """How alike two crashes in one function are: error type, and functions on the stack."""
    left, right = {s.function for s in a.crash}, {s.function for s in b.crash}
    return 0.5 * (a.kind == b.kind) + 0.5 * len(left & right) / len(left | right)


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
    words = f"commit {short(min(same))} introduced both"
    closeness = float(agree(a.families, b.families))
    return Found(Signal.ORIGIN, Strength.POSSIBLE, words, closeness)


def _text(a: Signature, b: Signature, readings: Readings, *, doubted: bool) -> Found | None:
    """Alike words about the same component.

    Different bugs of one package are often told in the same words, so texts merge only when they
    are the same but for a few words and share an identifier that tells them apart from others,
    or when one names the function that the other gives as the place.
    """
    if not a.component or not same_component(a.component, b.component):
        return None
    left, right = readings.get(a.key, NO_READING), readings.get(b.key, NO_READING)
    like = likeness(left.vector, right.vector)
    if like < TEXT_POSSIBLE + (TEXT_DOUBT if doubted else 0.0):
        return None
    words = f"texts alike ({like:.2f}: {', '.join(shared(left.vector, right.vector))})"
    strength = Strength.POSSIBLE
    if not doubted and agree(a.families, b.families):
        if named := _names_place(a, b) or _names_place(b, a):
            words, strength = f"{words}, one names {named}, the other's place", Strength.LIKELY
        elif like >= TEXT_SAME and left.telling & right.telling:
            strength = Strength.LIKELY
    return Found(Signal.TEXT, strength, f"{words} about {a.component}", min(1.0, like))


def _names_place(a: Signature, b: Signature) -> str:
    """The function that the text of `a`, which gives no place of its own, names and that `b`
    gives as its place; "" when there is none."""
    if a.crash or a.sites:
        return ""
    names = (last_name(site.function).lower() for site in (*b.crash[:2], *b.sites[:4]))
    return next((name for name in names if name in a.words.weights and tellable(name)), "")


def _where(site: Site) -> str:
    return f"{site.function} ({basename(site.file)})" if site.function else str(site)


def short(digest: str) -> str:
    """The beginning of a digest or commit, enough for a person."""
    return digest[:12]
