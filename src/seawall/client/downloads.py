"""Getting what is missing: from packs when much is, else file by file; each kept as it comes, so
that a sync that was cut off goes on where it was."""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

import zstandard

from seawall.client.errors import FeedRefused
from seawall.client.incoming import Incoming, Wanted
from seawall.client.store import Store
from seawall.client.trusted import Pack, TrustedFeed
from seawall.formats.release_bundle import MAX_BUNDLE_BYTES

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""

_BATCH = 200
_BATCH_BYTES = 8 << 20
_WORTH_PACKS = 200
_MAX_PACK = 2 << 30
_MAX_LINE = 2 * MAX_BUNDLE_BYTES
_WINDOW = 1 << 27


def download(
    feed: TrustedFeed, store: Store, incoming: Incoming, *, patches: bool, tell: Progress
) -> int:
    """Fetch every release (and patch) that is offered and not held; gives how many files came.

    Raises FeedRefused, Unreachable; what came before that is kept.
    """
    missing, offered = incoming.count_missing()
    came = 0
    if missing > max(_WORTH_PACKS, offered // 4):
        came += _from_packs(feed, store, incoming, tell)
    came += _one_by_one(feed, store, incoming.missing(), "Releases", tell)
    if patches:
        came += _one_by_one(feed, store, incoming.missing(patches=True), "Patches", tell)
    return came


def _one_by_one(
    feed: TrustedFeed, store: Store, missing: Iterable[Wanted], what: str, tell: Progress
) -> int:
    wanted = list(missing)
    shelf = _Shelf(store)
    try:
        for done, each in enumerate(wanted, 1):
            shelf.put(each.info.sha256, feed.fetch(each.path, each.info))
            tell(what, done, len(wanted))
    finally:
        shelf.flush()
    return len(wanted)


def _from_packs(feed: TrustedFeed, store: Store, incoming: Incoming, tell: Progress) -> int:
    """What of the packs is offered as it is. A pack is a quicker way only: a line that no bin
    names, or not so, is passed over."""
    packs = feed.packs()
    came = 0
    for done, pack in enumerate(packs, 1):
        shelf = _Shelf(store)
        try:
            for path, data in _lines(pack, feed.fetch(pack.path, pack.info)):
                digest = sha256(data).hexdigest()
                if incoming.digest_of(path) == digest:
                    came += shelf.put(digest, data)
        finally:
            shelf.flush()
        tell("Packs", done, len(packs))
    return came


def _lines(pack: Pack, packed: bytes) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each file in a pack, within limits on its whole and on one file."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    taken = 0
    try:
        with (
            unpacker.stream_reader(io.BytesIO(packed)) as stream,
            io.BufferedReader(stream) as all_,
        ):
            while line := all_.readline(_MAX_LINE + 1):
                taken += len(line)
                if len(line) > _MAX_LINE or taken > _MAX_PACK:
                    raise FeedRefused(f"{pack.path} unpacks to more than a pack may hold")
                each = json.loads(line)
                yield str(each["path"]), str(each["text"]).encode()
    except (zstandard.ZstdError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise FeedRefused(f"{pack.path} is no pack of releases: {error}") from None


class _Shelf:
    """Files on their way into the store, kept some at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._files: dict[str, bytes] = {}
        self._bytes = 0

    def put(self, digest: str, data: bytes) -> int:
        self._files[digest] = data
        self._bytes += len(data)
        if len(self._files) >= _BATCH or self._bytes >= _BATCH_BYTES:
            self.flush()
        return 1

    def flush(self) -> None:
        if self._files:
            with self._store.change():
                self._store.keep_files(self._files)
        self._files.clear()
        self._bytes = 0
