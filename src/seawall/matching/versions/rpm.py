"""RPM: epoch, version, release by rpmvercmp (rpm.org, rpm-version(7)); Arch's vercmp beside it."""

import re

from seawall.matching.versions._common import Key, checked, refuse

_EVR = re.compile(r"(?:([0-9]*):)?([^\s:]*?)(?:-([^\s:-]*))?")
_PIECE = re.compile(r"~|\^|[0-9]+|[a-zA-Z]+")
_TILDE, _END, _CARET, _ALPHA, _NUMBER = range(5)


def key(version: str) -> Key:
    """Order of [epoch:]version[-release]; no epoch is 0, no release is before every release."""
    match = _EVR.fullmatch(checked(version, "RPM"))
    if match is None or not _PIECE.search(match.group(2)):
        raise refuse(version, "RPM")
    epoch, upstream, release = match.groups()
    return (int(epoch or 0), _part_key(upstream), _part_key(release or ""))


def _part_key(text: str) -> Key:
    """Numbers beat letters, both beat "^", which beats the end, which beats "~"; other
    characters only separate."""
    pieces: list[Key] = []
    for piece in _PIECE.findall(text):
        if piece == "~":
            pieces.append((_TILDE,))
        elif piece == "^":
            pieces.append((_CARET,))
        elif piece.isdecimal():
            pieces.append((_NUMBER, int(piece)))
        else:
            pieces.append((_ALPHA, piece))
    pieces.append((_END,))
    return tuple(pieces)


_ALPM_TOKEN = re.compile(r"([^0-9a-zA-Z]*)([0-9]+|[a-zA-Z]+|$)")


def alpm_key(version: str) -> Key:
    """Order of [epoch:]version[-pkgrel] on Arch Linux (vercmp(8)).

    vercmp calls versions equal when only one of them has a pkgrel, which is not transitive
    (1-1 = 1 = 1-2); here a missing pkgrel comes before every pkgrel.
    """
    match = _EVR.fullmatch(checked(version, "Arch Linux"))
    if match is None or not match.group(2):
        raise refuse(version, "Arch Linux")
    epoch, upstream, release = match.groups()
    return (int(epoch or 0), _alpm_part(upstream), _alpm_part(release or ""))


def _alpm_part(text: str) -> Key:
    """Letters directly after the shared part come before the end, everything else after it;
    the longer separator wins before anything else is looked at."""
    tokens: list[Key] = []
    for separator, token in _ALPM_TOKEN.findall(text):
        gap = len(separator)
        if not token:
            if gap:
                tokens.append((1 + 2 * gap, ""))
        elif token.isdecimal():
            tokens.append((2 + 2 * gap, int(token)))
        else:
            tokens.append((1 + 2 * gap if gap else 0, token))
    tokens.append((1,))
    return tuple(tokens)
