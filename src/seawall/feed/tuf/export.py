"""A plain copy of a tree for media or a bucket: no links, what never changes first, the timestamp
last, so that a reader of the copy sees the old state or the new one.

An export that was cut goes on when it is run again: what never changes and is there in its full
size is left alone, and so is what may change and has the same content.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seawall.feed.tree import Tree
from seawall.feed.tuf.roles import METADATA, TARGETS
from seawall.vocab.errors import BadInput

MARK = ".seawall-export"
"""Lies in a folder that an export may write into and remove from."""
_TIMESTAMP = f"{METADATA}/timestamp.json"
_CHECKPOINT = "log/checkpoint"
_FIRST, _METADATA, _OTHERS, _SNAPSHOTS, _NAMED_LAST = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """How many files were written, left as they were, and removed; `bytes` were written."""

    written: int
    left: int
    removed: int
    bytes: int


def export(tree: Tree, folder: Path) -> Exported:
    """Copy the tree into `folder`, new or a former export, and remove there what the tree no
    longer has. The tree may change meanwhile. Raises BadInput, OSError."""
    if not tree.version:
        raise BadInput("there is nothing to export yet", mend="publish something first")
    _claim(tree, folder)
    # Read first and written last: all that they name is in the tree when it is listed.
    heads = {path: tree.read(path) for path in (_CHECKPOINT, _TIMESTAMP) if tree.exists(path)}
    paths = sorted(set(tree.files()) - heads.keys(), key=lambda path: (_rank(path), path))
    sizes = [_copy(tree, path, folder) for path in paths]
    sizes += [_write(folder / path, data) for path, data in heads.items()]
    removed = _remove_others(folder, {*paths, *heads, MARK})
    written = [size for size in sizes if size is not None]
    return Exported(
        written=len(written),
        left=len(sizes) - len(written),
        removed=removed,
        bytes=sum(written),
    )


def _claim(tree: Tree, folder: Path) -> None:
    if folder.resolve().is_relative_to(tree.folder.resolve()):
        raise BadInput("the copy would lie inside the tree", where=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MARK).is_file():
        if any(folder.iterdir()):
            raise BadInput(
                "the folder holds other things", where=str(folder), mend="name an empty one"
            )
        (folder / MARK).write_text("A copy of a Seawall feed; exports replace what is here.\n")


def _rank(path: str) -> int:
    if path.startswith((f"{TARGETS}/", "log/tile/")):
        return _FIRST
    if path.startswith(f"{METADATA}/"):
        return _SNAPSHOTS if path.endswith((".snapshot.json", ".root.json")) else _METADATA
    return _OTHERS


def _copy(tree: Tree, path: str, folder: Path) -> int | None:
    source, target = tree.path(path), folder / path
    if _rank(path) != _OTHERS and _size(target) == _size(source):
        return None
    return _write(target, source.read_bytes())


def _write(target: Path, data: bytes) -> int | None:
    """Write one file whole or not at all; None when it was there already."""
    if _size(target) == len(data) and target.read_bytes() == data:
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    with part.open("wb") as writer:
        writer.write(data)
        writer.flush()
        os.fsync(writer.fileno())
    os.replace(part, target)
    return len(data)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _remove_others(folder: Path, wanted: Iterable[str]) -> int:
    kept = set(wanted)
    removed = 0
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.relative_to(folder).as_posix() not in kept:
                path.unlink()
                removed += 1
    return removed
