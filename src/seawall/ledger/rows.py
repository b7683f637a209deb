"""Rows of the log as SQL writes them: many at once, and without the cost of one object each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from seawall.signing.merkle import Frontier, Node

_EVENT = ("index", "at", "by", "what", "on", "entry", "salt", "leaf_hash")
_NODE = ("level", "index", "hash")


def insert_events(rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of (index, at, by, what, on, entry, salt, leaf hash); `at` as `instant_for` gives it."""
    _insert("ledger_event", _EVENT, rows)


def insert_nodes(nodes: Iterable[Node]) -> None:
    """Complete subtrees above the leaves."""
    if rows := [(node.level, node.index, node.hash) for node in nodes]:
        _insert("ledger_subtree", _NODE, rows)


def move_head(frontier: Frontier) -> None:
    """Let the head say what the tree is now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_head SET size = %s, peaks = %s WHERE id = 1",
            [frontier.size, b"".join(frontier.peaks)],
        )


def instant_for(at: datetime) -> Any:
    """A point in time as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(at)


def _insert(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) > 1:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608
