"""Entry bundles of a log (C2SP tlog-tiles), and what an entry of Seawall says of itself."""

import json
import re
from collections.abc import Callable
from typing import Any

from seawall_verify.failures import VerificationFailed
from seawall_verify.texts import MAX_SIZE

CheckEntry = Callable[[int, bytes], None]
_COMMITTED = re.compile(rb"seawall-event v1\n(0|[1-9][0-9]{0,18})\n[A-Za-z0-9+/]{43}=\n")


def read_bundle(data: bytes, path: str) -> list[bytes]:
    """The entries of a bundle, each after its length in two bytes."""
    entries: list[bytes] = []
    at, end = 0, len(data)
    while at < end:
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > end or at > end:
            raise VerificationFailed(f"{path} ends within its entry {len(entries)}.")
        entries.append(data[start:at])
    return entries


def check_seawall_entry(index: int, entry: bytes) -> None:
    """Raise VerificationFailed unless the entry says that it is number `index`: a public event is
    a JSON object with an index, any other is a commitment with its index."""
    stated = stated_index(entry)
    if stated is None:
        raise VerificationFailed(f"Entry {index} is neither an event nor a commitment to one.")
    if stated != index:
        raise VerificationFailed(f"Entry {index} says that it is entry {stated}.")


def stated_index(entry: bytes) -> int | None:
    """The index inside a Seawall entry; None when it is none."""
    committed = _COMMITTED.fullmatch(entry)
    if committed is not None:
        return int(committed[1])
    try:
        event = json.loads(entry.decode("utf-8"), object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        return None
    index = event.get("index") if isinstance(event, dict) else None
    return index if type(index) is int and 0 <= index <= MAX_SIZE else None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name occurs twice")
    return made
