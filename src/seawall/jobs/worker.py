"""The in-process worker: starts a durable workflow for each due outbox row and watches it."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowHandle
from dbos._error import DBOSMaxStepRetriesExceeded
from dbos._serialization import DBOSPortableJSONSerializer
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from seawall.jobs import carry_out as carrying
from seawall.jobs import queue
from seawall.jobs.carry_out import Result
from seawall.jobs.queue import Due
from seawall.jobs.timers import Timers

ATTEMPTS = 3
_TICK_SECONDS = 1.0
_DATABASE_LOCK = 5234124
"""PostgreSQL's advisory lock of the worker, as `config.bootstrap` has one for migrations."""
_DEAD = ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

_finished = threading.Condition()
_results: dict[int, str] = {}
"""Rows that a workflow of this process has just closed, for the worker that waits."""

Progress = Callable[[str, Result], None]


class WorkerRunning(RuntimeError):
    """Another worker of this home folder is running; it does the work."""


@DBOS.step(
    name="outbox.carry_out",
    retries_allowed=True,
    max_attempts=ATTEMPTS,
    interval_seconds=0.2,
    backoff_rate=4.0,
)
def _carry_out(outbox_id: int) -> str:
    try:
        return carrying.carry_out(outbox_id, now=timezone.now()).value
    finally:
        connections.close_all()


@DBOS.workflow(name="outbox.run", max_recovery_attempts=5)
def _run(outbox_id: int) -> str:
    try:
        result = _carry_out(outbox_id)
    except DBOSMaxStepRetriesExceeded as error:
        last = error.errors[-1]
        problem = f"{type(last).__name__}: {last}"
        result = carrying.give_up(outbox_id, problem=problem, now=timezone.now()).value
    finally:
        connections.close_all()
    with _finished:
        _results[outbox_id] = result
        _finished.notify_all()
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one call did."""

    done: int = 0
    postponed: int = 0
    failed: int = 0


class Worker:
    """Carries out the outbox with at most `parallel` rows at a time. Use it inside `working`."""

    def __init__(self, *, parallel: int, progress: Progress | None = None) -> None:
        self._parallel = parallel
        self._progress = progress or (lambda topic, result: None)
        self._running: dict[int, tuple[Due, WorkflowHandle[str]]] = {}
        self._counts = dict.fromkeys(Result, 0)

    def run_once(self) -> Tally:
        """Work until nothing is due, follow-up work included; give what was done."""
        self._counts = dict.fromkeys(Result, 0)
        while self._start_due() or self._running:
            self._wait()
            self._collect()
        return Tally(
            done=self._counts[Result.DONE],
            postponed=self._counts[Result.POSTPONED],
            failed=self._counts[Result.FAILED],
        )

    def run_until(self, stop: threading.Event) -> None:
        """Work, and call the timers, until `stop` is set; then finish what was begun."""
        timers = Timers()
        while not stop.is_set():
            timers.run(clock_seconds=time.monotonic())
            self._start_due()
            self._wait()
            self._collect()
        while self._running:
            self._wait()
            self._collect()

    def _start_due(self) -> bool:
        free = self._parallel - len(self._running)
        if free <= 0:
            return False
        rows = queue.due(now=timezone.now(), limit=free, without=self._running)
        for row in rows:
            with SetWorkflowID(f"outbox-{row.id}-{row.run}"):
                self._running[row.id] = row, DBOS.start_workflow(_run, row.id)
        return bool(rows)

    def _wait(self) -> None:
        with _finished:
            if not _results:
                _finished.wait(timeout=_TICK_SECONDS)

    def _collect(self) -> None:
        with _finished:
            told = set(_results)
            _results.clear()
        for pk in [pk for pk in self._running if pk in told] or list(self._running):
            row, handle = self._running[pk]
            if pk in told:
                handle.get_result()  # returns once the workflow's end is on disk
            if (result := self._result(handle, pk)) is None:
                continue
            del self._running[pk]
            if not carrying.left_open(pk, run=row.run):
                self._counts[result] += 1
                self._progress(row.topic, result)

    def _result(self, handle: WorkflowHandle[str], pk: int) -> Result | None:
        """How the workflow ended, None while it has not."""
        status = handle.get_status().status
        if status == "SUCCESS":
            return Result(handle.get_result())
        if status in _DEAD:
            problem = f"The workflow ended as {status}."
            return carrying.give_up(pk, problem=problem, now=timezone.now())
        return None


@contextmanager
def working(*, parallel: int = 0, progress: Progress | None = None) -> Iterator[Worker]:
    """A worker of this home folder, alone in it; raises WorkerRunning when it is not.

    `parallel` 0 means one per processor. Work that a crashed worker left is taken up again.
    """
    home = Path(settings.SEAWALL_HOME)
    with _alone(home / "worker.lock"), _alone_in_the_database():
        DBOS(config=_config(home))
        DBOS.launch()
        try:
            yield Worker(parallel=parallel or os.cpu_count() or 1, progress=progress)
        finally:
            DBOS.destroy(workflow_completion_timeout_sec=0)


def _config(home: Path) -> DBOSConfig:
    database = settings.SEAWALL_DATABASE_URL or f"sqlite:///{home / 'jobs.sqlite3'}"
    return DBOSConfig(
        name="seawall",
        system_database_url=database,
        application_version="1",
        executor_id="local",
        serializer=DBOSPortableJSONSerializer(),
        log_level="ERROR",
        console_log_level="ERROR",
        notification_listener_polling_interval_sec=0.1,
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock: IO[Any]
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkerRunning("Another worker of this installation is running.") from None
        yield


@contextmanager
def _alone_in_the_database() -> Iterator[None]:
    """Keep out a worker of another home folder that has the same PostgreSQL: at its start it would
    take what this one is doing for work that was left. A worker that died lets go within seconds.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with psycopg.connect(settings.SEAWALL_DATABASE_URL, autocommit=True) as held:
        held.execute("SET lock_timeout = '3s'")
        try:
            held.execute("SELECT pg_advisory_lock(%s)", [_DATABASE_LOCK])
        except psycopg.errors.LockNotAvailable:
            raise WorkerRunning("Another worker of this database is running.") from None
        yield
