"""Verifies a whole log, from its entries to its signed root, in memory that does not grow with it.

Each entry bundle is hashed and compared with its level-0 tile, each tile is hashed and compared
with the tile above, and what is left at the right edge gives the root, which the checkpoint signs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from seawall_verify.checkpoints import Checkpoint, check_cosignatures, open_checkpoint
from seawall_verify.continuing import check_older_root, compare_heads
from seawall_verify.entries import CheckEntry, check_seawall_entry, read_bundle
from seawall_verify.failures import Missing, VerificationFailed
from seawall_verify.keys import VerifierKey
from seawall_verify.strays import check_files
from seawall_verify.texts import HASH_BYTES, shown, utf8
from seawall_verify.tiles import ENTRIES, WIDTH, Fetch, fetch_tile, fetch_wide, tile_path
from seawall_verify.trees import EMPTY_ROOT, leaf_hash, node_hash, tree_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A log that is sound. `entries` were read and hashed, `unseen` ones were not given out, only
    their hashes. `since` is the size of the earlier checkpoint that it continues."""

    checkpoint: Checkpoint
    cosigned_by: tuple[str, ...]
    entries: int
    unseen: int
    since: int | None


def verify_log(
    fetch: Fetch,
    *,
    keys: Sequence[VerifierKey],
    origin: str | None = None,
    witnesses: Sequence[VerifierKey] = (),
    need: int = 0,
    since: Checkpoint | None = None,
    first: int = 0,
    files: Callable[[], Iterable[str]] | None = None,
    growing: bool = False,
    check_entry: CheckEntry = check_seawall_entry,
    tell: Callable[[int, int], None] = lambda done, size: None,
) -> Report:
    """Read and check everything of the log that `fetch` gives out, or raise VerificationFailed.

    since        the newest checkpoint seen before: the log must continue it
    first        bundles that begin before this entry may be absent (an older part of the log that
                 is not given out); their hashes count all the same
    files        names all files there are; what does not belong to the log is then refused
    growing      files beyond the checkpoint are no failure: the log is being written
    check_entry  what each entry must pass besides its hash
    tell         called with how many entries are done, and of how many
    """
    text = utf8(_fetch_checkpoint(fetch), "The checkpoint")
    checkpoint = open_checkpoint(text, keys=keys, origin=origin)
    names = check_cosignatures(text, witnesses, need)
    if since is not None:
        compare_heads(since, checkpoint)
    walk = _Walk(fetch=fetch, size=checkpoint.size, first=first, check_entry=check_entry)
    older = walk.run(since.size if since is not None else 0, tell)
    if walk.root() != checkpoint.root:
        raise VerificationFailed(
            f"The {checkpoint.size} entries of {shown(checkpoint.origin)} do not give the root "
            "that its checkpoint signs."
        )
    if since is not None and since.size > 0:
        check_older_root(since, older)
    if files is not None:
        check_files(files(), fetch, size=checkpoint.size, growing=growing)
    return Report(
        checkpoint=checkpoint,
        cosigned_by=names,
        entries=walk.read,
        unseen=checkpoint.size - walk.read,
        since=None if since is None else since.size,
    )


def _fetch_checkpoint(fetch: Fetch) -> bytes:
    try:
        return fetch("checkpoint")
    except FileNotFoundError:
        raise Missing("checkpoint is missing from the log.") from None


class _Walk:
    """One pass over the log from entry 0 to its end. `_rows[level]` are the hashes of the tile of
    that level that is being filled, `_tiles[level]` is its index."""

    def __init__(self, *, fetch: Fetch, size: int, first: int, check_entry: CheckEntry) -> None:
        self._fetch = fetch
        self._size = size
        self._first = first
        self._check_entry = check_entry
        self._rows: list[list[bytes]] = [[]]
        self._tiles = [0]
        self.read = 0

    def run(self, older: int, tell: Callable[[int, int], None]) -> bytes:
        """Check all entries and tiles; the root that the log had at `older` entries."""
        root = EMPTY_ROOT
        for start in range(0, self._size, WIDTH):
            hashes = self._leaves(start, min(WIDTH, self._size - start))
            if start < older <= start + len(hashes):
                root = self._root_with(hashes[: older - start])
            self._rows[0].extend(hashes)
            if len(hashes) == WIDTH:
                self._finish(0)
            tell(start + len(hashes), self._size)
        for level, row in enumerate(self._rows[1:], 1):
            if row:
                self._compare(level, row)
        return root

    def root(self) -> bytes:
        """The root of everything read so far."""
        return self._root_with(self._rows[0])

    def _leaves(self, start: int, width: int) -> list[bytes]:
        """The hashes of the entries from `start`, compared with the tile later."""
        try:
            path, data, full = fetch_wide(self._fetch, ENTRIES, start // WIDTH, width)
        except Missing:
            if start >= self._first:
                raise
            tile = fetch_tile(self._fetch, 0, start // WIDTH, width)
            return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
        entries = read_bundle(data, path)
        there = WIDTH if full else width
        if len(entries) != there:
            raise VerificationFailed(f"{path} has {len(entries)} entries; there are {there}.")
        hashes = [leaf_hash(entry) for entry in entries[:width]]
        self._compare(0, hashes)
        for index, entry in enumerate(entries[:width], start):
            self._check_entry(index, entry)
        self.read += width
        return hashes

    def _compare(self, level: int, row: Sequence[bytes]) -> None:
        """Raise VerificationFailed unless the tile that is being filled holds `row`."""
        index = self._tiles[level]
        tile = fetch_tile(self._fetch, level, index, len(row))
        if tile == b"".join(row):
            return
        wrong = next(at for at, hash_ in enumerate(row) if tile[at * HASH_BYTES :][:32] != hash_)
        raise VerificationFailed(_mismatch(level, index, wrong, len(row)))

    def _finish(self, level: int) -> None:
        """The tile being filled is full: its hash goes into the tile above."""
        row = self._rows[level]
        if level > 0:
            self._compare(level, row)
        if level + 1 == len(self._rows):
            self._rows.append([])
            self._tiles.append(0)
        above = self._rows[level + 1]
        above.append(tree_hash(row))
        row.clear()
        self._tiles[level] += 1
        if len(above) == WIDTH:
            self._finish(level + 1)

    def _root_with(self, lowest: Sequence[bytes]) -> bytes:
        """The root when the lowest tile holds `lowest`: the right edge, folded from below."""
        root: bytes | None = None
        for row in (lowest, *self._rows[1:]):
            for hash_ in reversed(_peaks(row)):
                root = hash_ if root is None else node_hash(hash_, root)
        return EMPTY_ROOT if root is None else root


def _peaks(row: Sequence[bytes]) -> list[bytes]:
    """The roots of the largest complete subtrees that `row` falls into, from the left."""
    peaks, at = [], 0
    for height in reversed(range(9)):
        if len(row) & 1 << height:
            peaks.append(tree_hash(row[at : at + (1 << height)]))
            at += 1 << height
    return peaks


def _mismatch(level: int, index: int, wrong: int, width: int) -> str:
    path, place = tile_path(level, index, width), index * WIDTH + wrong
    if level == 0:
        return f"Entry {place} does not have the hash that {path} holds for it."
    return (
        f"{path} holds another hash for {tile_path(level - 1, place)} than its content gives: "
        "one of them was changed."
    )
