"""How often sign-in may be tried: leaky buckets, one try each, that drain steadily.

Guessing is slowed; nobody is locked out: a bucket that is full has room again after `drain`. A
guesser who keeps the account's bucket full cannot keep out its owner on a device that signed in
before, which is counted apart (OWASP, "Slow down online guessing attacks with device cookies").
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from seawall.vocab.decisions import Allowed, Decision, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`room` tries at once, and one more after each `drain`."""

    room: int
    drain: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """How many tries are in a bucket at a moment."""

    amount: float
    at: datetime


class Counted(Enum):
    """What is counted, and how strictly."""

    ACCOUNT = Limit(room=20, drain=timedelta(seconds=30))
    """All tries on one account from devices that nobody signed in from."""
    ACCOUNT_AT_ADDRESS = Limit(room=5, drain=timedelta(seconds=60))
    ADDRESS = Limit(room=50, drain=timedelta(seconds=10))
    DEVICE = Limit(room=10, drain=timedelta(seconds=30))
    """Tries on one account from a device that signed in to it before."""


def drained(filled: Filled | None, limit: Limit, *, now: datetime) -> float:
    """How many tries are in the bucket now; a clock that went back drains nothing."""
    if filled is None:
        return 0.0
    passed = max(now - filled.at, timedelta())
    return max(0.0, filled.amount - passed / limit.drain)


def may_try(filled: Filled | None, limit: Limit, *, now: datetime) -> Decision:
    """Say whether there is room for one more try."""
    if drained(filled, limit, now=now) + 1 <= limit.room:
        return Allowed()
    wait = wait_for(filled, limit, now=now)
    return Refused(f"too many tries; wait {max(1, round(wait.total_seconds()))} seconds")


def tried(filled: Filled | None, limit: Limit, *, now: datetime) -> Filled:
    """The bucket with one more try in it."""
    return Filled(amount=drained(filled, limit, now=now) + 1, at=now)


def wait_for(filled: Filled | None, limit: Limit, *, now: datetime) -> timedelta:
    """How long until there is room for one try; at most one `drain`."""
    over = drained(filled, limit, now=now) + 1 - limit.room
    return max(timedelta(), over * limit.drain)
