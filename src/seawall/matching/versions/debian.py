"""Debian and Ubuntu: Debian Policy §5.6.12, deb-version(7)."""

import re

from seawall.matching.versions._common import Key, checked, refuse

_DEB = re.compile(r"(?:([0-9]+):)?([A-Za-z0-9.+~:_-]*?)(?:-([A-Za-z0-9.+~_]*))?")
_PIECE = re.compile(r"([^0-9]*)([0-9]*)")
_END = 0


def key(version: str) -> Key:
    """Epoch, upstream version, revision; "~" sorts before the end, letters before the rest."""
    match = _DEB.fullmatch(checked(version, "Debian"))
    if match is None or not match.group(2) or version.rstrip().endswith("-"):
        raise refuse(version, "Debian")
    epoch, upstream, revision = match.groups()
    if epoch is None and ":" in upstream:
        raise refuse(version, "Debian", "its epoch is no number")
    return (int(epoch or 0), _part_key(upstream), _part_key(revision or ""))


def _part_key(text: str) -> Key:
    """Alternating non-digits and numbers as one flat sequence; every stretch of non-digits is
    closed by 0, so that "~" (-1) comes before its end and letters after it."""
    flat: list[int] = []
    for letters, digits in _PIECE.findall(text or "0"):
        if letters or digits:
            flat.extend(map(_rank, letters))
            flat += [_END, int(digits or 0)]
    flat.append(_END)
    return tuple(flat)


def _rank(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) + (0 if character.isalpha() else 256)
