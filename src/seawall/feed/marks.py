"""Marks that tell one recipient's copy from every other.

One mark is seen (`SEAWALL-MARK.json`); the others are not, and only who has the house's marking
key can compute them: the order of the members of the archive, their times, the bytes after its
end, and single spaces at the ends of lines of texts in which they mean nothing. Each kind survives
what the others do not; `chance` says how likely the same would be found in a copy of somebody else.

A space at the end of a line depends on that line and the one before alone, so that an excerpt, a
renamed file or a file in another archive still shows it.
"""

import hmac
import json
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

MARK_FILE = "SEAWALL-MARK.json"
_SPREAD_SECONDS = 1 << 20
_ZONES = range(-56, 57)
"""Quarters of an hour by which an archive that keeps local time may be off."""
_MOST_LINES = 20_000
_LEAST_PADDING = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One copy. `id` is random and may be seen; `made_at` is when the copy was made."""

    id: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One kind of mark that was found: in words, and how likely it is in anybody else's copy."""

    kind: str
    said: str
    chance: float


@dataclass(frozen=True, slots=True)
class Marker:
    """Computes the marks of copies; holds the house's marking key."""

    _key: bytes

    def seal(self, mark: Mark) -> str:
        """Shows in the visible mark that the house wrote it."""
        return self._of(mark, "seal").hex()[:32]

    def order(self, mark: Mark, names: Sequence[str]) -> list[str]:
        """The order of the members of this copy."""
        return sorted(names, key=lambda name: self._of(mark, "order", name))

    def moment(self, mark: Mark, name: str) -> int:
        """The time of a member: even seconds since 1970, within twelve days before it was made."""
        before = int.from_bytes(self._of(mark, "time", name)[:8]) % _SPREAD_SECONDS
        return (int(mark.made_at.timestamp()) - before) & ~1

    def padding(self, mark: Mark, size: int) -> bytes:
        """What stands after the end of the archive."""
        blocks = (self._of(mark, "padding", str(n)) for n in range(-(-size // 32)))
        return b"".join(blocks)[:size]

    def text(self, mark: Mark, text: str, *, same: Callable[[str, str], bool]) -> str:
        """`text` with its marks at the ends of lines; as it is when they would change what it
        means, which `same` says of two texts."""
        if "\r" in text:
            return text
        lines = text.split("\n")
        marked = [*self._spaced(mark, lines[:-1]), lines[-1]]
        whole = "\n".join(marked)
        if same(text, whole):
            return whole
        return self._one_by_one(mark, lines, marked, same)

    def bit(self, mark: Mark, before: str, line: str) -> bool:
        return bool(self._of(mark, "line", before.strip(), line.strip())[0] & 1)

    def _spaced(self, mark: Mark, lines: Sequence[str]) -> list[str]:
        pairs = zip(["", *lines], lines, strict=False)
        return [
            f"{line} " if line == line.rstrip() and self.bit(mark, before, line) else line
            for before, line in pairs
        ]

    def _one_by_one(
        self,
        mark: Mark,
        lines: list[str],
        marked: list[str],
        same: Callable[[str, str], bool],
    ) -> str:
        """Only the spaces that change nothing; a text of many lines stays as it is."""
        if len(lines) > 1000:
            return "\n".join(lines)
        text, kept = "\n".join(lines), list(lines)
        for number, line in enumerate(marked):
            if line == lines[number]:
                continue
            kept[number] = line
            if not same(text, "\n".join(kept)):
                kept[number] = lines[number]
        return "\n".join(kept)

    def _of(self, mark: Mark, *parts: str) -> bytes:
        message = json.dumps(["seawall-mark/1", mark.id, *parts]).encode()
        return hmac.digest(self._key, message, sha256)


def same_json(one: str, other: str) -> bool:
    """Whether two texts are the same JSON."""
    return bool(json.loads(one) == json.loads(other))


def same_toml(one: str, other: str) -> bool:
    """Whether two texts are the same TOML."""
    try:
        return _toml(one) == _toml(other)
    except tomllib.TOMLDecodeError:
        return False


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in single spaces at ends of lines alone; for prose, where one such
    space means nothing (two would break a line in Markdown)."""
    return [line.rstrip() for line in one.split("\n")] == [
        line.rstrip() for line in other.split("\n")
    ]


def order_evidence(marker: Marker, mark: Mark, names: Sequence[str]) -> Evidence | None:
    """Whether the members stand in the order of this copy."""
    if len(names) < 3 or list(names) != marker.order(mark, names):
        return None
    return Evidence(
        kind="order",
        said=f"its {len(names)} members stand in the order of this copy",
        chance=1 / math.factorial(min(len(names), 100)),
    )


def time_evidence(marker: Marker, mark: Mark, times: Mapping[str, int]) -> Evidence | None:
    """How many members have the time of this copy, in whatever time zone they are kept."""
    off = [(at & ~1) - marker.moment(mark, name) for name, at in times.items()]
    zones = {900 * zone for zone in _ZONES} & set(off)
    found = max((off.count(zone) for zone in zones), default=0)
    if found < 2:
        return None
    one = len(_ZONES) * 2 / _SPREAD_SECONDS
    return Evidence(
        kind="times",
        said=f"{found} of its {len(off)} members have the times of this copy",
        chance=min(1.0, math.comb(len(off), found) * one * (2 / _SPREAD_SECONDS) ** (found - 1)),
    )


def padding_evidence(marker: Marker, mark: Mark, tail: bytes) -> Evidence | None:
    """Whether a file ends with the padding of this copy."""
    padding = marker.padding(mark, len(tail))
    at = tail.rfind(padding[:_LEAST_PADDING])
    if at < 0 or len(tail) - at < _LEAST_PADDING:
        return None
    found = tail[at:]
    if found != padding[: len(found)]:
        return None
    return Evidence(
        kind="padding",
        said=f"the {len(found)} bytes after its end are those of this copy",
        chance=2.0**-128,
    )


def line_evidence(marker: Marker, mark: Mark, texts: Sequence[str]) -> Evidence | None:
    """How many ends of lines are those of this copy; half of them are by accident."""
    seen: dict[tuple[str, str], bool] = {}
    for text in texts:
        lines = text.split("\n")[:-1][:_MOST_LINES]
        for before, line in zip(["", *lines], lines, strict=False):
            bare = line.rstrip()
            if line in (bare, f"{bare} "):
                seen[before.strip(), bare.strip()] = line != bare
    agree = sum(marker.bit(mark, *pair) == spaced for pair, spaced in seen.items())
    chance = _at_least(agree, len(seen))
    if chance > 0.01:
        return None
    return Evidence(
        kind="lines",
        said=f"{agree} of {len(seen)} lines end as in this copy",
        chance=chance,
    )


def _at_least(heads: int, throws: int) -> float:
    """How likely `throws` of a fair coin give `heads` or more."""
    ways = sum(math.comb(throws, k) for k in range(heads, throws + 1))
    return float(ways / 2**throws) if throws < 1000 else _large(heads, throws)


def _large(heads: int, throws: int) -> float:
    """The same, bounded from above (Hoeffding 1963, theorem 1)."""
    beyond = heads - throws / 2
    return math.exp(-2 * beyond * beyond / throws) if beyond > 0 else 1.0


def _toml(text: str) -> dict[str, Any]:
    return tomllib.loads(text)
