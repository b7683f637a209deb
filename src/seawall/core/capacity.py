"""How many cases a vendor is handed, when, and in which order.

A vendor takes so many cases in any seven days and so many open at once; the others wait in order
of priority, and come in batches if the vendor likes that better. What is urgent goes at once, in
a pause too, and counts like the others: the ordinary ones then wait longer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from seawall.vocab.evidence import EvidenceLevel

WEEK = timedelta(days=7)
LONGEST_BATCH_WAIT = WEEK
"""So long a ready case waits for others of its batch, at most."""
OVERDUE = timedelta(days=28)
"""A case that waited so long goes before all ordinary ones, whatever its priority."""
MAX_PAUSE = timedelta(days=30)
NEAR = timedelta(days=7)
"""A case whose deadline is nearer than this is urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a vendor can bear."""

    per_week: int
    """Cases handed over in any seven days."""
    open_at_once: int
    """Cases handed over and not yet fixed."""
    batch: int = 1
    """Cases that come together; the vendor would rather have few, larger deliveries."""
    paused_until: datetime | None = None

    @property
    def full_batch(self) -> int:
        """The batch to wait for: never more than could ever come at once."""
        return min(self.batch, self.per_week, self.open_at_once)


DEFAULT = Budget(per_week=5, open_at_once=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A response-ready case that waits for its handover."""

    key: int
    since: datetime
    urgent: bool = False
    attacks: bool = False
    listed: bool = False
    """Known to be exploited (KEV), or SSVC says so."""
    level: EvidenceLevel = EvidenceLevel.E0
    severity: float = 0.0
    """CVSS base score, 0 when unknown."""


def is_urgent(*, attacks: bool, deadline: datetime | None, now: datetime) -> bool:
    """Say whether a case goes before the budget: attacks were observed, or it will be public
    within a week."""
    return attacks or (deadline is not None and deadline - now <= NEAR)


def in_order(waiting: Iterable[Waiting], *, now: datetime) -> list[Waiting]:
    """Who comes first: urgent, overdue (the oldest first), then attacks observed, known to be
    exploited, evidence, severity, age."""
    return sorted(waiting, key=lambda each: _rank(each, now))


def _rank(each: Waiting, now: datetime) -> tuple[int, float, bool, bool, int, float, float, int]:
    overdue = now - each.since >= OVERDUE
    age = each.since.timestamp()
    return (
        0 if each.urgent else 1 if overdue else 2,
        age if overdue and not each.urgent else 0.0,
        not each.attacks,
        not each.listed,
        -int(each.level),
        -each.severity,
        age,
        each.key,
    )


def choose(
    waiting: Iterable[Waiting],
    *,
    budget: Budget,
    handed_over: Sequence[datetime],
    open_now: int,
    now: datetime,
) -> tuple[Waiting, ...]:
    """Which cases to hand over now, in order.

    `handed_over` says when earlier ones were, `open_now` how many of them are not yet fixed.
    """
    ordered = in_order(waiting, now=now)
    urgent = [each for each in ordered if each.urgent]
    ordinary = [each for each in ordered if not each.urgent]
    taken = len(urgent)
    room = room_for(
        budget, handed_over=[*handed_over, *[now] * taken], open_now=open_now + taken, now=now
    )
    if not _batch_is_due(ordinary, budget=budget, room=room, now=now):
        room = 0
    return (*urgent, *ordinary[:room])


def room_for(
    budget: Budget, *, handed_over: Sequence[datetime], open_now: int, now: datetime
) -> int:
    """How many ordinary cases the budget leaves room for; none during a pause."""
    if budget.paused_until is not None and now < budget.paused_until:
        return 0
    recent = sum(1 for each in handed_over if each > now - WEEK)
    return max(0, min(budget.per_week - recent, budget.open_at_once - open_now))


def _batch_is_due(ordinary: Sequence[Waiting], *, budget: Budget, room: int, now: datetime) -> bool:
    """Whether a batch is full and there is room for it, or somebody has waited long enough."""
    if min(len(ordinary), room) >= budget.full_batch:
        return True
    return any(now - each.since >= LONGEST_BATCH_WAIT for each in ordinary)


def next_look(
    waiting: Iterable[Waiting],
    *,
    budget: Budget,
    handed_over: Sequence[datetime],
    now: datetime,
) -> datetime | None:
    """When time alone may change the answer of `choose`; None when only an event can."""
    since = [each.since for each in waiting if not each.urgent]
    if not since:
        return None
    moments = [each + WEEK for each in handed_over]
    moments += [each + LONGEST_BATCH_WAIT for each in since]
    if budget.paused_until is not None:
        moments.append(budget.paused_until)
    return min((each for each in moments if each > now), default=None)
