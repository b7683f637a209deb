"""The body of a webhook (Standard Webhooks 1.0.0, "Payload structure"): thin, and never with more
than may be said on that way."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from seawall.core.ways_out import Say

SOMETHING_NEW = "something.new"
_STATES = (
    "state",
    "ends_at",
    "reason",
    "events",
    "outcome",
    "level",
    "verdict",
    "fix",
    "changed",
    "closed",
)


def write_event(
    *,
    event: str,
    at: datetime,
    id: str,
    facts: Mapping[str, Any],
    title: str,
    say: Say,
) -> bytes:
    """The JSON of one event: at SIGN_IN only that there is something, at ID the id, at STATE
    what happened with its states and dates, at TITLE the title too."""
    kind, data = SOMETHING_NEW, dict[str, Any]()
    if say >= Say.ID and id:
        data["id"] = id
    if say >= Say.STATE:
        kind = event
        data["facts"] = {key: facts[key] for key in _STATES if key in facts}
    if say >= Say.TITLE and title:
        data["title"] = title
    body = {"type": kind, "data": data}
    if say >= Say.STATE:
        body["timestamp"] = at.astimezone(UTC).isoformat(timespec="seconds")
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
