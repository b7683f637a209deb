"""Killing a process at each call that changes something, and looking at what is left.

A server process has everything imported and no database open. For each kill the home folder and
the database are put back, a fork of the server does the deed and dies at the N-th call, and another
fork, as after a restart, looks at what is there.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

import seawall
from databases import named

_SOURCE = Path(__file__).with_name("kill_at.c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a deed ended: whether it was killed, what it had acknowledged by then, and which calls
    were counted when it came to its end: "w" that write, "o" others."""

    killed: bool
    acknowledged: bool
    calls: str


class Ground:
    """A home folder and a database that can be put back, and the server that works on them."""

    def __init__(self, folder: Path, scenario: str, database: dict[str, str]) -> None:
        self._home, self._kept = folder / "home", folder / "kept"
        self._url = database.get("SEAWALL_DATABASE_URL", "")
        self.may_call_less = bool(self._url)
        """A server takes what is sent in as many pieces as it likes, fewer now and then."""
        self._home.mkdir(mode=0o700)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(
                [str(Path(seawall.__file__).parents[1]), str(Path(__file__).parents[1])]
            ),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LD_PRELOAD": str(library(folder)),
            "SEAWALL_HOME": str(self._home),
            "SEAWALL_PUBLISHER_NAME": "Example CERT",
            "SEAWALL_PUBLISHER_NAMESPACE": "https://cert.example",
            "SEAWALL_PUBLISHER_ORG_ID": "5b1f5f0e-0c1f-4c3a-9d58-0f6f7a3c2b11",
            "SEAWALL_PUBLISHER_SHORT_NAME": "example",
            "SEAWALL_FEED_URL": "https://cert.example/feed",
            **database,
        }
        self._server = subprocess.Popen(
            [sys.executable, "-m", "journeys.kill_server", scenario],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._ask(do="prepare")
        self._keep()

    def deed(self, *, at: int, half: bool = False) -> Ended:
        """Put everything back, then do the deed and die at call `at`; 0: live."""
        self._put_back()
        said = self._ask(do="deed", at=at, half=half)
        return Ended(**said)

    def look(self) -> Any:
        """What is there, as the scenario looks at it after a restart; and again after the deed
        was done once more."""
        return self._ask(do="look")

    def close(self) -> None:
        assert self._server.stdin and self._server.stdout
        with self._server:
            self._server.stdin.close()
            self._server.wait(timeout=60)

    def _ask(self, **what: Any) -> Any:
        assert self._server.stdin and self._server.stdout
        self._server.stdin.write(json.dumps(what) + "\n")
        self._server.stdin.flush()
        line = self._server.stdout.readline()
        assert line, "the server is gone; see above"
        return json.loads(line)

    def _keep(self) -> None:
        shutil.copytree(self._home, self._kept, symlinks=True)
        if self._url:
            self._sql("DROP DATABASE IF EXISTS {0}_kept", "CREATE DATABASE {0}_kept TEMPLATE {0}")

    def _put_back(self) -> None:
        shutil.rmtree(self._home)
        shutil.copytree(self._kept, self._home, symlinks=True)
        if self._url:
            self._sql("DROP DATABASE {0} WITH (FORCE)", "CREATE DATABASE {0} TEMPLATE {0}_kept")

    def _sql(self, *statements: str) -> None:
        database = urlsplit(self._url).path.strip("/")
        with psycopg.connect(named("postgres", self._url), autocommit=True) as server:
            for statement in statements:
                server.execute(statement.format(database))

    def forget(self) -> None:
        """Drop what was kept of the database."""
        if self._url:
            self._sql("DROP DATABASE IF EXISTS {0}_kept")


@contextmanager
def ground(folder: Path, scenario: str, database: dict[str, str]) -> Iterator[Ground]:
    """Everything prepared for a scenario of `kill_server`."""
    with closing(Ground(folder, scenario, database)) as made:
        try:
            yield made
        finally:
            made.forget()


def library(folder: Path) -> Path:
    """The preloaded library, compiled; the test is skipped where no compiler is."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler on Linux")
    made = folder / "kill_at.so"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", made, _SOURCE, "-ldl"], check=True)
    return made


def sample(calls: str, most: int) -> list[tuple[int, bool]]:
    """So many of all places to die, spread evenly, the first and the last among them: before each
    call, and in the middle of each that writes."""
    places = [(n, False) for n in range(1, len(calls) + 1)]
    places += [(n, True) for n, kind in enumerate(calls, 1) if kind == "w"]
    places.sort()
    if len(places) <= most:
        return places
    step = (len(places) - 1) / (most - 1)
    return [places[round(i * step)] for i in range(most)]
