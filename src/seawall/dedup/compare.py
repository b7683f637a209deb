"""Two signatures side by side: the links between them, and what speaks against one bug."""

from seawall.dedup.components import same_component
from seawall.dedup.frames import same_file
from seawall.dedup.links import Contradiction, Link, Signal, Strength
from seawall.dedup.signals import FUNCTION_LINES, Found, Readings, short, signals
from seawall.dedup.signature import Signature
from seawall.dedup.weakness import agree


def compare(a: Signature, b: Signature, readings: Readings) -> tuple[Link, ...]:
    """Give every link between two signatures, strongest first.

    A certain link against which evidence of its own or a higher rank speaks becomes POSSIBLE
    and says so; a weaker one is not given.
    """
    against = contradictions(a, b)
    doubt = against[0].rank if against else 0
    links: list[Link] = []
    for found in signals(a, b, readings, doubt=doubt):
        if against and found.signal.rank <= doubt and found.signal is not Signal.TEXT:
            if found.strength < Strength.CERTAIN:
                continue
            found = _doubted(found, against[0])
        links.append(Link(a.key, b.key, found.signal, found.words, found.strength, found.closeness))
    return tuple(sorted(links, key=lambda link: link.order))


def _doubted(found: Found, against: Contradiction) -> Found:
    words = f"{found.words}, but {against.explanation}"
    return found._replace(strength=Strength.POSSIBLE, words=words)


def contradictions(a: Signature, b: Signature) -> tuple[Contradiction, ...]:
    """Give what speaks against one bug, strongest first."""
    found: list[Contradiction] = []
    apart = (a.silenced_by & b.not_silenced_by) | (b.silenced_by & a.not_silenced_by)
    if apart:
        words = f"fix {short(min(apart))} silences only one of them"
        found.append(Contradiction(Signal.FIX.rank, words))
    if cves_differ(a.identifiers, b.identifiers):
        words = "they carry different CVE identifiers"
        found.append(Contradiction(Signal.IDENTIFIER.rank, words))
    if a.component and b.component and not same_component(a.component, b.component):
        words = f"one is in {a.component}, the other in {b.component}"
        found.append(Contradiction(Signal.CRASH.rank, words))
    if a.source and a.source == b.source:
        found.append(Contradiction(Signal.LOCATION.rank, "one report lists them as two"))
    elif _places_differ(a, b):
        words = f"one is at {a.top}, the other at {b.top}"
        found.append(Contradiction(Signal.TEXT.rank, words))
    elif a.families and b.families and not agree(a.families, b.families):
        words = "their weaknesses are of different kinds"
        found.append(Contradiction(Signal.TEXT.rank, words))
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
    """Both name places, and none of them is in a function, or near a line, the other names."""
    left, right = a.crash[:3] or a.sites, b.crash[:3] or b.sites
    if not left or not right:
        return False
    return not any(
        (x.function and x.function == y.function)
        or (
            same_file(x.file, y.file)
            and (not x.line or not y.line or abs(x.line - y.line) <= FUNCTION_LINES)
        )
        for x in left
        for y in right
    )
