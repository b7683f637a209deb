"""The public log as files (C2SP tlog-tiles): tiles and bundles of what a checkpoint covers."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from seawall.ledger import checkpoints, cosigning, nodes
from seawall.ledger.leaves import leaf
from seawall.ledger.models import Checkpoint, Event
from seawall.ledger.public_words import is_public
from seawall.signing.tiles import (
    MAX_LEVEL,
    WIDTH,
    Tile,
    bundle_bytes,
    bundle_path,
    bundles_of,
    tiles_of,
)


def tile(level: int, number: int, width: int = WIDTH) -> bytes | None:
    """The hashes of a tile; None when no checkpoint covers them all."""
    wanted = Tile(level=level, number=number, width=width)
    if not 0 <= level <= MAX_LEVEL or not _is_covered(wanted):
        return None
    return _tile(wanted)


def bundle(number: int, width: int = WIDTH) -> bytes | None:
    """The entries of a bundle; None when no checkpoint covers them all, or when one of them is an
    old one that is not public."""
    if not _is_covered(Tile(level=0, number=number, width=width)):
        return None
    return _bundle(number, width)


def files(size: int, *, since: int = 0) -> Iterator[tuple[str, bytes]]:
    """(path, content) of every tile and bundle of the log of `size` events that the log of
    `since` events did not have. Files never change; bundles that are not given out are left out."""
    for each in tiles_of(size, since=since):
        yield each.path, _tile(each)
    for number, width in bundles_of(size, since=since):
        if (held := _bundle(number, width)) is not None:
            yield bundle_path(number, width=width), held


def export(folder: Path) -> Checkpoint | None:
    """Write the log, up to the newest checkpoint that has the witnesses it needs, into a folder
    that any web server can give out, the checkpoint last; files that are there already stay. None
    when nothing was signed yet."""
    newest = cosigning.newest_witnessed()
    if newest is None:
        return None
    for path, content in files(newest.size):
        if not (folder / path).exists():
            _write(folder / path, content)
    _write(folder / "checkpoint", checkpoints.note_with_cosignatures(newest).encode())
    return newest


def _is_covered(wanted: Tile) -> bool:
    newest = checkpoints.newest()
    last = (wanted.number * WIDTH + wanted.width) * WIDTH**wanted.level
    return newest is not None and last <= newest.size


def _tile(wanted: Tile) -> bytes:
    """A tile's row of the tree; raises NodeMissing when the ledger was damaged."""
    row = nodes.row_of_nodes(8 * wanted.level, wanted.number * WIDTH, wanted.width)
    if len(row) != wanted.width:
        raise nodes.NodeMissing(f"The ledger lacks nodes of {wanted.path}.")
    return b"".join(row)


def _bundle(number: int, width: int) -> bytes | None:
    first = number * WIDTH
    rows = Event.objects.filter(index__gte=first, index__lt=first + width).order_by("index")
    leaves = []
    for index, what, entry, stored in rows.values_list("index", "what", "entry", "salt"):
        salt = bytes(stored)
        if not salt and not is_public(what):
            return None
        leaves.append(leaf(index=index, salt=salt, entry=entry))
    if len(leaves) != width:
        raise nodes.NodeMissing(f"The ledger lacks events of {bundle_path(number, width=width)}.")
    return bundle_bytes(leaves)


def _write(path: Path, content: bytes) -> None:
    """Whoever reads meanwhile sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with draft.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
