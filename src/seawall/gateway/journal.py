"""The thread that writes calls down: many at once in one commit, and nothing served without.

`begin` is durable before its future is done; `end` within a quarter of a second. Who asks
`is_sound` learns whether the ledger takes what it must.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from seawall.reviews.gateway_calls import Begun, Ended, ProofUsed

FLUSH_SECONDS = 0.25
LATE_SECONDS = 2.0
"""How long ends may wait to be written before nobody is served any more."""
_GATHER_SECONDS = 0.004
"""How long others are waited for while many begin at once; nobody waits who is alone."""
_AT_ONCE = 500
_log = logging.getLogger("seawall.gateway")


class NotWritten(Exception):
    """The journal cannot be written now; nothing may be served."""


class Store(Protocol):
    """Where the journal is written; `reviews.gateway_calls`, or a test's."""

    def begin(self, calls: Sequence[Begun]) -> list[int | None]: ...

    def end(self, calls: Sequence[Ended]) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class _Starting:
    call: Begun
    made: "asyncio.Future[int]"


class Journal:
    """Writes in a thread of its own. All methods but `run` are for the event loop's thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._wake = threading.Condition()
        self._starting: list[_Starting] = []
        self._ended: list[Ended] = []
        self._later: list[Callable[[], object]] = []
        self._are_many = False
        self._oldest = 0.0
        self._flushed = 0.0
        self._has_failed = False
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def is_sound(self) -> bool:
        """Whether what has ended is being written down."""
        late = self._oldest and time.monotonic() - self._oldest > LATE_SECONDS
        return not self._has_failed and not late and self._thread.is_alive()

    def begin(self, call: Begun) -> "asyncio.Future[int]":
        """The id of a call, once it is durable. The future raises ProofUsed or NotWritten."""
        made: asyncio.Future[int] = self._loop.create_future()
        with self._wake:
            self._starting.append(_Starting(call, made))
            self._wake.notify()
        return made

    def end(self, call: Ended) -> None:
        """Have the end of a call written soon."""
        with self._wake:
            self._oldest = self._oldest or time.monotonic()
            self._ended.append(call)
            if len(self._ended) == 1 or len(self._ended) >= _AT_ONCE:
                self._wake.notify()

    def later(self, work: Callable[[], object]) -> None:
        """Have something else done over the same connection of the database."""
        with self._wake:
            self._later.append(work)
            self._wake.notify()

    def close(self) -> None:
        """Write what is left and end the thread."""
        with self._wake:
            self._is_stopping = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            while self._round():
                pass
        finally:
            self._store.close()

    def _round(self) -> bool:
        with self._wake:
            while not self._has_work():
                self._wake.wait(self._wait())
        if self._are_many:
            time.sleep(_GATHER_SECONDS)
        with self._wake:
            starting, self._starting = self._starting, []
            later, self._later = self._later, []
            ended: list[Ended] = []
            if self._ended and (self._is_due() or self._is_stopping):
                ended, self._ended = self._ended, []
            stopping = self._is_stopping
        self._are_many = len(starting) > 1
        self._begin(starting)
        self._end(ended)
        for work in later:
            self._do(work)
        return not stopping

    def _has_work(self) -> bool:
        return bool(self._starting or self._later or self._is_stopping or self._is_due())

    def _is_due(self) -> bool:
        if not self._ended:
            return False
        waited = time.monotonic() - self._flushed
        return waited >= FLUSH_SECONDS or (len(self._ended) >= _AT_ONCE and not self._has_failed)

    def _wait(self) -> float | None:
        if not self._ended:
            return None
        return max(0.0, FLUSH_SECONDS - (time.monotonic() - self._flushed))

    def _begin(self, starting: list[_Starting]) -> None:
        if not starting:
            return
        made: Sequence[int | Exception]
        try:
            ids = self._store.begin([each.call for each in starting])
            made = [ProofUsed() if one is None else one for one in ids]
        except Exception as error:  # whatever it is, nobody is served
            _log.error("the journal cannot be written: %s", type(error).__name__)
            made = [NotWritten()] * len(starting)
        answers = [(each.made, one) for each, one in zip(starting, made, strict=True)]
        self._loop.call_soon_threadsafe(_tell, answers)

    def _end(self, ended: list[Ended]) -> None:
        if not ended:
            return
        try:
            self._store.end(ended)
        except Exception as error:  # kept, and tried again; meanwhile nobody is served
            _log.error("the ledger cannot be written: %s", type(error).__name__)
            with self._wake:
                self._has_failed = True
                self._ended = ended + self._ended
                self._flushed = time.monotonic()
            return
        with self._wake:
            self._has_failed = False
            self._oldest = time.monotonic() if self._ended else 0.0
            self._flushed = time.monotonic()

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            _log.error("a signal was not recorded: %s", type(error).__name__)


def _tell(answers: "list[tuple[asyncio.Future[int], int | Exception]]") -> None:
    for made, one in answers:
        if made.cancelled():
            continue
        if isinstance(one, Exception):
            made.set_exception(one)
        else:
            made.set_result(one)
