"""The program that runs tests on a throw-away PostgreSQL (tools/postgres.py)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_TOOL = Path(__file__).resolve().parent.parent / "tools" / "postgres.py"
_LOOK = """
import os, sys, psycopg
with psycopg.connect(os.environ["SEAWALL_TEST_DATABASE_URL"]) as connection:
    (folder,) = connection.execute("SELECT current_setting('data_directory')").fetchone()
    rows = connection.execute("SELECT word FROM (VALUES ('b'), ('A'), ('a:'), ('a;')) AS w(word) "
                              "ORDER BY word").fetchall()
print(folder, *(word for (word,) in rows))
sys.exit(7)
"""


def run(*command: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(_TOOL), *command],
        env={**os.environ, "PATH": path} if path is not None else dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_finds_a_cluster_that_is_gone_afterwards():
    done = run(sys.executable, "-c", _LOOK)
    if done.returncode == 3:
        pytest.skip("There is no PostgreSQL here; make test-postgres installs it.")
    assert done.returncode == 7, done.stderr
    folder, *words = done.stdout.split()
    assert not Path(folder).parent.exists()
    assert words != sorted(words), "this cluster sorts by bytes and would hide mistakes"


def test_without_a_command_it_explains_itself():
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Run a command on a throw-away PostgreSQL cluster")
