"""Bundles as bytes: a folder or an archive read into memory behind limits, and its identity."""

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from seawall.formats.archives import ArchiveLimits, check_path
from seawall.formats.archives import read_archive as read_any_archive
from seawall.vocab.errors import BadInput

MANIFEST = "reproducer.toml"
LIMITS = ArchiveLimits(
    total_bytes=64 << 20, member_bytes=32 << 20, members=500, name_characters=240, depth=12
)
MAX_ARCHIVE_BYTES = 32 << 20


def read_folder(folder: Path) -> dict[str, bytes]:
    """Give every regular file below `folder` as relative path → content, or raise BadInput.

    No link is followed; counts and sizes are those of LIMITS.
    """
    files: dict[str, bytes] = {}
    pending, seen, room = [folder], 0, LIMITS.total_bytes
    while pending:
        for entry in sorted(os.scandir(pending.pop()), key=lambda e: e.name):
            seen += 1
            if seen > LIMITS.members:
                raise BadInput(f"more than {LIMITS.members} files and folders", where=folder.name)
            path = Path(entry.path)
            name = check_path(path.relative_to(folder).as_posix(), limits=LIMITS)
            if entry.is_symlink():
                raise BadInput("is a link", where=name, mend="put the file itself in the bundle")
            if entry.is_dir():
                pending.append(path)
                continue
            with _open_regular(path, name) as stream:
                files[name] = stream.read(min(LIMITS.member_bytes, room) + 1)
            room -= len(files[name])
            if room < 0 or len(files[name]) > LIMITS.member_bytes:
                raise BadInput(
                    f"the bundle is too large (a file at most {LIMITS.member_bytes >> 20} MB, all "
                    f"together {LIMITS.total_bytes >> 20} MB)",
                    where=name,
                )
    return files


def read_archive(data: bytes) -> dict[str, bytes]:
    """Give every file in a .zip or .tar.gz as path → content, or raise BadInput.

    When all files lie in one top folder with `reproducer.toml` in it, that folder is dropped.
    """
    if len(data) > MAX_ARCHIVE_BYTES:
        raise BadInput(f"the archive is larger than {MAX_ARCHIVE_BYTES >> 20} MB")
    return _without_top_folder(dict(read_any_archive(data, limits=LIMITS)))


def digest_of(files: Mapping[str, bytes]) -> str:
    """Give the identity of a bundle: sha256 (hex) of what `sha256sum` prints for its files in
    the order of their paths, so packing, dates and modes do not change it."""
    listing = "".join(
        f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)
    )
    return hashlib.sha256(listing.encode()).hexdigest()


def _open_regular(path: Path, name: str) -> IO[bytes]:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BadInput("is not a regular file", where=name)
    return os.fdopen(handle, "rb")


def _without_top_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    if MANIFEST in files:
        return files
    tops = {name.split("/", 1)[0] for name in files}
    if len(tops) == 1 and f"{(top := tops.pop())}/{MANIFEST}" in files:
        return {name.removeprefix(f"{top}/"): data for name, data in files.items()}
    return files
