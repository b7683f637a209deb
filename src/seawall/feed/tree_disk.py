"""Files and folders of the public tree on disk: readable for all, durable when told."""

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

FILE_MODE = 0o644
FOLDER_MODE = 0o755
_SINGLY = 64
"""Up to so many files and folders are made durable one by one, more with one call for all."""


def write_new(path: Path, data: bytes) -> None:
    """Write a file that must not exist; durable only after `make_durable`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(path, flags, FILE_MODE)
    try:
        os.fchmod(handle, FILE_MODE)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file durably, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    write_new(draft, data)
    make_durable([draft])
    os.rename(draft, path)
    make_durable([path.parent])


def make_folders(folder: Path, *, below: Path) -> list[Path]:
    """Make `folder` and what it lacks above it, down from `below`; give the folders that got a
    new entry."""
    if folder == below or folder.is_dir():
        return []
    changed = make_folders(folder.parent, below=below)
    os.mkdir(folder, FOLDER_MODE)
    os.chmod(folder, FOLDER_MODE)
    return [*changed, folder.parent]


def drop_empty(folder: Path, *, below: Path) -> None:
    """Remove `folder` and the folders above it as long as they are empty, up to `below`."""
    with suppress(OSError):
        while folder != below:
            os.rmdir(folder)
            folder = folder.parent


def remove_tree(folder: Path) -> None:
    """Remove a folder and all in it, following no link; an absent one is no error."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            remove_tree(Path(entry.path))
        else:
            os.unlink(entry.path)
    os.rmdir(folder)


def make_durable(paths: Iterable[Path]) -> None:
    """Return when the files and folders (all on one file system) have reached the disk."""
    wanted = list(dict.fromkeys(paths))
    if len(wanted) > _SINGLY and _sync_file_system(wanted[0]):
        return
    for path in wanted:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sync_file_system(path: Path) -> bool:
    """Write out all of the file system that `path` is on (Linux); False where that is unknown."""
    sync = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if sync is None:
        return False
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if sync(handle) != 0:
            raise OSError(ctypes.get_errno(), "syncfs failed", str(path))
    finally:
        os.close(handle)
    return True
