"""SQLite stays open while the server runs.

Each request opens a connection of its own and closes it. When that is the last one, SQLite writes
the whole log back and removes it: tens of milliseconds at the end of a request, again and again.
"""

import sqlite3

from django.conf import settings

_kept: list[sqlite3.Connection] = []


def stay_open() -> None:
    """Keep one connection open until the process ends; nothing for PostgreSQL. Twice is once."""
    database = settings.DATABASES["default"]
    if _kept or not database["ENGINE"].endswith("sqlite3"):
        return
    held = sqlite3.connect(database["NAME"], check_same_thread=False)
    held.execute("SELECT count(*) FROM sqlite_master").fetchone()  # it opens the log only to read
    _kept.append(held)
