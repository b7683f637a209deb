"""Foreign JSON and compressed bytes, read behind limits on size, depth and count."""

import bz2
import json
import lzma
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, NoReturn

import zstandard

from seawall.vocab.errors import BadInput

MAX_BYTES = 64 << 20
MAX_DEPTH = 100
MAX_NODES = 2_000_000
MAX_DIGITS = 20
"""Longest whole number, in digits; 2**64 has 20."""

_QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_STRING = re.compile(_QUOTED, re.DOTALL)
_PART = re.compile(rf'(?:[^"]{{1,256}}+|{_QUOTED}){{1,4096}}+', re.DOTALL)
"""A bounded stretch of text, strings aside."""
_ONE_PART = 1 << 20
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_LONG_NUMBER = re.compile(rf"(?<![.\d])\d{{{MAX_DIGITS + 1},}}")
_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def parse_json(
    data: bytes | str,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_nodes: int = MAX_NODES,
    name: str = "",
    replace_unstorable: bool = False,
) -> Any:
    """Parse one JSON document (RFC 8259), or raise BadInput with the place and the remedy.

    Depth, node count and number lengths are checked on the text before a value is built, so
    the memory used is bounded by the limits. Duplicate keys, NaN and infinite numbers, and
    text that is not UTF-8 are refused; a byte order mark is tolerated. Lone surrogates and
    NUL characters, which no database stores, are refused, or replaced by U+FFFD when
    `replace_unstorable` says so. `name` is put before the place in errors.
    """
    text = decode(data, max_bytes=max_bytes, name=name)
    _check_shape(text, max_depth=max_depth, max_nodes=max_nodes, name=name)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise BadInput(
            f"not JSON: {error.msg}",
            where=_place(name, f"line {error.lineno} column {error.colno}"),
            mend="send one JSON document in UTF-8",
        ) from None
    except BadInput as bad:
        raise BadInput(bad.what, where=name, mend=bad.mend) from None
    except RecursionError:
        raise BadInput("the JSON is nested too deeply", where=name) from None
    if _SUSPECT.search(text) or "\0" in text:
        return _storable(value, name=name, replace=replace_unstorable)
    return value


def decode(data: bytes | str, *, max_bytes: int = MAX_BYTES, name: str = "") -> str:
    """Give `data` as text: UTF-8 with or without byte order mark, or UTF-16 with one."""
    if len(data) > max_bytes:
        raise BadInput(
            f"{len(data)} bytes, more than the limit of {max_bytes}",
            where=name,
            mend="split the document",
        )
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"not valid {'UTF-16' if utf16 else 'UTF-8'}: {error.reason}",
            where=_place(name, f"byte {error.start}"),
            mend="save the document as UTF-8",
        ) from None


def _check_shape(text: str, *, max_depth: int, max_nodes: int, name: str) -> None:
    depth, nodes = 0, 1
    for part in _parts_of(text):
        bones = _STRING.sub("", part)
        nodes += bones.count(",") + bones.count("[") + bones.count("{")
        if nodes > max_nodes:
            raise BadInput(
                f"the JSON has more values than the limit of {max_nodes}",
                where=name,
                mend="split the document",
            )
        depths = list(accumulate(map(_STEP.__getitem__, _NO_BRACKET.sub("", bones)), initial=depth))
        depth = depths[-1]
        if max(depths) > max_depth:
            raise BadInput(
                f"the JSON is nested deeper than the limit of {max_depth} levels",
                where=name,
                mend="flatten the document",
            )
        if found := _LONG_NUMBER.search(bones):
            raise BadInput(
                f"a whole number of {len(found.group())} digits, more than {MAX_DIGITS}",
                where=name,
                mend="write it as a string",
            )


def _parts_of(text: str) -> Iterator[str]:
    """The text in bounded parts, none of which ends within a string."""
    if len(text) <= _ONE_PART:
        return iter((text,))
    return (part.group() for part in _PART.finditer(text))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadInput(f"the key {twice!r} stands twice in one object", mend="keep one of them")
    return made


def _no_constant(word: str) -> NoReturn:
    raise BadInput(f"{word} is not a JSON number", mend="leave the value out or write null")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise BadInput(f"the number {digits[:40]} is too large", mend="write it as a string")
    return number


def _storable(value: Any, *, name: str, replace: bool) -> Any:
    """Refuse or replace the characters of `_UNSTORABLE` in every string of `value`."""

    def clean(text: str, where: str) -> str:
        if not _UNSTORABLE.search(text):
            return text
        if not replace:
            raise BadInput(
                "a lone surrogate or NUL character in a string",
                where=_place(name, where),
                mend="remove the character",
            )
        return _UNSTORABLE.sub("\ufffd", text)

    def walk(item: Any, where: str) -> Any:
        match item:
            case str():
                return clean(item, where)
            case dict():
                return {clean(k, where): walk(v, pointer(where, k)) for k, v in item.items()}
            case list():
                return [walk(v, pointer(where, i)) for i, v in enumerate(item)]
        return item

    return walk(value, "")


def _place(name: str, where: str) -> str:
    return f"{name} {where}".strip()


# Typed access with the JSON pointer (RFC 6901) of what is wrong.


def pointer(where: str, key: str | int) -> str:
    """The JSON pointer of `key` below `where`."""
    return f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}"


