"""Files of a log's folder that its checkpoint does not ask for.

A partial tile or bundle of an earlier size may stay (tlog-tiles, "Partial Tiles"), if it is the
beginning of the present one. Everything else there has no signature and is refused.
"""

import re
from collections.abc import Iterable

from seawall_verify.entries import read_bundle
from seawall_verify.failures import VerificationFailed
from seawall_verify.texts import HASH_BYTES, shown
from seawall_verify.tiles import ENTRIES, WIDTH, Fetch, fetch_wide, tile_path, tile_width

_NAME = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


def check_files(files: Iterable[str], fetch: Fetch, *, size: int, growing: bool) -> None:
    """Raise VerificationFailed when one of `files` (paths below the log's prefix) is not a file of
    a log of `size` entries; `growing` lets files pass that a larger log has."""
    for path in files:
        if path != "checkpoint":
            _check_file(path, fetch, size, growing)


def _check_file(path: str, fetch: Fetch, size: int, growing: bool) -> None:
    level, index, width = _place(path)
    now = tile_width(0 if level == ENTRIES else int(level), index, size)
    if width > now:
        if growing:
            return
        raise VerificationFailed(
            f"{path} is beyond the {size} entries that the checkpoint signs: the checkpoint is "
            "older than the log, or the file was added."
        )
    if width < now:
        _check_beginning(path, fetch, level, index, width, now)


def _place(path: str) -> tuple[str, int, int]:
    found = _NAME.fullmatch(path)
    if found is not None:
        level, digits, partial = found.groups()
        index = int(digits.replace("x", "").replace("/", ""))
        width = int(partial or WIDTH)
        if tile_path(level, index, width) == path and width <= WIDTH:
            return level, index, width
    raise VerificationFailed(f"{shown(path)} is not the name of a file of a log.")


def _check_beginning(path: str, fetch: Fetch, level: str, index: int, width: int, now: int) -> None:
    """A file of an earlier size holds the beginning of what was verified."""
    whole, data, _ = fetch_wide(fetch, level, index, now)
    older = fetch(path)
    if level == ENTRIES:
        same = read_bundle(older, path) == read_bundle(data, whole)[:width]
    else:
        same = older == data[: width * HASH_BYTES]
    if not same:
        raise VerificationFailed(f"{path} differs from {whole}, which it is the beginning of.")
