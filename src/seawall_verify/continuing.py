"""Whether a log continues the one that was seen before, shown by its own tiles."""

from seawall_verify.checkpoints import Checkpoint
from seawall_verify.failures import Forked, RolledBack, VerificationFailed
from seawall_verify.texts import shown
from seawall_verify.tiles import Fetch, TileTree
from seawall_verify.trees import EMPTY_ROOT, node_hash, split


def consistent(old: Checkpoint, new: Checkpoint, fetch: Fetch) -> None:
    """Raise VerificationFailed unless the log at `new` begins with all entries of `old`.

    RolledBack: it is shorter. Forked: it holds other entries, proven by the tiles that `new`
    commits to. Any other failure: the tiles do not fit `new`, so that nothing is proven.
    """
    compare_heads(old, new)
    if old.size == new.size or old.size == 0:
        return
    before, now = _roots(TileTree(fetch, new.size), 0, old.size, new.size)
    if now != new.root:
        raise VerificationFailed(
            f"The tiles of {shown(new.origin)} do not give the root in its checkpoint of "
            f"{new.size} entries."
        )
    check_older_root(old, before)


def compare_heads(old: Checkpoint, new: Checkpoint) -> None:
    """What two checkpoints alone can show: another log, a shorter one, two roots of one size."""
    if old.origin != new.origin:
        raise VerificationFailed(
            f"The earlier checkpoint is of the log {shown(old.origin)}, "
            f"this one of {shown(new.origin)}."
        )
    for checkpoint in (old, new):
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            raise VerificationFailed(
                f"The checkpoint of {shown(checkpoint.origin)} has no entries, yet not the root "
                "of the empty tree."
            )
    if new.size < old.size:
        raise RolledBack(
            f"The log {shown(new.origin)} was rolled back: it had {old.size} entries, "
            f"now it has {new.size}."
        )
    if new.size == old.size and new.root != old.root:
        raise Forked(
            f"The log {shown(new.origin)} was forked: it signed two roots for {new.size} entries."
        )


def check_older_root(old: Checkpoint, root: bytes) -> None:
    """Raise Forked unless `root`, that of the first `old.size` entries, is the one seen then."""
    if root != old.root:
        raise Forked(
            f"The log {shown(old.origin)} was forked: its first {old.size} entries are not those "
            "it had before."
        )


def _roots(tree: TileTree, start: int, middle: int, end: int) -> tuple[bytes, bytes]:
    """The hashes of [start, middle) and of [start, end), computed from the same nodes."""
    if middle == end:
        whole = tree.hash_of(start, end)
        return whole, whole
    at = start + split(end - start)
    if middle <= at:
        before, left = _roots(tree, start, middle, at)
        return before, node_hash(left, tree.hash_of(at, end))
    left = tree.hash_of(start, at)
    before, right = _roots(tree, at, middle, end)
    return node_hash(left, before), node_hash(left, right)
