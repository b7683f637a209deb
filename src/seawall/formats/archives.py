"""Zip and tar archives from strangers, read into memory or a folder without surprises."""

import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from seawall.formats.bounded import compression, decompress
from seawall.formats.tar import is_tar, tar_members
from seawall.vocab.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """What an archive may hold at most. Bytes and counts."""

    total_bytes: int = 128 << 20
    member_bytes: int = 64 << 20
    members: int = 10_000
    """Files and folders together."""
    ratio: int = 200
    """Unpacked size of a member over its packed size, looked at above `ratio_free_bytes`."""
    ratio_free_bytes: int = 1 << 20
    name_characters: int = 400
    depth: int = 20


DEFAULT_LIMITS = ArchiveLimits()
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_DRIVE = re.compile("[A-Za-z]:")
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The only ones whose output zipfile bounds while it decompresses."""


def is_archive(data: bytes) -> bool:
    """Say whether `data` looks like a zip, a tar or a compressed file."""
    return data.startswith(_ZIP_MAGIC) or is_tar(data) or bool(compression(data))


def read_archive(
    data: bytes, *, limits: ArchiveLimits = DEFAULT_LIMITS, name: str = ""
) -> Mapping[str, bytes]:
    """Give the files of a zip or tar (plain, gz, bz2, xz, zst) as relative path → content.

    Paths are Unicode NFC with `/`, in the archive's order; folders are left out. Absolute
    paths, `..`, links, devices, encrypted members, names that collide on some file system and
    whatever is beyond `limits` raise BadInput that names the member.
    """
    try:
        if data.startswith(_ZIP_MAGIC):
            return _collect(_zip_members(data, limits), limits)
        packed = len(data)
        if compression(data):
            ceiling = limits.total_bytes + 1024 * limits.members + 10240
            data = decompress(data, max_bytes=ceiling)
        if is_tar(data):
            if len(data) > max(limits.ratio * packed, limits.ratio_free_bytes):
                raise BadInput(f"unpacks to more than {limits.ratio} times its size")
            return _collect(_tar_members(data, limits), limits)
    except BadInput as bad:
        raise BadInput(bad.what, where=f"{name} {bad.where}".strip(), mend=bad.mend) from None
    raise BadInput("not a zip or tar archive", where=name, mend="send .zip, .tar.gz or .tar.zst")


def unpack(
    data: bytes, folder: Path, *, limits: ArchiveLimits = DEFAULT_LIMITS, name: str = ""
) -> tuple[str, ...]:
    """Write the files of an archive below `folder`, which must be empty or absent, and give
    their paths. All is checked before the first byte is written; no file is executable."""
    files = read_archive(data, limits=limits, name=name)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BadInput("the folder to unpack into is not empty", where=str(folder))
    for path, content in files.items():
        target = folder.joinpath(*path.split("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        with os.fdopen(handle, "wb") as out:
            out.write(content)
    return tuple(files)


def check_path(raw: str, *, limits: ArchiveLimits = DEFAULT_LIMITS) -> str:
    """Give a member's path in its one safe spelling, or raise BadInput that names it."""

    def bad(what: str) -> BadInput:
        return BadInput(what, where=raw[:120], mend="rename it")

    path = unicodedata.normalize("NFC", raw).removesuffix("/")
    while path.startswith("./"):
        path = path[2:]
    if len(path) > limits.name_characters:
        raise bad(f"the name is longer than {limits.name_characters} characters")
    if not path or path == ".":
        raise bad("the name is empty")
    if path.startswith("/") or "\\" in path or _DRIVE.match(path):
        raise bad("the path is absolute or uses backslashes")
    if not all(c.isprintable() for c in path):
        raise bad("the name holds a character that is not allowed in file names")
    parts = path.split("/")
    if len(parts) > limits.depth:
        raise bad(f"the path is deeper than {limits.depth} folders")
    for part in parts:
        if part in ("", ".", ".."):
            raise bad("the path holds an empty part, '.' or '..'")
        if part != part.strip() or part.endswith("."):
            raise bad("a part of the path begins or ends with a space or ends with a dot")
        if len(part.encode()) > 255:
            raise bad("a part of the path is longer than 255 bytes")
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    path: str
    content: bytes | None
    """None for a folder."""


