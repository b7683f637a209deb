"""Whose copy a file is: every mark that is left in it is compared with those of each copy made."""

import io
import json
import re
import zipfile
from calendar import timegm
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seawall.feed.marks import (
    MARK_FILE,
    Evidence,
    Mark,
    Marker,
    line_evidence,
    order_evidence,
    padding_evidence,
    time_evidence,
)
from seawall.feed.restricted import MARK_FORMAT
from seawall.formats.archives import is_archive, read_archive, strip_top
from seawall.formats.bounded import compression, decompress
from seawall.formats.tar import is_tar, tar_members
from seawall.vocab.errors import BadInput

MAX_BYTES = 64 << 20
_SURE = 1e-6
_HEX = re.compile(r"[0-9a-f]{32}")
_MOST_UNPACKED = 256 << 20
_TAIL = 64 << 10
"""The padding of a copy is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is left in a file of the marks of one copy. `chance` is how likely as much would be
    found by accident in a copy of somebody else, all copies considered; `visible` whether the
    visible mark names this copy, which anybody can write, and `sealed` whether it is as the house
    wrote it."""

    mark: str
    evidence: tuple[Evidence, ...]
    chance: float
    visible: bool = False
    sealed: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether the marks that cannot be seen leave no doubt."""
        return self.chance < _SURE


def whose(data: bytes, *, marker: Marker, copies: Sequence[Mark]) -> tuple[Found, ...]:
    """The copies of which something is left in `data`, the surest first: the archive as it was
    decrypted, an archive packed from it, or one text. Raises BadInput above 64 MiB.

    Nothing found does not mean that no copy leaked: marks can be removed.
    """
    if len(data) > MAX_BYTES:
        raise BadInput(f"a file of at most {MAX_BYTES >> 20} MiB is needed")
    left = _left_in(data)
    found = [_found(left, marker, mark, among=len(copies)) for mark in copies]
    told = [each for each in found if each.evidence or each.visible]
    return tuple(sorted(told, key=lambda each: (each.chance, not each.visible)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """What of a file may carry marks."""

    names: tuple[str, ...] = ()
    times: Mapping[str, int]
    tail: bytes
    texts: tuple[str, ...]
    visible: Mapping[str, Any]


def _found(left: _Left, marker: Marker, mark: Mark, *, among: int) -> Found:
    asked = (
        padding_evidence(marker, mark, left.tail),
        order_evidence(marker, mark, left.names),
        time_evidence(marker, mark, left.times),
        line_evidence(marker, mark, left.texts),
    )
    evidence = tuple(each for each in asked if each is not None)
    chance = float(max(among, 1))
    for each in evidence:
        chance *= each.chance
    named = left.visible.get("mark") == mark.id
    sealed = named and left.visible.get("seal") == marker.seal(mark)
    return Found(
        mark=mark.id, evidence=evidence, chance=min(chance, 1.0), visible=named, sealed=sealed
    )


def _left_in(data: bytes) -> _Left:
    if not is_archive(data):
        text = _text(data)
        return _Left(times={}, tail=b"", texts=(text,) if text else (), visible=_visible([text]))
    files = read_archive(data, name="the file")
    inner = strip_top(files, marker=MARK_FILE)
    top = next(iter(files)).removesuffix(next(iter(inner))) if files else ""
    plain = decompress(data, max_bytes=_MOST_UNPACKED) if compression(data) else data
    texts = tuple(text for text in map(_text, inner.values()) if text)
    return _Left(
        names=tuple(inner),
        times={name.removeprefix(top): at for name, at in _times(plain).items()},
        tail=plain[-_TAIL:],
        texts=texts,
        visible=_visible(texts),
    )


def _times(plain: bytes) -> Mapping[str, int]:
    """The times of the files of an archive that `read_archive` could read."""
    if is_tar(plain):
        rows = tar_members(plain)
        return {each.path.removeprefix("./"): each.modified for each in rows if each.modified}
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        entries = [each for each in archive.infolist() if not each.is_dir()]
    return {each.filename: timegm((*each.date_time, 0, 0, 0)) for each in entries}


def _text(data: bytes) -> str:
    """The lines of a text with one kind of line end; "" of what is none."""
    try:
        return data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return ""


def _visible(texts: Iterable[str]) -> Mapping[str, Any]:
    """The visible mark among these texts; {} when there is none."""
    for text in texts:
        if MARK_FORMAT not in text[:200]:
            continue
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict) and _HEX.fullmatch(str(said.get("mark", ""))):
            return said
    return {}
