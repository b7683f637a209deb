"""Merkle trees as RFC 6962 §2.1 defines them: the definitions themselves, written as recursion.

Ranges are half open: [start, end). Proofs are lists of hashes from the leaves towards the root.
"""

import hashlib
from collections.abc import Sequence

from seawall_verify.failures import VerificationFailed

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def is_power_of_two(size: int) -> bool:
    return size > 0 and size & (size - 1) == 0


def tree_hash(hashes: Sequence[bytes]) -> bytes:
    """MTH of leaf hashes (or of the hashes of equally large complete subtrees)."""
    if not hashes:
        return EMPTY_ROOT
    if is_power_of_two(len(hashes)):
        return _complete(hashes)
    at = split(len(hashes))
    return node_hash(tree_hash(hashes[:at]), tree_hash(hashes[at:]))


def _complete(hashes: Sequence[bytes]) -> bytes:
    """MTH of 2**n hashes, level by level."""
    sha256 = hashlib.sha256
    row = list(hashes)
    while len(row) > 1:
        row = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(row[::2], row[1::2], strict=True)
        ]
    return row[0]


def check_inclusion(
    *, index: int, size: int, leaf: bytes, root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise VerificationFailed unless `proof` shows that the leaf hash `leaf` is number `index`
    of the `size` leaves under `root` (§2.1.1)."""
    if not 0 <= index < size:
        raise VerificationFailed(f"Entry {index} is not among the log's {size} entries.")
    if _rooted(index, size, leaf, proof) != root:
        raise VerificationFailed(f"The proof does not show that entry {index} is in the log.")


def _rooted(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that PATH(index, D[size]) = `proof` leads to; None when it has another length."""
    if size == 1:
        return None if proof else leaf
    if not proof:
        return None
    at, sibling, rest = split(size), proof[-1], proof[:-1]
    if index < at:
        left = _rooted(index, at, leaf, rest)
        return None if left is None else node_hash(left, sibling)
    right = _rooted(index - at, size - at, leaf, rest)
    return None if right is None else node_hash(sibling, right)


def check_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise VerificationFailed unless `proof` shows that the tree of `new_size` leaves begins with
    all leaves of the older one (§2.1.2). Every tree continues the empty one, with an empty proof.
    """
    if not 0 <= old_size <= new_size:
        raise VerificationFailed(f"A log of {new_size} entries continues none of {old_size}.")
    if old_size == 0:
        fits = not proof and old_root == EMPTY_ROOT and (new_size > 0 or new_root == EMPTY_ROOT)
    else:
        fits = _subproof(old_size, new_size, old_root, proof) == (old_root, new_root)
    if not fits:
        raise VerificationFailed(
            f"The proof does not show that the log of {new_size} entries continues "
            f"the one of {old_size}."
        )


def _subproof(
    old: int, new: int, known: bytes | None, proof: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """The roots of the first `old` and of all `new` leaves that SUBPROOF(old, D[new], b) = `proof`
    leads to; `known` is the old root while b is true. None when the proof has another length."""
    if old == new:
        if known is not None:
            return None if proof else (known, known)
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    at, sibling, rest = split(new), proof[-1], proof[:-1]
    if old <= at:
        below = _subproof(old, at, known, rest)
        return None if below is None else (below[0], node_hash(below[1], sibling))
    below = _subproof(old - at, new - at, None, rest)
    return None if below is None else (node_hash(sibling, below[0]), node_hash(sibling, below[1]))