def _collect(members: Iterator[_Member], limits: ArchiveLimits) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    spelled: dict[str, str] = {}  # folded path → path, folders included
    file_paths: set[str] = set()  # folded
    total = 0
    for member in members:
        folded = member.path.casefold()
        _claim_folders(member.path, spelled, file_paths)
        if member.content is None:
            _claim(member.path, spelled)
            if folded in file_paths:
                raise BadInput("a file and a folder have the same name", where=member.path)
            continue
        if folded in spelled:
            raise BadInput(
                "a second member of the same name (case aside)", where=member.path, mend="rename it"
            )
        spelled[folded] = member.path
        file_paths.add(folded)
        total += len(member.content)
        if total > limits.total_bytes:
            raise BadInput(f"more than {limits.total_bytes} bytes in all", where=member.path)
        files[member.path] = member.content
    return files


def _claim_folders(path: str, spelled: dict[str, str], file_paths: set[str]) -> None:
    parts = path.split("/")
    for end in range(1, len(parts)):
        folder = "/".join(parts[:end])
        if folder.casefold() in file_paths:
            raise BadInput("a file and a folder have the same name", where=folder)
        _claim(folder, spelled)


def _claim(path: str, spelled: dict[str, str]) -> None:
    first = spelled.setdefault(path.casefold(), path)
    if first != path:
        raise BadInput("two names differ only in case", where=path, mend="rename one")


def _zip_members(data: bytes, limits: ArchiveLimits) -> Iterator[_Member]:
    _check_zip_count(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_count(len(entries), limits)
            for entry in entries:
                path = check_path(entry.orig_filename.rstrip("\0"), limits=limits)
                mode = entry.external_attr >> 16
                if entry.flag_bits & 0x1:
                    raise BadInput("the member is encrypted", where=path, mend="send it in clear")
                if entry.compress_type not in _ZIP_METHODS:
                    raise BadInput(
                        "compressed by a method other than deflate", where=path, mend="use deflate"
                    )
                if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                    raise BadInput("the member is a link or special file", where=path)
                if entry.is_dir():
                    yield _Member(path=path, content=None)
                    continue
                _check_size(entry.file_size, entry.compress_size, path, limits)
                with archive.open(entry) as stream:
                    content = _read(stream, entry.file_size, path)
                yield _Member(path=path, content=content)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
        UnicodeError,
    ) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"damaged zip archive: {error}", mend="pack it again") from None


def _check_zip_count(data: bytes, limits: ArchiveLimits) -> None:
    """Refuse a central directory with too many entries before zipfile builds objects of it."""
    _check_count(data.count(b"PK\x01\x02"), limits, slack=2)


def _tar_members(data: bytes, limits: ArchiveLimits) -> Iterator[_Member]:
    for count, entry in enumerate(tar_members(data), start=1):
        _check_count(count, limits)
        if entry.content is None and entry.path in (".", "./"):
            continue
        path = check_path(entry.path, limits=limits)
        if entry.content is None:
            yield _Member(path=path, content=None)
            continue
        _check_size(len(entry.content), len(entry.content), path, limits)
        yield _Member(path=path, content=bytes(entry.content))


def _check_count(count: int, limits: ArchiveLimits, *, slack: int = 1) -> None:
    if count > limits.members * slack:
        raise BadInput(f"more than {limits.members} members", mend="pack fewer files")


def _check_size(size: int, packed: int, path: str, limits: ArchiveLimits) -> None:
    if size > limits.member_bytes:
        raise BadInput(f"{size} bytes, more than {limits.member_bytes}", where=path)
    if size > limits.ratio_free_bytes and size > limits.ratio * max(packed, 1):
        raise BadInput(f"unpacks to more than {limits.ratio} times its packed size", where=path)


def _read(stream: IO[bytes], size: int, path: str) -> bytes:
    content = stream.read(size + 1)
    if len(content) != size:
        raise BadInput("the content is not as long as the archive says", where=path)
    return content


def pack_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip of `files` (relative path → content) whose bytes depend on nothing else."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(check_path(path), date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[path])
    return out.getvalue()


def strip_top(files: Mapping[str, bytes], *, marker: str) -> Mapping[str, bytes]:
    """`files` without the one top folder they all lie in, when `marker` lies directly in it;
    else `files` as they are."""
    tops = {path.partition("/")[0] for path in files}
    if marker in files or len(tops) != 1 or f"{(top := tops.pop())}/{marker}" not in files:
        return files
    return {path.removeprefix(f"{top}/"): content for path, content in files.items()}
