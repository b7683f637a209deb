"""The values that steps pass: TOML values and one-key tables that construct something.

`check_value` is the strict reader, `fill_value` makes one run's values out of it on the host, and
`weight` is what it costs. The harness only ever sees what `fill_value` gives.
"""

import base64
import binascii
import io
import json
import math
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from seawall.proofs.placeholders import fill, named_in
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import Runtime

MAX_DEPTH = 24
MAX_NODES = 20_000
MAX_WEIGHT = 16 << 20
MAX_REPEAT = 10_000_000

COMMON = frozenset(
    [
        "handle",
        "bytes",
        "utf8",
        "text",
        "file",
        "path",
        "repeat",
        "concat",
        "none",
        "dict",
        "float",
        "bigint",
        "json",
        "zip",
        "tar",
        "saved",
    ]
)
ONLY = {
    Runtime.PYTHON: frozenset(["bytesio", "stringio", "tuple", "set"]),
    Runtime.NODE: frozenset(["undefined", "noop", "regexp"]),
}


class ValueReader:
    """Checks the values of one list of steps; `handles` grows as steps name their results."""

    def __init__(self, runtime: Runtime, files: Mapping[str, bytes]) -> None:
        self.handles: set[str] = set()
        self._words = COMMON | ONLY.get(runtime, frozenset())
        self._files = files
        self._nodes = 0
        self.weight = 0

    def check(self, value: Any, where: str, depth: int = 0) -> Any:
        """Give `value` as a JSON tree, or raise BadInput saying where."""
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise BadInput("values are too deep or too many", where=where)
        match value:
            case bool() | int():
                return value
            case float():
                return value if math.isfinite(value) else {"float": str(value)}
            case str():
                self._grow(len(value), where)
                return value
            case list():
                return [self.check(v, f"{where}[{i}]", depth + 1) for i, v in enumerate(value)]
            case dict():
                return self._table(value, where, depth)
        raise BadInput(
            f"{type(value).__name__} values cannot be passed", where=where, mend="write it as text"
        )

    def _table(self, table: dict[str, Any], where: str, depth: int) -> Any:
        if len(table) == 1 and (word := next(iter(table))) in self._words:
            inner = table[word]
            check = _CHECKS.get(word)
            if check is not None:
                return {word: check(self, inner, f"{where}.{word}", depth + 1)}
            return {word: self._file(inner, f"{where}.{word}", word)}
        return {"dict": [[k, self.check(v, f"{where}.{k}", depth + 1)] for k, v in table.items()]}

    def _file(self, name: Any, where: str, word: str) -> str:
        if not isinstance(name, str) or name not in self._files:
            raise BadInput(f"no file {name!r} in the bundle", where=where)
        if word in ("text", "stringio"):
            try:
                self._files[name].decode()
            except UnicodeDecodeError:
                raise BadInput(
                    f"{name} is not UTF-8 text", where=where, mend="use file or bytesio"
                ) from None
        self._grow(len(self._files[name]), where)
        return name

    def _grow(self, size: int, where: str) -> None:
        self.weight += size
        if self.weight > MAX_WEIGHT:
            raise BadInput(f"values are larger than {MAX_WEIGHT >> 20} MB together", where=where)

    # -- the one-key tables -------------------------------------------------------------------

    def _handle(self, name: Any, where: str, _depth: int) -> str:
        if name not in self.handles:
            raise BadInput(f"no earlier step is saved as {name!r}", where=where)
        return str(name)

    def _bytes(self, text: Any, where: str, _depth: int) -> str:
        try:
            self._grow(len(base64.b64decode(text, validate=True)), where)
        except (binascii.Error, TypeError, ValueError) as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput("is not base64", where=where) from None
        return str(text)

    def _repeat(self, pair: Any, where: str, depth: int) -> list[Any]:
        if not (isinstance(pair, list) and len(pair) == 2 and type(pair[1]) is int):
            raise BadInput("wants [value, count]", where=where)
        if not 0 <= pair[1] <= MAX_REPEAT:
            raise BadInput(f"count is not between 0 and {MAX_REPEAT}", where=where)
        before = self.weight
        value = self.check(pair[0], f"{where}[0]", depth)
        self._grow(max(0, pair[1] - 1) * max(1, self.weight - before), where)
        return [value, pair[1]]

    def _array(self, items: Any, where: str, depth: int) -> list[Any]:
        if not isinstance(items, list):
            raise BadInput("wants an array", where=where)
        return [self.check(v, f"{where}[{i}]", depth) for i, v in enumerate(items)]

    def _dict(self, pairs: Any, where: str, depth: int) -> list[Any]:
        if not (
            isinstance(pairs, list) and all(isinstance(p, list) and len(p) == 2 for p in pairs)
        ):
            raise BadInput("wants an array of [key, value]", where=where)
        return self._array(pairs, where, depth)

    def _true(self, value: Any, where: str, _depth: int) -> bool:
        if value is not True:
            raise BadInput("wants true", where=where)
        return True

    def _float(self, text: Any, where: str, _depth: int) -> str:
        if text not in ("nan", "inf", "-inf"):
            raise BadInput('wants "nan", "inf" or "-inf"', where=where)
        return str(text)

    def _bigint(self, text: Any, where: str, _depth: int) -> str:
        if not isinstance(text, str) or not text.removeprefix("-").isdecimal() or len(text) > 4000:
            raise BadInput("wants decimal digits, at most 4000", where=where)
        return text

    def _string(self, text: Any, where: str, _depth: int) -> str:
        if not isinstance(text, str):
            raise BadInput("wants text", where=where)
        self._grow(len(text), where)
        return text

    def _regexp(self, pair: Any, where: str, _depth: int) -> list[str]:
        if not (
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(p, str) for p in pair)
        ):
            raise BadInput('wants ["pattern", "flags"]', where=where)
        return [str(part) for part in pair]

    def _members(self, members: Any, where: str, depth: int) -> list[Any]:
        """[name, content] or, in a tar, { name, link }."""
        checked: list[Any] = []
        for i, member in enumerate(self._as_list(members, where)):
            spot = f"{where}[{i}]"
            match member:
                case [str(name), content]:
                    checked.append([name, self.check(content, spot, depth)])
                case {"name": str(name), "link": str(link)} if len(member) == 2:
                    if where.endswith("zip"):
                        raise BadInput("a zip has no links here", where=spot)
                    checked.append({"name": name, "link": link})
                case _:
                    raise BadInput('wants ["name", content] or { name, link }', where=spot)
        return checked

    def _saved(self, pair: Any, where: str, depth: int) -> list[Any]:
        match pair:
            case [str(name), content] if name.replace(".", "").replace("-", "").isalnum():
                return [name, self.check(content, where, depth)]
        raise BadInput('wants ["plain file name", content]', where=where)

    def _as_list(self, value: Any, where: str) -> list[Any]:
        if not isinstance(value, list) or len(value) > 1000:
            raise BadInput("wants an array of at most 1000", where=where)
        return value