def as_object(value: Any, where: str) -> dict[str, Any]:
    """`value` when it is a JSON object."""
    if not isinstance(value, dict):
        raise BadInput(f"expected an object, found {kind(value)}", where=where or "/")
    return value


def as_list(value: Any, where: str) -> list[Any]:
    """`value` when it is a JSON array."""
    if not isinstance(value, list):
        raise BadInput(f"expected an array, found {kind(value)}", where=where or "/")
    return value


def as_text(value: Any, where: str) -> str:
    """`value` when it is a JSON string."""
    if not isinstance(value, str):
        raise BadInput(f"expected a string, found {kind(value)}", where=where or "/")
    return value


def kind(value: Any) -> str:
    """JSON's word for the type of `value`."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "an array"
        case Mapping():
            return "an object"
    return type(value).__name__


def text(obj: Mapping[str, Any], key: str, where: str, *, required: bool = False) -> str:
    """The string at `key`; "" when it is absent or null, unless `required`."""
    value = obj.get(key)
    if value is None and not required:
        return ""
    if key not in obj:
        raise BadInput(f"the field {key!r} is missing", where=where or "/")
    found = as_text(value, pointer(where, key))
    if required and not found.strip():
        raise BadInput(f"the field {key!r} is empty", where=pointer(where, key))
    return found


def whole(obj: Mapping[str, Any], key: str, where: str, *, default: int = 0) -> int:
    """The integer at `key`; `default` when it is absent or null."""
    value = obj.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput(f"expected a whole number, found {kind(value)}", where=pointer(where, key))
    return value


def flag(obj: Mapping[str, Any], key: str, where: str) -> bool | None:
    """The boolean at `key`; None when it is absent or null."""
    value = obj.get(key)
    if value is not None and not isinstance(value, bool):
        raise BadInput(f"expected true or false, found {kind(value)}", where=pointer(where, key))
    return value


def inner(obj: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    """The object at `key`; empty when it is absent or null."""
    value = obj.get(key)
    return {} if value is None else as_object(value, pointer(where, key))


def items(obj: Mapping[str, Any], key: str, where: str) -> Iterator[tuple[Any, str]]:
    """The items of the array at `key`, each with its pointer; none when absent or null."""
    value = obj.get(key)
    if value is None:
        return
    below = pointer(where, key)
    for index, item in enumerate(as_list(value, below)):
        yield item, f"{below}/{index}"


def objects(obj: Mapping[str, Any], key: str, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects of the array at `key`, each with its pointer."""
    return ((as_object(item, place), place) for item, place in items(obj, key, where))


def texts(obj: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """The strings of the array at `key`."""
    return tuple(as_text(item, place) for item, place in items(obj, key, where))


# Decompression with a limit on what comes out.

_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bz2"),
)
_CHUNK = 1 << 20
_SLICE = 1 << 10
"""Input given to zstd at once: it cannot limit its output, 1 KiB makes at most 32 MiB."""
_WINDOW = 1 << 27
"""Largest zstd window accepted, 128 MiB (`zstd --long=27`)."""


def compression(data: bytes) -> str:
    """ "gzip", "zstd", "xz" or "bz2" by the first bytes of `data`; "" when none of them."""
    return next((word for magic, word in _MAGIC if data.startswith(magic)), "")


def decompress(data: bytes, *, max_bytes: int = MAX_BYTES, name: str = "") -> bytes:
    """Decompress gzip, zstd, xz or bzip2 (`compression`) up to `max_bytes`, else BadInput."""
    out = bytearray()
    try:
        for part in _parts(data, compression(data)):
            out += part
            if len(out) > max_bytes:
                raise BadInput(
                    f"decompresses to more than the limit of {max_bytes} bytes",
                    where=name,
                    mend="send a smaller file",
                )
    except (
        zlib.error,
        lzma.LZMAError,
        zstandard.ZstdError,
        OSError,
        EOFError,
        MemoryError,
    ) as error:
        raise BadInput(f"damaged compressed data: {error}", where=name) from None
    return bytes(out)


def _parts(data: bytes, how: str) -> Iterator[bytes]:
    """Yield the decompressed bytes in pieces of bounded size, stream after stream."""
    rest = data
    while rest:
        stream = _stream(how)
        if how == "zstd":
            for at in range(0, len(rest), _SLICE):
                yield stream.decompress(rest[at : at + _SLICE])
                if stream.eof:
                    rest = stream.unused_data + rest[at + _SLICE :]
                    break
            else:
                raise EOFError("the data ends too early")
            continue
        pending = rest
        while not stream.eof:
            part = stream.decompress(pending, _CHUNK)
            pending = stream.unconsumed_tail if how == "gzip" else b""
            if not part and not pending and not stream.eof:
                raise EOFError("the data ends too early")
            yield part
        rest = stream.unused_data.lstrip(b"\0")


def _stream(how: str) -> Any:
    match how:
        case "gzip":
            return zlib.decompressobj(wbits=31)
        case "xz":
            return lzma.LZMADecompressor(memlimit=256 << 20)
        case "bz2":
            return bz2.BZ2Decompressor()
        case "zstd":
            return zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    raise EOFError("it is neither gzip, zstd, xz nor bzip2")
