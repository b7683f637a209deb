"""Merkle tree hashing and proofs (RFC 6962 §2.1; RFC 9162 §2.1), without storage.

A tree is read through `node(level, index)`: the hash of the complete subtree over the leaves
`index << level` up to `(index + 1) << level`. Level 0 are the leaf hashes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

ReadNode = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A complete subtree."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """A tree of `size` leaves as the roots of its complete subtrees, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> tuple["Frontier", tuple[Node, ...]]:
        """The tree with one more leaf hash, and the subtrees above level 0 that it completed."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> tuple["Frontier", tuple[Node, ...]]:
        """The tree with more leaf hashes, and the subtrees above level 0 that they completed."""
        peaks, size, made = list(self.peaks), self.size, []
        for current in leaves:
            level, index = 0, size
            while index & 1:
                current = sha256(b"\x01" + peaks.pop() + current).digest()
                level, index = level + 1, index >> 1
                made.append(Node(level=level, index=index, hash=current))
            peaks.append(current)
            size += 1
        return Frontier(size=size, peaks=tuple(peaks)), tuple(made)

    def root(self) -> bytes:
        return _fold(self.peaks)


def subtree_root(node: ReadNode, start: int, end: int) -> bytes:
    """MTH(D[start:end]) for a `start` aligned to the range, as RFC 6962 splits ranges."""
    if start == end:
        return EMPTY_ROOT
    return _fold([node(level, index) for level, index in _peaks(start, end)])


def inclusion_proof(node: ReadNode, *, index: int, size: int) -> tuple[bytes, ...]:
    """PATH(index, D[size]): the hashes that lead from a leaf to the root."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(subtree_root(node, middle, end))
            end = middle
        else:
            proof.append(subtree_root(node, start, middle))
            start = middle
    return tuple(reversed(proof))


def consistency_proof(node: ReadNode, *, old: int, new: int) -> tuple[bytes, ...]:
    """PROOF(old, D[new]): shows that the tree of `new` leaves only appends to that of `old`."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new} leaves")
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(subtree_root(node, middle, end))
            end = middle
        else:
            proof.append(subtree_root(node, start, middle))
            start, whole = middle, False
    if not whole:
        proof.append(subtree_root(node, start, end))
    return tuple(reversed(proof))


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether `leaf` (a leaf hash) is at `index` of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, current = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            current = node_hash(sibling, current)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            current = node_hash(current, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and current == root


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of `new` leaves extends the one of `old` (RFC 9162 §2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == new_root


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _peaks(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees, largest first, that make up leaves `start` to `end`."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def _fold(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root
