"""Ending a running batch from outside: every wait of the runner ends at once."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from typing import Any, TypeVar

from seawall.sandbox.protocol import Job, Outcome, Sandbox

_T = TypeVar("_T")


class Cancelled(Exception):
    """The caller ended the batch; nothing is known of the attempts that were under way."""


class Cancel:
    """A switch that is thrown once. Safe to use from several threads."""

    def __init__(self) -> None:
        self._thrown: Future[None] = Future()
        self._lock = threading.Lock()

    def throw(self) -> None:
        with self._lock:
            if not self._thrown.done():
                self._thrown.set_result(None)

    @property
    def thrown(self) -> bool:
        return self._thrown.done()

    def then(self, act: Callable[[], None]) -> None:
        """Call `act` when thrown, at once if it is already; from whichever thread throws."""
        self._thrown.add_done_callback(lambda _: act())

    def check(self) -> None:
        """Raise Cancelled once thrown."""
        if self.thrown:
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        """Wait so long; raises Cancelled as soon as the switch is thrown."""
        wait([self._thrown], timeout=max(0.0, seconds))
        self.check()

    def await_result(self, future: "Future[_T]", seconds: float) -> _T:
        """What `future` gives; TimeoutError after `seconds`, Cancelled when thrown."""
        either: list[Future[Any]] = [future, self._thrown]
        wait(either, timeout=max(0.0, seconds), return_when=FIRST_COMPLETED)
        self.check()
        return future.result(timeout=0)


class StoppableSandbox:
    """A sandbox whose jobs end when `cancel` is thrown. To be closed when no job runs."""

    def __init__(self, sandbox: Sandbox, cancel: Cancel) -> None:
        self._sandbox = sandbox
        self._stop_fd = os.eventfd(0, os.EFD_CLOEXEC)
        self._lock = threading.Lock()
        self._open = True
        cancel.then(self._stop)

    @property
    def name(self) -> str:
        return self._sandbox.name

    def run(self, job: Job) -> Outcome:
        return self._sandbox.run(replace(job, stop_fd=self._stop_fd))

    def _stop(self) -> None:
        with self._lock:
            if self._open:
                os.eventfd_write(self._stop_fd, 1)

    def close(self) -> None:
        with self._lock:
            if self._open:
                self._open = False
                os.close(self._stop_fd)
