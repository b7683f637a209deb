"""An index that finds, for a new finding, the few earlier ones it may duplicate."""

from collections import defaultdict
from collections.abc import Iterator

from seawall.dedup.compare import compare, contradictions
from seawall.dedup.components import bare_name
from seawall.dedup.frames import Site, basename
from seawall.dedup.links import Link, Signal, Strength
from seawall.dedup.signature import Signature
from seawall.dedup.text import NO_READING, Rarity, Reading

STRONG_POSTINGS = 4
"""Findings remembered per key of strong evidence; each stands for all that equal it."""
WEAK_POSTINGS = 24
"""Findings remembered per key of weak evidence; the newest stay."""
MAX_CANDIDATES = 48
"""Findings that one new finding is compared with."""
_RARE_WORDS = 10


class Index:
    """Findings seen so far, by the keys under which a duplicate would turn up.

    `add` costs the same however many findings there are: a lookup per key and at most
    `MAX_CANDIDATES` comparisons. A finding whose equal is already known for certain is
    remembered through that one, so floods of one crash neither slow nor hide others.
    """

    def __init__(self, *, rarity: Rarity | None = None) -> None:
        self._rarity = rarity if rarity is not None else Rarity()
        self._learn = rarity is None
        self._strong: dict[str, list[str]] = defaultdict(list)
        self._weak: dict[str, list[str]] = defaultdict(list)
        self._signatures: dict[str, Signature] = {}
        self._readings: dict[str, Reading] = {}

    def __len__(self) -> int:
        return len(self._signatures)

    def __contains__(self, key: str) -> bool:
        return key in self._signatures

    def signature(self, key: str) -> Signature:
        """The signature that was added under `key`."""
        return self._signatures[key]

    def add(self, signature: Signature) -> tuple[Link, ...]:
        """Remember a finding and give its links to earlier ones, strongest first.

        Of each earlier finding only the strongest link is given. `ValueError` when the key is
        known already.
        """
        if signature.key in self._signatures:
            raise ValueError(f"{signature.key} is in the index already")
        if self._learn:
            self._rarity.learn(signature.words, component=bare_name(signature.component))
        self._signatures[signature.key] = signature
        if signature.words.weights:
            name = bare_name(signature.component)
            self._readings[signature.key] = self._rarity.read(signature.words, component=name)
        strong, weak = tuple(_strong_keys(signature)), tuple(self._weak_keys(signature))
        links = self._links(signature, strong, weak)
        self._remember(signature, strong, weak, settled=_settled(links))
        return links

    def compare(self, a: str, b: str) -> tuple[Link, ...]:
        """Every link between two findings of the index, strongest first."""
        return compare(self._signatures[a], self._signatures[b], self._readings)

    def contradict(self, a: str, b: str) -> bool:
        """Say whether something more than differing words speaks against two findings."""
        against = contradictions(self._signatures[a], self._signatures[b])
        return bool(against) and against[0].rank > Signal.TEXT.rank

    def _links(
        self, signature: Signature, strong: tuple[str, ...], weak: tuple[str, ...]
    ) -> tuple[Link, ...]:
        best: dict[str, Link] = {}
        for key in self._candidates(strong, self._strong):
            if found := compare(signature, self._signatures[key], self._readings):
                best[key] = found[0]
        if not (best and _settled(tuple(best.values())) and not signature.words.weights):
            for key in self._candidates(weak, self._weak):
                if key not in best and (
                    found := compare(signature, self._signatures[key], self._readings)
                ):
                    best[key] = found[0]
        return tuple(sorted(best.values(), key=lambda link: link.order))

    @staticmethod
    def _candidates(keys: tuple[str, ...], postings: dict[str, list[str]]) -> list[str]:
        votes: dict[str, int] = {}
        for key in keys:
            for holder in postings.get(key, ()):
                votes[holder] = votes.get(holder, 0) + 1
        if len(votes) <= MAX_CANDIDATES:
            return list(votes)
        return sorted(votes, key=lambda k: -votes[k])[:MAX_CANDIDATES]

    def _remember(
        self, signature: Signature, strong: tuple[str, ...], weak: tuple[str, ...], *, settled: bool
    ) -> None:
        for key in strong:
            if len(holders := self._strong[key]) < STRONG_POSTINGS:
                holders.append(signature.key)
        if settled and not signature.words.weights:
            return
        for key in weak:
            holders = self._weak[key]
            holders.append(signature.key)
            if len(holders) > WEAK_POSTINGS:
                del holders[0]

    def _weak_keys(self, signature: Signature) -> Iterator[str]:
        name = bare_name(signature.component)
        for site in (*signature.crash[:3], *signature.sites[:6]):
            if site.file:
                yield f"file {name} {basename(site.file)}"
        if signature.crash and not signature.crash[0].line:
            yield f"in {name} {signature.crash[0].function}"
        for commit in signature.introduced_by:
            yield f"origin {name} {commit}"
        if name:
            for word in self._readings.get(signature.key, NO_READING).heaviest(_RARE_WORDS):
                yield f"word {name} {word}"


def _settled(links: tuple[Link, ...]) -> bool:
    return any(link.strength >= Strength.CERTAIN for link in links)


def _strong_keys(signature: Signature) -> Iterator[str]:
    for fix in signature.silenced_by:
        yield f"fix {fix}"
    for identifier in signature.identifiers:
        yield f"id {identifier}"
    if signature.reproducer:
        yield f"input {signature.reproducer}"
    if signature.crash:
        yield _crash_key(signature.crash, signature)


def _crash_key(crash: tuple[Site, ...], signature: Signature) -> str:
    top, name = crash[0], bare_name(signature.component)
    if top.line:
        return f"at {name} {basename(top.file)}:{top.line}"
    if top.file:
        return f"in {name} {basename(top.file)} {top.function} {signature.kind}"
    return f"stack {name} {signature.kind} {' '.join(site.function for site in crash[:3])}"
