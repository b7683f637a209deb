"""What one event says, as the canonical bytes that the ledger hashes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

MAX_FACTS_BYTES = 16_000
MAX_CHARACTERS = {"by": 120, "what": 80, "on": 200}


_PLAIN = (str, int, bool, type(None))
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


class FactsRefused(ValueError):
    """The facts of an event are too large, not JSON, or hold floating-point numbers, whose
    text differs between readers; or its names are too long. Mend the caller; retrying does not
    help."""


class Named(Protocol):
    """A row with an id that people read."""

    @property
    def public_id(self) -> str: ...


def name_of(on: Named | str) -> str:
    """What an event is about: a text as it is, else "report:R-2026-000001"."""
    return on if isinstance(on, str) else f"{type(on).__name__.lower()}:{on.public_id}"


def canonical(
    *, index: int, at: datetime, by: str, what: str, on: str, facts: Mapping[str, Any]
) -> str:
    """One line of JSON with sorted keys, in which each event has exactly one spelling."""
    _fits(by=by, what=what, on=on)
    _check(facts)
    text = _ENCODER.encode(
        {"at": instant(at), "by": by, "facts": facts, "index": index, "on": on, "what": what}
    )
    if len(text.encode()) > MAX_FACTS_BYTES:
        raise FactsRefused(f"an event may take {MAX_FACTS_BYTES} bytes; put the rest in a blob")
    return text


@lru_cache(maxsize=64)
def instant(at: datetime) -> str:
    """UTC with microseconds, always in the same 27 characters."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _fits(**columns: str) -> None:
    """Refuse what the columns of the log cannot hold, on any database alike."""
    for name, text in columns.items():
        if len(text) > MAX_CHARACTERS[name] or "\0" in text:
            raise FactsRefused(f"{name} takes {MAX_CHARACTERS[name]} characters, and no NUL")


def _check(value: Any) -> None:
    if type(value) in _PLAIN:
        return
    match value:
        case None | bool() | int() | str():
            return
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise FactsRefused(f"a key must be text: {key!r}")
                _check(item)
        case list() | tuple():
            for item in value:
                _check(item)
        case _:
            raise FactsRefused(f"{type(value).__name__} has no place in the facts of an event")
