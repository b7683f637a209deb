"""Groups of findings that are one bug, each join explained, weak links kept from chaining."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seawall.dedup.compare import cves_differ
from seawall.dedup.components import bare_name
from seawall.dedup.index import Index
from seawall.dedup.links import Link, Strength
from seawall.dedup.signature import Signature
from seawall.dedup.text import Rarity

MAX_NEAR = 8
"""Unjoined links that are kept for a person to look at, per group."""
_WITNESSES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Findings that are one bug, first seen first; `links` joined them, `near` did not."""

    members: tuple[str, ...]
    links: tuple[Link, ...] = ()
    near: tuple[Link, ...] = ()
    finders: tuple[str, ...] = ()
    """Everybody who found it, first finder first."""

    @property
    def key(self) -> str:
        """The first member stands for the group."""
        return self.members[0]


def group(items: Iterable[Signature], *, at_least: Strength = Strength.LIKELY) -> tuple[Group, ...]:
    """Group findings that are one bug; `at_least` is the weakest link that may join.

    Strong evidence (a fix that silences both, identifiers, the same input or crash) joins
    unless what the two groups know contradicts it. Weak evidence (places that drifted, alike
    texts) joins two groups only if it holds between most of their differing members and nothing
    between any of them speaks against it, so that a chain of resemblances joins nothing.
    Groups come in the order of their first members.
    """
    signatures = list(items)
    rarity = Rarity()
    for signature in signatures:
        rarity.learn(signature.words, component=bare_name(signature.component))
    index = Index(rarity=rarity)
    links = [link for signature in signatures for link in index.add(signature)]
    forest = _Forest(signatures, index, at_least)
    order = sorted(links, key=lambda link: link.order)
    near = [link for link in order if not forest.join(link)]
    return _groups(forest, near, signatures)


def _groups(
    forest: "_Forest", near: Sequence[Link], signatures: Sequence[Signature]
) -> tuple[Group, ...]:
    beside: dict[str, list[Link]] = {}
    for link in near:
        roots = {forest.root(link.a), forest.root(link.b)}
        if len(roots) == 2:
            for root in roots:
                if len(kept := beside.setdefault(root, [])) < MAX_NEAR:
                    kept.append(link)
    members: dict[str, list[Signature]] = {}
    for signature in signatures:
        members.setdefault(forest.root(signature.key), []).append(signature)
    return tuple(
        Group(
            members=tuple(m.key for m in found),
            links=tuple(forest.links(root)),
            near=tuple(beside.get(root, ())),
            finders=tuple(dict.fromkeys(f for m in found for f in m.finders)),
        )
        for root, found in members.items()
    )


@dataclass(slots=True)
class _Tree:
    """What a group knows while it grows; `cores` are members no strong link connects."""

    cores: list[str]
    identifiers: frozenset[str]
    silenced_by: frozenset[str]
    not_silenced_by: frozenset[str]
    links: list[Link]


class _Forest:
    """Union-find whose joins may be refused."""

    def __init__(self, signatures: Sequence[Signature], index: Index, at_least: Strength) -> None:
        self._index = index
        self._at_least = at_least
        self._parent = {s.key: s.key for s in signatures}
        self._trees = {
            s.key: _Tree([s.key], s.identifiers, s.silenced_by, s.not_silenced_by, [])
            for s in signatures
        }

    def root(self, key: str) -> str:
        while (parent := self._parent[key]) != key:
            self._parent[key] = key = self._parent[parent]
        return key

    def links(self, root: str) -> list[Link]:
        return self._trees[root].links

    def join(self, link: Link) -> bool:
        """Join the groups of a link, or say that they stay apart."""
        a, b = self.root(link.a), self.root(link.b)
        if a == b:
            return True
        if link.strength < self._at_least:
            return False
        left, right = self._trees[a], self._trees[b]
        strong = link.strength >= Strength.CERTAIN
        if strong and self._contradict(left, right, link):
            return False
        if not strong and not self._hold_together(left, right):
            return False
        self._unite(a, b, link, strong=strong)
        return True

    @staticmethod
    def _contradict(left: _Tree, right: _Tree, link: Link) -> bool:
        if link.strength is Strength.PROVEN:
            return False
        if (left.silenced_by & right.not_silenced_by) or (right.silenced_by & left.not_silenced_by):
            return True
        return link.signal.rank < 4 and cves_differ(left.identifiers, right.identifiers)

    def _hold_together(self, left: _Tree, right: _Tree) -> bool:
        """Say whether weak evidence holds between most pairs of members that differ; a link too
        weak to join counts for half a pair."""
        if cves_differ(left.identifiers, right.identifiers):
            return False
        held = 0.0
        pairs = [(a, b) for a in left.cores[:_WITNESSES] for b in right.cores[:_WITNESSES]]
        for a, b in pairs:
            if self._index.contradict(a, b):
                return False
            if links := self._index.compare(a, b):
                held += 1.0 if links[0].strength >= self._at_least else 0.5
        return 2 * held > len(pairs)

    def _unite(self, a: str, b: str, link: Link, *, strong: bool) -> None:
        left, right = self._trees[a], self._trees.pop(b)
        self._parent[b] = a
        left.identifiers |= right.identifiers
        left.silenced_by |= right.silenced_by
        left.not_silenced_by |= right.not_silenced_by
        left.links += [*right.links, link]
        if not strong:
            left.cores += right.cores
        elif len(right.cores) > 1:
            left.cores += right.cores[1:]
