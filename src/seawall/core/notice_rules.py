"""When somebody is told: digests at an interval, urgent matters at once, never too many a day.

All pure: moments go in, the next moment comes out. Jitter is a number in [0, 1) passed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)
MAX_LINES = 40
"""The most notices that one mail spells out; it counts the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a recipient may be written to, in any 24 hours: `per_day` times in all, of which
    `urgent_share` are kept for urgent matters."""

    interval: timedelta = timedelta(hours=1)
    per_day: int = 24
    urgent_share: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that a recipient was not told yet."""

    made_at: datetime
    urgent: bool = False


def next_at(
    waiting: Sequence[Waiting], sent: Sequence[datetime], *, pace: Pace, now: datetime
) -> datetime | None:
    """When all that waits is to be sent as one; None when nothing waits.

    Given are the moments of what was sent before. A digest gathers for one interval from the
    oldest that waits and comes no sooner than one interval after the one before; anything
    urgent sends all at once. The result is `now` for what is due.
    """
    if not waiting:
        return None
    urgent = any(each.urgent for each in waiting)
    share = pace.per_day if urgent else max(1, pace.per_day - pace.urgent_share)
    at = now if urgent else min(each.made_at for each in waiting) + pace.interval
    if sent and not urgent:
        at = max(at, max(sent) + pace.interval)
    return max(at, now, _room_at(sent, share, now))


def _room_at(sent: Sequence[datetime], share: int, now: datetime) -> datetime:
    """When fewer than `share` were sent in the last day."""
    recent = sorted(each for each in sent if each > now - DAY)
    if len(recent) < share:
        return now
    return recent[len(recent) - share] + DAY


_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 180, 240, 300, 360))
"""Between the attempts of a webhook: with the jitter, 19 to 24 hours in all."""
MAX_ATTEMPTS = len(_WAITS) + 1
_LONGEST_ASKED = timedelta(hours=8)


def retry_after(
    attempts: int, *, jitter: float, asked: timedelta | None = None
) -> timedelta | None:
    """How long to wait after that many failed attempts; None to give up.

    `asked` is what the other side asked for (Retry-After, RFC 9110 §10.2.3); it lengthens the
    wait to at most 8 hours. Jitter moves the wait by up to a tenth either way, so that what
    failed together does not come back together.
    """
    if not 1 <= attempts < MAX_ATTEMPTS:
        return None
    wait = _WAITS[attempts - 1] * (0.9 + 0.2 * jitter)
    return max(wait, min(asked, _LONGEST_ASKED)) if asked else wait


def is_urgent_by(deadline: datetime, *, now: datetime) -> bool:
    """Whether a deadline is less than a day away."""
    return deadline - now < DAY
