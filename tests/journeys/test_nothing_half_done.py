"""A worker dies in the middle of a proof. The next one finishes the work, and nothing is there
twice: not the validation, not the case, not their events."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

import seawall
from journeys import papers

_PATIENCE_SECONDS = 60


class Installation:
    """A home folder of its own, and real `seawall` processes on it."""

    def __init__(self, home: Path, wheels: Path, database: dict[str, str]) -> None:
        self.home = home
        self._url = database.get("SEAWALL_DATABASE_URL", "")
        self.started: list[subprocess.Popen[str]] = []
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(seawall.__file__).parents[1]),
            "SEAWALL_HOME": str(home),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
            **database,
        }

    def start(self, *words: object, **environment: str) -> subprocess.Popen[str]:
        program = "from seawall.cli.main import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, words)],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *words: object, **environment: str) -> str:
        process = self.start(*words, **environment)
        said, _ = process.communicate(timeout=_PATIENCE_SECONDS)
        assert process.returncode == 0, said
        return said

    def count(self, query: str) -> int:
        with self._opened() as database:
            [(found,)] = database.execute(query).fetchall()
            return int(found)

    @contextmanager
    def nobody_writes(self) -> Iterator[None]:
        """Meanwhile whoever wants to record something waits."""
        with self._opened() as database:
            if self._url:
                database.execute("BEGIN")
                database.execute("LOCK TABLE ledger_head IN EXCLUSIVE MODE")
            else:
                database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")

    def an_hour_passes(self) -> None:
        """What waits for another try is due."""
        with self._opened() as database:
            database.execute("UPDATE ledger_outbox SET due_at = created_at WHERE done_at IS NULL")

    def _opened(self) -> Any:
        """A connection in which every statement counts at once."""
        if self._url:
            return closing(psycopg.connect(self._url, autocommit=True))
        return closing(sqlite3.connect(self.home / "seawall.sqlite3", isolation_level=None))

    def close(self) -> None:
        for process in self.started:
            with process:  # waits for it and closes its pipes
                process.kill()


@pytest.fixture
def installation(
    tmp_path: Path, wheels: Path, own_database: dict[str, str]
) -> Iterator[Installation]:
    with closing(Installation(tmp_path / "home", wheels, own_database)) as made:
        yield made


def test_a_worker_that_is_killed_leaves_nothing_half_done(
    installation: Installation, tmp_path: Path
) -> None:
    report = tmp_path / "lab.json"
    report.write_bytes(papers.lab_report())
    installation.run("submit", report)

    # No sandbox is found here: the proof is not run bare, it waits.
    said = installation.run("work", "--once", PATH=str(tmp_path))
    assert said.startswith("1 done, 1 postponed, 0 given up\n  validation.wanted: no sandbox works")
    installation.an_hour_passes()

    # Now there is one, and the worker dies before it can say what it saw.
    with installation.nobody_writes():
        worker = installation.start("work", "--once")
        wait_until(lambda: any(installation.home.glob("cache/python/*/prepared.json")))
        worker.kill()
        worker.communicate()
    assert worker.returncode == -signal.SIGKILL
    assert installation.count(VALIDATIONS) == 0

    assert installation.run("work", "--once").endswith(", 0 postponed, 0 given up\n")

    assert installation.count(VALIDATIONS) == 1
    assert installation.count("SELECT count(*) FROM cases_case") == 1
    for event in ("report.received", "validation.recorded", "case.opened", "advisory.drafted"):
        assert installation.count(EVENTS.format(event)) == 1, event
    assert installation.count(OPEN_JOBS) == 0

    told = installation.run("status", "--verify-ledger")
    assert "Proofs: 1 confirmed; 0 waiting." in told
    assert "Every hash was recomputed and is right." in told


VALIDATIONS = "SELECT count(*) FROM validation_validation"
EVENTS = "SELECT count(*) FROM ledger_event WHERE what = '{}'"
OPEN_JOBS = "SELECT count(*) FROM ledger_outbox WHERE done_at IS NULL"


def wait_until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not there():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
