"""Conan 2: versions of C and C++ recipes (docs.conan.io, version ranges)."""

import re

from seawall.matching.versions._common import Key, checked

_LEADING = re.compile(r"[0-9]+")
_NONE_NUMERIC = float("inf")


def key(version: str) -> Key:
    """Dotted items, then pre-release (before none), then build (after none); zeros at the end
    do not count. Items that mix digits and letters go by their leading number, then as text."""
    text, plus, build = checked(version, "Conan").partition("+")
    text, hyphen, pre = text.partition("-")
    return (
        _items(text),
        (0, _items(pre)) if hyphen else (1,),
        (1, _items(build)) if plus else (0,),
    )


def _items(text: str) -> Key:
    items = text.lower().split(".")
    while len(items) > 1 and not items[-1].strip("0"):
        items.pop()
    return tuple(_item(item) for item in items)


def _item(item: str) -> Key:
    if item.isascii() and item.isdecimal():
        return (int(item), 0, "")
    leading = _LEADING.match(item)
    return (int(leading.group()) if leading else _NONE_NUMERIC, 1, item)
