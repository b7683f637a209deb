"""Tiles and entry bundles of a log (C2SP tlog-tiles): their paths, which there are, their bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seawall.signing.merkle import ReadNode

WIDTH = 256
"""Hashes in a full tile, and entries in a full bundle."""
MAX_LEVEL = 63
MAX_ENTRY_BYTES = (1 << 16) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """The `number`-th tile of a level, its first `width` hashes; level 0 are the leaf hashes."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the log's prefix: "tile/0/x001/067.p/8"."""
        return f"tile/{self.level}/{number_path(self.number, width=self.width)}"


def bundle_path(number: int, *, width: int = WIDTH) -> str:
    """Where the `number`-th bundle of entries lies below the log's prefix."""
    return f"tile/entries/{number_path(number, width=width)}"


def number_path(number: int, *, width: int = WIDTH) -> str:
    """1234067 as x001/x234/067, with .p/W when it is partial."""
    if number < 0 or not 1 <= width <= WIDTH:
        raise ValueError(f"no tile {number} of width {width}")
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    text = "/".join(reversed(groups))
    return text if width == WIDTH else f"{text}.p/{width}"


def read_number_path(text: str) -> tuple[int, int] | None:
    """The number and width that `number_path` would write so; None for every other text."""
    plain, partial, width_text = text.partition(".p/")
    width = WIDTH
    if partial:
        if not (width_text.isascii() and width_text.isdecimal() and len(width_text) <= 3):
            return None
        width = int(width_text)
    digits = plain.replace("/x", "").replace("/", "").removeprefix("x")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18 and 0 < width <= WIDTH):
        return None
    number = int(digits)
    return (number, width) if number_path(number, width=width) == text else None


def tiles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Every tile of a tree of `size` leaves that the tree of `since` leaves did not have, lower
    levels first."""
    level, count, had = 0, size, since
    while count:
        yield from (
            Tile(level=level, number=number, width=width)
            for number, width in bundles_of(count, since=had)
        )
        level, count, had = level + 1, count // WIDTH, had // WIDTH


def bundles_of(size: int, *, since: int = 0) -> Iterator[tuple[int, int]]:
    """(number, width) of every bundle of `size` entries that those of `since` entries did not
    have."""
    if size == since:
        return
    for number in range(since // WIDTH, size // WIDTH):
        yield number, WIDTH
    if rest := size % WIDTH:
        yield size // WIDTH, rest


def tile_bytes(node: ReadNode, tile: Tile) -> bytes:
    """The hashes of a tile one after the other, read from a tree."""
    first = tile.number * WIDTH
    return b"".join(node(tile.level * 8, first + i) for i in range(tile.width))


def bundle_bytes(leaves: Sequence[bytes]) -> bytes:
    """The entries of a bundle, each behind its length in two bytes."""
    parts = []
    for leaf in leaves:
        if len(leaf) > MAX_ENTRY_BYTES:
            raise ValueError(f"an entry takes at most {MAX_ENTRY_BYTES} bytes")
        parts += [len(leaf).to_bytes(2, "big"), leaf]
    return b"".join(parts)
