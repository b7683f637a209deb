"""The server keeps SQLite's log in use, so that no request ends with writing it back."""

import sqlite3
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sqlite3, sys
from pathlib import Path
from django.conf import settings
path = Path(sys.argv[1])
settings.configure(DATABASES={"default": {"ENGINE": "x.sqlite3", "NAME": str(path)}})
from seawall.config.staying import stay_open
if sys.argv[2] == "stay":
    stay_open()
    stay_open()
one = sqlite3.connect(path)
one.execute("INSERT INTO t VALUES (1)")
one.commit()
one.close()
print(Path(f"{path}-wal").exists())
"""


def _log_is_left(path: Path, how: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), how], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_log_outlives_a_request_while_the_server_runs(tmp_path):
    path = tmp_path / "s.sqlite3"
    made = sqlite3.connect(path)
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("CREATE TABLE t (n INTEGER)")
    made.close()
    assert _log_is_left(path, "stay") == "True"
    assert _log_is_left(path, "leave") == "False"
