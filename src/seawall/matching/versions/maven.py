"""Maven: the version order of the POM reference (maven.apache.org/pom.html).

Tokens are split at dots, hyphens and changes between digits and letters; nulls (0, "", final,
ga, release) at the end and before hyphens are dropped; the rest is compared token by token, the
shorter one padded with nulls. Where Maven's own comparison contradicts itself (1-sp against
1.0.alpha), the order here stays total.
"""

import re

from seawall.matching.versions._common import Key, checked, padded

_TOKEN = re.compile(r"([.\-_]?)([0-9]+|[^0-9.\-_]+|(?=[.\-_]|$))")
_KNOWN = {"alpha": 0, "beta": 1, "milestone": 2, "rc": 3, "cr": 3, "snapshot": 4, "sp": 6}
_RELEASE_WORDS = frozenset(["", "ga", "final", "release"])
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
_UNKNOWN = 7
_WORD, _HYPHEN_NUMBER, _DOT_NUMBER = 0, 1, 2


def key(version: str) -> Key:
    """Order of org.apache.maven.artifact.versioning.ComparableVersion."""
    tokens = _trim(_tokens(checked(version, "Maven").lower()))
    return padded([_token_key(hyphen, value) for hyphen, value in tokens])


def _tokens(text: str) -> list[tuple[bool, str]]:
    """Split into (stands after a hyphen, number or word)."""
    tokens: list[tuple[bool, str]] = []
    pieces = [(m.group(1), m.group(2)) for m in _TOKEN.finditer(text) if m.group(0)]
    if text[0] in ".-_":
        pieces.insert(0, ("", ""))
    for index, (separator, value) in enumerate(pieces):
        following = pieces[index + 1] if index + 1 < len(pieces) else (".", "")
        if following[0] == "" and following[1][:1].isdecimal():
            value = _SHORT.get(value, value)
        hyphen = separator in ("-", "_") or (separator == "" and index > 0)
        tokens.append((hyphen, value or "0"))
    return tokens


def _trim(tokens: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Drop nulls at the end and before every hyphen."""
    kept: list[tuple[bool, str]] = []
    for token in tokens:
        if token[0]:
            _drop_nulls(kept)
        kept.append(token)
    _drop_nulls(kept)
    return kept


def _drop_nulls(tokens: list[tuple[bool, str]]) -> None:
    while tokens and (tokens[-1][1] in _RELEASE_WORDS or not tokens[-1][1].strip("0")):
        tokens.pop()


def _token_key(hyphen: bool, value: str) -> tuple[int, Key]:
    if value[:1].isdecimal():
        number = int(value)
        return (1 if number else 0), (_HYPHEN_NUMBER if hyphen else _DOT_NUMBER, number, "")
    if value in _RELEASE_WORDS:
        return 0, (_WORD, 5, "")
    rank = _KNOWN.get(value, _UNKNOWN)
    return (1 if rank > 5 else -1), (_WORD, rank, value if rank == _UNKNOWN else "")
