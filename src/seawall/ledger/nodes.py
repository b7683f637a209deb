"""Reading the stored tree: all nodes that a proof needs in two queries."""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import Q

from seawall.ledger.models import Event, Subtree
from seawall.signing.merkle import ReadNode

Place = tuple[int, int]
"""A node's level and its index there."""
T = TypeVar("T")


class NodeMissing(RuntimeError):
    """The stored tree has a hole; the ledger was damaged. Retrying does not help."""


def computed(compute: Callable[[ReadNode], T]) -> T:
    """What `compute` makes of the nodes it asks for. It is called twice and must ask for the same
    nodes whatever they are, as all proofs do."""
    asked: list[Place] = []

    def learn(level: int, index: int) -> bytes:
        asked.append((level, index))
        return bytes(32)

    compute(learn)
    found = nodes(asked)

    def read(level: int, index: int) -> bytes:
        try:
            return found[level, index]
        except KeyError:
            raise NodeMissing(f"The ledger lacks node {level}/{index} of its tree.") from None

    return compute(read)


def nodes(places: Iterable[Place]) -> Mapping[Place, bytes]:
    """The nodes that there are at these places."""
    by_level: dict[int, list[int]] = {}
    for level, index in places:
        by_level.setdefault(level, []).append(index)
    found: dict[Place, bytes] = {}
    if leaves := by_level.pop(0, None):
        rows = Event.objects.filter(index__in=leaves).order_by()
        found |= {(0, i): bytes(h) for i, h in rows.values_list("index", "leaf_hash")}
    if by_level:
        where = reduce(or_, (Q(level=at, index__in=those) for at, those in by_level.items()))
        held = Subtree.objects.filter(where).values_list("level", "index", "hash")
        found |= {(level, index): bytes(hash_) for level, index, hash_ in held}
    return found


def row_of_nodes(level: int, first: int, count: int) -> list[bytes]:
    """`count` neighbouring nodes of a level from `first` on; fewer when there are no more."""
    span = {"index__gte": first, "index__lt": first + count}
    if level == 0:
        leaves = Event.objects.filter(**span).order_by("index")
        return [bytes(each) for each in leaves.values_list("leaf_hash", flat=True)]
    rows = Subtree.objects.filter(level=level, **span).order_by("index")
    return [bytes(each) for each in rows.values_list("hash", flat=True)]
