"""The files of a log (C2SP tlog-tiles): their names, how wide each is, and hashes taken from them.

A `fetch` function gets a path below the log's prefix, such as `tile/0/x001/234.p/7`, and returns
the file, or raises FileNotFoundError when the log has none, or another OSError when it cannot be
reached now.
"""

from collections import OrderedDict
from collections.abc import Callable

from seawall_verify.failures import Missing, VerificationFailed
from seawall_verify.texts import HASH_BYTES
from seawall_verify.trees import is_power_of_two, node_hash, split, tree_hash

Fetch = Callable[[str], bytes]

WIDTH = 256
ENTRIES = "entries"
MAX_BUNDLE_BYTES = WIDTH * (2 + 0xFFFF)
_CACHED = 64


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """The name of tile `index` of a level (or of ENTRIES), partial when narrower than 256."""
    parts = [f"{index % 1000:03}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03}")
    whole = f"tile/{level}/{'/'.join(reversed(parts))}"
    return whole if width == WIDTH else f"{whole}.p/{width}"


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes tile `index` of `level` has in a log of `size` entries; 0 when none."""
    return max(0, min(WIDTH, (size >> (8 * level)) - index * WIDTH))


def most_bytes(path: str) -> int:
    """How long the file at `path` of a log can be."""
    if path.startswith(f"tile/{ENTRIES}/"):
        return MAX_BUNDLE_BYTES
    return WIDTH * HASH_BYTES if path.startswith("tile/") else 64 * 1024


def fetch_tile(fetch: Fetch, level: int, index: int, width: int) -> bytes:
    """The first `width` hashes of a tile, from the partial file or else from the full one."""
    path, data, full = fetch_wide(fetch, level, index, width)
    there = (WIDTH if full else width) * HASH_BYTES
    if len(data) != there:
        raise VerificationFailed(f"{path} has {len(data)} bytes; a tile there has {there}.")
    return data[: width * HASH_BYTES]


def fetch_wide(fetch: Fetch, level: int | str, index: int, width: int) -> tuple[str, bytes, bool]:
    """Path and content of the file of this width, or of the full one when a partial one was
    deleted (tlog-tiles, "Partial Tiles"), and whether it is the full one."""
    path = tile_path(level, index, width)
    try:
        return path, fetch(path), width == WIDTH
    except FileNotFoundError:
        if width == WIDTH:
            raise Missing(f"{path} is missing from the log.") from None
    whole = tile_path(level, index)
    try:
        return whole, fetch(whole), True
    except FileNotFoundError:
        raise Missing(f"{path} is missing from the log.") from None


class TileTree:
    """Hashes of a log's tree of `size` entries, taken from its tiles as they are needed.

    What it says is true only of a tree whose root was computed from it and compared.
    """

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._cache: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def hash_of(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]) where the range is a node of the tree: [0, size) or one of its halves,
        and so on."""
        count = end - start
        if is_power_of_two(count) and start % count == 0:
            return self._subtree(start, count.bit_length() - 1)
        middle = start + split(count)
        return node_hash(self.hash_of(start, middle), self.hash_of(middle, end))

    def _subtree(self, start: int, height: int) -> bytes:
        level, above = divmod(height, 8)
        tile, first = divmod(start >> (8 * level), WIDTH)
        data = self._tile(level, tile)
        return tree_hash(
            [
                data[at * HASH_BYTES : (at + 1) * HASH_BYTES]
                for at in range(first, first + (1 << above))
            ]
        )

    def _tile(self, level: int, index: int) -> bytes:
        place = (level, index)
        if place not in self._cache:
            width = tile_width(level, index, self._size)
            self._cache[place] = fetch_tile(self._fetch, level, index, width)
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return self._cache[place]
