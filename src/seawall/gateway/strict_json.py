"""JSON that has exactly one reading: no key twice, no depths, no numbers or texts that others
read differently (RFC 8259 §4, §6, §8.2)."""

import json
import re
from typing import Any, NoReturn

MAX_DEPTH = 64
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class BadJson(ValueError):
    """Not JSON as it is read here; the message says what is wrong, without words of the text."""


def read_object(body: bytes) -> dict[str, Any]:
    """The object that `body` is; raises BadJson."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadJson("The body is not UTF-8.") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise BadJson(f"The body is nested deeper than {MAX_DEPTH}.")
    try:
        value = _DECODER.decode(text)
    except BadJson:
        raise
    except (ValueError, RecursionError):
        raise BadJson("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise BadJson("The body is not an object.")
    return value


def write(value: Any) -> bytes:
    """The one spelling in which a value is passed on; raises BadJson for infinite numbers and
    halves of surrogate pairs."""
    try:
        return _ENCODER.encode(value).encode()
    except ValueError:
        raise BadJson("The body holds text or numbers that cannot be passed on.") from None


def _depth(text: str) -> int:
    depth = most = 0
    for mark in _MARKS.finditer(text):
        sign = mark[0]
        if sign in "[{":
            depth += 1
            most = max(most, depth)
        elif sign in "]}":
            depth -= 1
    return most


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("A name stands twice in one object.")
    return found


def _refuse(text: str) -> NoReturn:
    raise BadJson("The body holds a number that JSON does not have.")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
