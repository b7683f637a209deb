"""What a running worker does from time to time, beside what is due."""

from collections.abc import Callable
from datetime import timedelta

from seawall.headstart.actions import ask_when_changed
from seawall.jobs.distribution import ask_to_refresh
from seawall.jobs.gateway import ask_to_purge
from seawall.ledger.checkpoints import ask_when_behind

TIMERS: tuple[tuple[timedelta, Callable[[], object]], ...] = (
    (timedelta(minutes=1), ask_when_changed),
    (timedelta(minutes=1), ask_when_behind),
    (timedelta(minutes=2), ask_to_refresh),
    (timedelta(hours=1), ask_to_purge),
)
"""(how often, what): each must be cheap, safe to run twice, and leave real work to the outbox."""


class Timers:
    """Calls each of TIMERS when its time has come; the first time at once."""

    def __init__(self) -> None:
        self._next = [0.0] * len(TIMERS)

    def run(self, *, clock_seconds: float) -> None:
        """Call what is due at `clock_seconds` of a clock that never goes back."""
        for i, (every, call) in enumerate(TIMERS):
            if clock_seconds >= self._next[i]:
                self._next[i] = clock_seconds + every.total_seconds()
                call()