_CHECKS: dict[str, Callable[[ValueReader, Any, str, int], Any]] = {
    "handle": ValueReader._handle,
    "bytes": ValueReader._bytes,
    "repeat": ValueReader._repeat,
    "concat": ValueReader._array,
    "tuple": ValueReader._array,
    "set": ValueReader._array,
    "dict": ValueReader._dict,
    "none": ValueReader._true,
    "undefined": ValueReader._true,
    "noop": ValueReader._true,
    "float": ValueReader._float,
    "bigint": ValueReader._bigint,
    "json": ValueReader._string,
    "utf8": ValueReader._string,
    "regexp": ValueReader._regexp,
    "zip": ValueReader._members,
    "tar": ValueReader._members,
    "saved": ValueReader._saved,
}


def placeholders_in(value: Any, files: Mapping[str, bytes]) -> frozenset[str]:
    """Give the placeholders that a checked value names, in its text files too."""
    match value:
        case str():
            return named_in(value)
        case list():
            return frozenset[str]().union(*(placeholders_in(v, files) for v in value))
        case {"text": name} | {"stringio": name}:
            return named_in(files[name])
        case dict():
            return frozenset[str]().union(*(placeholders_in(v, files) for v in value.values()))
    return frozenset()


def fill_value(value: Any, values: Mapping[str, str], files: Mapping[str, bytes]) -> Any:
    """Give a checked value with one run's placeholders filled and archives built.

    What is left for the harness: JSON scalars, arrays, and the tables handle, bytes, path, saved,
    repeat, concat, tuple, set, dict, none, undefined, noop, float, bigint, json, regexp, bytesio
    and stringio (the last two with content in place of a file name).
    """

    def inner(v: Any) -> Any:
        return fill_value(v, values, files)

    match value:
        case str():
            return fill(value, values)
        case list():
            return [inner(v) for v in value]
        case {"text": name}:
            return fill(files[name].decode(), values)
        case {"stringio": name}:
            return {"stringio": fill(files[name].decode(), values)}
        case {"file": name}:
            return {"bytes": _b64(files[name])}
        case {"utf8": text}:
            return {"bytes": _b64(fill(text, values).encode())}
        case {"bytesio": name}:
            return {"bytesio": _b64(files[name])}
        case {"zip": members}:
            return {
                "bytes": _b64(_zip([(fill(n, values), _content(inner(c))) for n, c in members]))
            }
        case {"tar": members}:
            return {"bytes": _b64(_tar([_tar_member(m, inner, values) for m in members]))}
        case {"handle": _} | {"bytes": _} | {"path": _} | {"bigint": _} | {"float": _}:
            return value
        case dict():
            return {k: inner(v) for k, v in value.items()}
    return value


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _content(value: Any) -> bytes:
    """Give the bytes of a filled value that stands for a file's content."""
    match value:
        case str():
            return value.encode()
        case {"bytes": text}:
            return base64.b64decode(text)
        case {"json": text}:
            return json.dumps(json.loads(text)).encode()
        case {"repeat": [part, count]}:
            return _content(part) * int(count)
        case {"concat": parts}:
            return b"".join(_content(p) for p in parts)
    raise BadInput("a file in an archive wants text or bytes")


def _zip(members: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _tar_member(
    member: Any, inner: Callable[[Any], Any], values: Mapping[str, str]
) -> tuple[tarfile.TarInfo, bytes]:
    match member:
        case {"name": name, "link": link}:
            info = tarfile.TarInfo(fill(name, values))
            info.type, info.linkname = tarfile.SYMTYPE, fill(link, values)
            return info, b""
        case [name, content]:
            info, data = tarfile.TarInfo(fill(name, values)), _content(inner(content))
            info.size = len(data)
            return info, data
    raise BadInput("not a member of a tar")


def _tar(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()
