"""A batch under way: which attempts are begun, and what is told of them to whoever waits."""

import queue
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, field
from typing import Generic

from seawall.evals.attempt import Attempt
from seawall.evals.bench import AnItem, Bench
from seawall.evals.cancel import Cancel, StoppableSandbox
from seawall.evals.wire import Wire
from seawall.vocab.evals import Budget, ItemResult


class RunnerFailed(RuntimeError):
    """The runner itself broke; results already given stay good, and running the rest again may
    help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An attempt ended. `transcript` is canonical JSON; its digest is in the result."""

    position: int
    result: ItemResult
    transcript: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The batch cannot go on."""

    error: BaseException


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The driver has returned."""


Event = Ended | Broken | Finished


@dataclass(slots=True, kw_only=True)
class Batch(Generic[AnItem]):
    """What a driver works on. Safe to use from several threads."""

    items: Sequence[AnItem]
    positions: tuple[int, ...]
    bench: Bench[AnItem]
    sandbox: StoppableSandbox
    wire: Wire
    budget: Budget
    scaffold: str
    cancel: Cancel
    in_flight: int
    events: "queue.SimpleQueue[Event]" = field(default_factory=queue.SimpleQueue)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> int | None:
        """The next position to begin, in order; None when all are begun."""
        with self._lock:
            if self._next == len(self.positions):
                return None
            self._next += 1
            return self.positions[self._next - 1]

    def begin(self, position: int) -> Attempt[AnItem]:
        """Open the attempt at `position`."""
        self.cancel.check()
        attempt = Attempt(
            item=self.items[position],
            bench=self.bench,
            sandbox=self.sandbox,
            wire=self.wire,
            budget=self.budget,
            scaffold=self.scaffold,
            cancel=self.cancel,
        )
        attempt.open()
        return attempt

    def finish(self, position: int, attempt: Attempt[AnItem]) -> None:
        """Close an attempt and tell its result."""
        result = attempt.close()
        self.cancel.check()  # an attempt that ended because of it is none
        transcript = attempt.meter.transcript()
        self.events.put(Ended(position=position, result=result, transcript=transcript))

    def broke(self, error: BaseException) -> None:
        self.events.put(Broken(error=error))


Driver = Callable[[Batch[AnItem]], None]
"""Runs all attempts of a batch and returns when none is left; tells what breaks by `broke`."""


def results(batch: Batch[AnItem], drive: "Driver[AnItem]") -> Generator[Ended, None, None]:
    """The ends of all attempts as they come. Closing the iterator ends the batch.

    Raises Cancelled when `batch.cancel` was thrown, and what broke the batch.
    """
    thread = threading.Thread(target=_guarded, args=(batch, drive), name="seawall-evals")
    thread.start()
    try:
        waiting = set(batch.positions)
        while True:
            match batch.events.get():
                case Ended() as ended:
                    waiting.remove(ended.position)
                    yield ended
                case Broken(error=error):
                    raise error
                case Finished():
                    if waiting:
                        raise RunnerFailed(f"no result came for position {min(waiting)}")
                    return
    finally:
        batch.cancel.throw()
        thread.join()


def _guarded(batch: Batch[AnItem], drive: "Driver[AnItem]") -> None:
    try:
        drive(batch)
    except BaseException as error:
        batch.broke(error)
    else:
        batch.events.put(Finished())


def left_over(count: int, done: Collection[int]) -> tuple[int, ...]:
    """The positions below `count` that are not in `done`."""
    return tuple(position for position in range(count) if position not in done)
