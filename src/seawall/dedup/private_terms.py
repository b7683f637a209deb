"""What private matching compares of a finding: terms that must be equal to the letter.

The plain engine allows for drift by comparing two findings side by side; here neither side sees
the other's, so each says its finding in several words, from sharp to blunt, and drift is allowed
for by what is left out or rounded: function without line, lines in overlapping windows, pairs of
rare words. The names of the families and the texts are part of the protocol: whoever changes one
changes `private_match.VERSION`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from seawall.dedup.components import bare_name
from seawall.dedup.frames import Site, basename
from seawall.dedup.links import Strength
from seawall.dedup.signals import BUNDLE, last_name
from seawall.dedup.signature import Signature
from seawall.dedup.text import tellable

MAX_TERMS = 48
"""Terms of one finding; the sharper families come first."""
WINDOW_LINES = 12
"""A line lies in two windows of this many lines that overlap by half, so that places up to half
of it apart meet."""
_SITES = 4
_CODE_WEIGHT = 2.2
_CODE_WORDS = 5


class Family(StrEnum):
    """Kinds of terms, sharpest first."""

    IDENTIFIER = "identifier"
    """CVE, GHSA or another public identifier of the vulnerability."""
    INPUT = "input"
    """Digest of the reproducer or crashing input."""
    CRASH_LINE = "crash line"
    """Component, file and line of the innermost own frame of a crash."""
    CRASH_STACK = "crash stack"
    """Component, kind of error and the three innermost functions, lines left out."""
    FUNCTION = "function"
    """Component, kind of weakness and function, lines left out."""
    LINES = "lines"
    """Component, kind of weakness, file and a window of lines."""
    SYMBOLS = "symbols"
    """Component, kind of weakness and two names of code in the title or text."""

    @property
    def strength(self) -> Strength:
        """How far a match of this family alone is believed."""
        return _STRENGTHS[self]


_STRENGTHS = {
    Family.IDENTIFIER: Strength.CERTAIN,
    Family.INPUT: Strength.CERTAIN,
    Family.CRASH_LINE: Strength.CERTAIN,
    Family.CRASH_STACK: Strength.LIKELY,
    Family.FUNCTION: Strength.POSSIBLE,
    Family.LINES: Strength.POSSIBLE,
    Family.SYMBOLS: Strength.POSSIBLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word for one finding; `text` begins with the family and is equal exactly when both
    sides mean the same. `finding` is the owner's name of it and never leaves its machine."""

    family: Family
    text: str = field(repr=False)
    finding: str


def terms_of(signature: Signature, *, at_least: Strength = Strength.POSSIBLE) -> tuple[Term, ...]:
    """The terms of a finding in families of a strength, sharpest first, each once, at most
    MAX_TERMS. Sharper terms tell a party that only guesses less."""
    texts = dict.fromkeys(each for each in _texts(signature) if each[0].strength >= at_least)
    return tuple(
        Term(family=family, text=_join(family.value, *parts), finding=signature.key)
        for family, parts in list(texts)[:MAX_TERMS]
    )


def _texts(signature: Signature) -> Iterator[tuple[Family, tuple[str, ...]]]:
    name = bare_name(signature.component)
    yield from _identifiers(signature)
    if signature.reproducer:
        yield Family.INPUT, (signature.reproducer.lower(),)
    if signature.crash:
        yield from _crash(signature, name)
    if name:
        families = sorted(signature.families)
        sites = (signature.crash[:1] or signature.sites[:_SITES]) if families else ()
        for family in families:
            for site in sites:
                yield from _place(site, name, family)
            yield from _symbols(signature, name, family)


def _identifiers(signature: Signature) -> Iterator[tuple[Family, tuple[str, ...]]]:
    """A finding with many CVEs speaks of several vulnerabilities; its identifiers say nothing."""
    if sum(each.startswith("CVE-") for each in signature.identifiers) < BUNDLE:
        for each in sorted(signature.identifiers):
            yield Family.IDENTIFIER, (each,)


def _crash(signature: Signature, name: str) -> Iterator[tuple[Family, tuple[str, ...]]]:
    top = signature.crash[0]
    if top.line and top.file:
        whose = name or last_name(top.function)
        yield Family.CRASH_LINE, (whose, basename(top.file), str(top.line))
    if all(site.function for site in signature.crash[:3]):
        functions = (last_name(site.function) for site in signature.crash[:3])
        yield Family.CRASH_STACK, (name, signature.kind, *functions)


def _place(site: Site, name: str, family: str) -> Iterator[tuple[Family, tuple[str, ...]]]:
    if site.function:
        yield Family.FUNCTION, (name, family, basename(site.file), last_name(site.function))
    if site.file and site.line:
        half = WINDOW_LINES // 2
        for window in (site.line // half - 1, site.line // half):
            yield Family.LINES, (name, family, basename(site.file), str(window))


def _symbols(
    signature: Signature, name: str, family: str
) -> Iterator[tuple[Family, tuple[str, ...]]]:
    names = [
        word
        for word, weight in signature.words.weights.items()
        if weight >= _CODE_WEIGHT and tellable(word)
    ]
    named = [last_name(site.function).lower() for site in signature.sites if site.function]
    code = list(dict.fromkeys([*named, *names]))[:_CODE_WORDS]
    for pair in combinations(sorted(code), 2):
        yield Family.SYMBOLS, (name, family, *pair)


def _join(*parts: str) -> str:
    """One text of several parts that no other parts can give: each with its length before it."""
    return "".join(f"{len(part)}:{part}," for part in parts)


def met_by(terms: Iterable[Term]) -> dict[str, tuple[Family, ...]]:
    """Finding → the families by which it was matched, sharpest first."""
    found: dict[str, set[Family]] = {}
    for term in terms:
        found.setdefault(term.finding, set()).add(term.family)
    order = list(Family)
    return {key: tuple(sorted(some, key=order.index)) for key, some in found.items()}
