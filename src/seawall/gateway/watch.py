"""How each grant is used: its quotas, and what an official should be told of.

Counts live in this process, the only one that serves; what outlasts it is read from the journal
when a grant is used for the first time.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from seawall.core.gateway_rules import (
    HOUR,
    LOOKED_AT,
    TEN_MINUTES,
    Signal,
    SignalKind,
    Use,
    Used,
    network_of,
    signals,
    within_quota,
)
from seawall.reviews.gateway import Known, Spent
from seawall.vocab.decisions import Decision, Refused

TOLD_AGAIN = timedelta(hours=1)
_DAY = timedelta(days=1)
_MOST_NETWORKS = 100
_LOOK_SECONDS = 1.0


@dataclass(slots=True)
class _Lately:
    """What happened within `span`, as (moment, how many)."""

    span: float
    _kept: deque[tuple[float, int]] = field(default_factory=deque)
    _sum: int = 0

    def add(self, now: float, number: int = 1) -> None:
        self._kept.append((now, number))
        self._sum += number

    def sum(self, now: float) -> int:
        while self._kept and self._kept[0][0] <= now - self.span:
            self._sum -= self._kept.popleft()[1]
        return self._sum

    def first(self) -> float:
        return self._kept[0][0] if self._kept else math.inf


@dataclass(slots=True)
class GrantUse:
    """Counts of one grant."""

    requests: _Lately = field(default_factory=lambda: _Lately(60))
    tokens: _Lately = field(default_factory=lambda: _Lately(HOUR.total_seconds()))
    refused: _Lately = field(default_factory=lambda: _Lately(TEN_MINUTES.total_seconds()))
    failed: _Lately = field(default_factory=lambda: _Lately(TEN_MINUTES.total_seconds()))
    purposes: _Lately = field(default_factory=lambda: _Lately(HOUR.total_seconds()))
    odd: _Lately = field(default_factory=lambda: _Lately(_DAY.total_seconds()))
    looked: deque[bool] = field(default_factory=lambda: deque(maxlen=LOOKED_AT))
    networks: dict[str, float] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)
    day: int = 0
    today: int = 0
    promised: int = 0
    running: int = 0
    looked_at: float = 0.0

    @classmethod
    def of(cls, spent: Spent, *, now: datetime) -> "GrantUse":
        """The counts that the journal knows; what is of the last minute counts as of now."""
        at = now.timestamp()
        made = cls(day=_day(at), today=spent.tokens_today)
        made.requests.add(at, spent.requests_in_minute)
        made.tokens.add(at, spent.tokens_in_hour)
        for kind, told_at in spent.told:
            made.told[kind] = max(told_at, made.told.get(kind, told_at))
        return made

    def ask(self, known: Known, *, wanted: int, now: float) -> Decision:
        """Say whether one more request fits its quota. `begin` counts it."""
        if self.day != _day(now):
            self.day, self.today = _day(now), 0
        used = Used(
            requests=self.requests.sum(now),
            tokens=self.today,
            promised=self.promised,
            running=self.running,
        )
        decision = within_quota(known.quota, used, wanted=wanted)
        if isinstance(decision, Refused):
            self.refused.add(now)
        return decision

    def begin(self, known: Known, *, wanted: int, peer: str, now: float, is_odd: bool) -> None:
        """Count a request that is let through."""
        self.requests.add(now)
        self.running += 1
        self.promised += wanted
        if is_odd:
            self.odd.add(now)
        if len(self.networks) < _MOST_NETWORKS:
            self.networks[network_of(peer)] = now

    def end(self, *, wanted: int, tokens: int, now: float) -> None:
        """Count what a request took in the end."""
        self.running -= 1
        self.promised -= wanted
        if self.day != _day(now):
            self.day, self.today = _day(now), 0
        self.today += tokens
        self.tokens.add(now, tokens)

    def wait_seconds(self, now: float) -> int:
        """After how long it is worth trying again."""
        return (
            max(1, min(60, math.ceil(self.requests.first() + 60 - now)))
            if self.requests.sum(now)
            else 5
        )

    def is_time_to_look(self, now: float) -> bool:
        """Whether served requests should be looked at for signals again: once a second."""
        if now - self.looked_at < _LOOK_SECONDS:
            return False
        self.looked_at = now
        return True

    def news(self, known: Known, *, now: float) -> list[Signal]:
        """What an official should be told of now and was not within the last hour."""
        since = now - HOUR.total_seconds()
        for network in [name for name, at in self.networks.items() if at < since]:
            del self.networks[network]
        found = signals(
            Use(
                tokens_per_day=known.quota.tokens_per_day,
                tokens_in_hour=self.tokens.sum(now),
                refused=self.refused.sum(now),
                looked_at=len(self.looked),
                on_purpose=sum(self.looked),
                purposes_refused=self.purposes.sum(now),
                odd_calls=self.odd.sum(now),
                failed_proofs=self.failed.sum(now),
                networks=len(self.networks),
            )
        )
        return list(self._untold(found, datetime.fromtimestamp(now, UTC)))

    def _untold(self, found: Iterable[Signal], at: datetime) -> Iterable[Signal]:
        for each in found:
            again = _DAY if each.kind is SignalKind.ODD_HOURS else TOLD_AGAIN
            last = self.told.get(each.kind.value)
            if last is None or at - last >= again:
                self.told[each.kind.value] = at
                yield each


def _day(now: float) -> int:
    return int(now // _DAY.total_seconds())
