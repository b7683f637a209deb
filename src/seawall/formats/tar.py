"""The members of a plain tar archive (POSIX pax and GNU forms), read strictly from memory.

The standard library's reader follows links, sparse maps and negative sizes, and its header
expressions can be made slow; this one knows files, folders and long names and nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seawall.vocab.errors import BadInput

_BLOCK = 512
_HEADER_BYTES = 8192
"""Longest extended header or long name."""
_FILE, _FOLDER, _PAX, _PAX_GLOBAL, _LONG_NAME = b"0\0" + b"7", b"5", b"x", b"g", b"L"


@dataclass(frozen=True, slots=True, kw_only=True)
class TarMember:
    """One member; `content` is None for a folder, a view of the archive for a file."""

    path: str
    content: memoryview | None
    modified: int = 0
    """Seconds since 1970, as its header says; 0 when it says nothing that can be read."""


def is_tar(data: bytes) -> bool:
    """Say whether `data` begins with a POSIX or GNU tar header."""
    return data[257:262] == b"ustar"


def tar_members(data: bytes) -> Iterator[TarMember]:
    """Yield the files and folders in order; BadInput on links, devices and damage."""
    view = memoryview(data)
    at = 0
    extended: Mapping[str, str] = {}
    for number in range(1, len(data) // _BLOCK + 1):
        header = data[at : at + _BLOCK]
        if header == bytes(_BLOCK):
            return
        where = f"member {number}"
        _check(header, where)
        name = extended.get("path") or _name(header, where)
        kind = header[156:157]
        size = _size(extended["size"] if "size" in extended else header[124:136], where)
        start, at = at + _BLOCK, at + _BLOCK + -(-size // _BLOCK) * _BLOCK
        if start + size > len(data):
            raise BadInput("the tar archive ends within a member", where=name)
        body = view[start : start + size]
        if kind in (_PAX, _PAX_GLOBAL, _LONG_NAME):
            if size > _HEADER_BYTES:
                raise BadInput(f"an extended header of more than {_HEADER_BYTES} bytes", where=name)
            if kind == _PAX:
                extended = {**extended, **_pax(bytes(body), where)}
            elif kind == _LONG_NAME:
                extended = {**extended, "path": _text(bytes(body).rstrip(b"\0"), where)}
            continue
        extended = {}
        if kind == _FOLDER or (kind in _FILE and name.endswith("/")):
            yield TarMember(path=name, content=None)
        elif kind in _FILE:
            yield TarMember(path=name, content=body, modified=_moment(header[136:148]))
        else:
            raise BadInput("the member is a link or special file", where=name)
    raise BadInput("the tar archive has no end", mend="pack it again")


def _check(header: bytes, where: str) -> None:
    if len(header) < _BLOCK or header[257:262] != b"ustar":
        raise BadInput("damaged tar header", where=where, mend="pack it again")
    if _size(header[148:156], where) != sum(header[:148]) + 8 * 32 + sum(header[156:]):
        raise BadInput("damaged tar header: wrong checksum", where=where, mend="pack it again")


def _name(header: bytes, where: str) -> str:
    name = header[:100].rstrip(b"\0")
    prefix = header[345:500].rstrip(b"\0") if header[257:263] == b"ustar\0" else b""
    return _text(prefix + b"/" + name if prefix else name, where)


def _moment(field: bytes) -> int:
    digits = field.strip(b" \0")
    return int(digits, 8) if digits and set(digits) <= set(b"01234567") else 0


def _size(field: bytes | str, where: str) -> int:
    """A number in octal (header), or decimal (extended header)."""
    try:
        if isinstance(field, str):
            digits, base = field, 10
        else:
            digits, base = field.strip(b" \0").decode("ascii") or "0", 8
        if not digits.isdecimal():
            raise ValueError
        return int(digits[:20], base)
    except ValueError:
        raise BadInput("damaged tar header: not a size", where=where) from None


def _pax(body: bytes, where: str) -> dict[str, str]:
    """The `path` and `size` records of a pax extended header ("LENGTH KEY=VALUE\\n" each)."""
    found: dict[str, str] = {}
    while body:
        length, space, _ = body.partition(b" ")
        if not space or not length.isdigit() or not len(length) + 1 < int(length[:6]) <= len(body):
            raise BadInput("damaged extended tar header", where=where)
        record, body = body[len(length) + 1 : int(length) - 1], body[int(length) :]
        key, _, value = record.partition(b"=")
        if key.startswith(b"GNU.sparse"):
            raise BadInput("the member is a sparse file", where=where, mend="pack without --sparse")
        if key in (b"path", b"size"):
            found[key.decode()] = _text(value, where)
    return found


def _text(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("a name that is not UTF-8", where=where, mend="rename it") from None
