"""The feed's log as the client sees it: the newest checkpoint continues the one seen before, and
what the log holds at an index is read from tiles that this checkpoint commits to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from seawall.client.errors import FeedRefused, NotThere, Unreachable
from seawall.client.fetching import Source
from seawall.client.releases import log_keys, witness_keys
from seawall.formats.feed_trust import TrustedLog
from seawall_verify import (
    Checkpoint,
    Forked,
    RolledBack,
    VerificationFailed,
    check_cosignatures,
    consistent,
    most_bytes,
    open_checkpoint,
)
from seawall_verify import Unreachable as LogUnreachable
from seawall_verify.tiles import WIDTH, TileTree, fetch_tile, tile_width
from seawall_verify.trees import tree_hash

LOG = "log"
_HASH = 32


class LogRefused(FeedRefused):
    """The log does not verify, or is not the one seen before. `evidence` are the files that show
    it, by name."""

    def __init__(self, sentence: str, *, evidence: Mapping[str, bytes]) -> None:
        super().__init__(sentence)
        self.evidence = evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """A log at its newest checkpoint, which verified; `witnesses` names who cosigned it."""

    checkpoint: Checkpoint
    witnesses: tuple[str, ...]
    _fetch: Callable[[str], bytes] = field(repr=False)
    _tiles: dict[tuple[int, int], bytes] = field(default_factory=dict, repr=False)

    def leaf_hash(self, index: int) -> bytes:
        """The hash of entry `index` that the checkpoint commits to; FeedRefused when there is no
        such entry or the tiles do not fit the checkpoint."""
        if not 0 <= index < self.checkpoint.size:
            raise FeedRefused(
                f"the log has {self.checkpoint.size} entries; entry {index} is not among them"
            )
        with _in_words():
            if not self._tiles:
                self._check_edge()
            tile = self._tile(0, index // WIDTH)
        at = index % WIDTH * _HASH
        return tile[at : at + _HASH]

    def _check_edge(self) -> None:
        """The tiles at the right edge give the root; with them every full tile can be compared."""
        root = TileTree(self._fetch, self.checkpoint.size).hash_of(0, self.checkpoint.size)
        if root != self.checkpoint.root:
            raise FeedRefused("the tiles of the log do not give the root of its checkpoint")

    def _tile(self, level: int, index: int) -> bytes:
        """A tile that the checkpoint commits to: a full one by its hash in the tile above, a
        partial one (there is one per level, at the edge) by the root."""
        known = self._tiles.get((level, index))
        if known is not None:
            return known
        width = tile_width(level, index, self.checkpoint.size)
        tile = fetch_tile(self._fetch, level, index, width)
        if width == WIDTH:
            above = self._tile(level + 1, index // WIDTH)
            at = index % WIDTH * _HASH
            rows = [tile[n : n + _HASH] for n in range(0, len(tile), _HASH)]
            if tree_hash(rows) != above[at : at + _HASH]:
                raise FeedRefused(f"tile {index} of level {level} of the log was changed")
        self._tiles[level, index] = tile
        return tile


def view_log(source: Source, log: TrustedLog, *, seen: str) -> LogView:
    """The log in `source`, verified and shown to continue the checkpoint `seen` ("" at first).

    Raises LogRefused for a wrong signature, too few witnesses, a fork, a rollback, tiles that do
    not fit; Unreachable.
    """
    fetch = _Fetch(source)
    text = _checkpoint_text(source)
    given: dict[str, bytes] = {"received.checkpoint": text.encode()}
    if seen:
        given["remembered.checkpoint"] = seen.encode()
    keys = log_keys(log)
    try:
        newest = open_checkpoint(text, keys=keys[:1], origin=log.origin)
        names = check_cosignatures(text, witness_keys(log), log.need)
        if seen:
            consistent(open_checkpoint(seen, keys=keys, origin=log.origin), newest, fetch)
    except (Forked, RolledBack) as found:
        raise LogRefused(str(found), evidence=given | fetch.files()) from None
    except VerificationFailed as bad:
        raise LogRefused(
            f"the log does not verify: {bad}", evidence=given | fetch.files()
        ) from None
    except LogUnreachable as failed:
        raise Unreachable(str(failed)) from None
    return LogView(checkpoint=newest, witnesses=names, _fetch=fetch)


def _checkpoint_text(source: Source) -> str:
    path = f"{LOG}/checkpoint"
    try:
        return source.read(path, limit=most_bytes("checkpoint")).decode()
    except NotThere:
        raise FeedRefused(f"{source.name} has no {path}: the log is withheld") from None
    except UnicodeDecodeError:
        raise FeedRefused(f"{path} is no text") from None


class _Fetch:
    """The files of the log in a source, each read once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._read: dict[str, bytes] = {}

    def __call__(self, path: str) -> bytes:
        if path not in self._read:
            try:
                self._read[path] = self._source.read(f"{LOG}/{path}", limit=most_bytes(path))
            except NotThere:
                raise FileNotFoundError(path) from None
            except Unreachable as failed:
                raise LogUnreachable(str(failed)) from None
        return self._read[path]

    def files(self) -> dict[str, bytes]:
        """What was read, by a plain file name."""
        return {path.replace("/", "-"): data for path, data in self._read.items()}


@contextmanager
def _in_words() -> Iterator[None]:
    """What the verifier says, as this package says it."""
    try:
        yield
    except VerificationFailed as bad:
        raise FeedRefused(f"the log does not verify: {bad}") from None
    except LogUnreachable as failed:
        raise Unreachable(str(failed)) from None
