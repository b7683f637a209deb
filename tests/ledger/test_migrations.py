"""A ledger from before the public log keeps its hashes, and stays append-only on the way."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from seawall.ledger import queries
from seawall.ledger.actions import record
from seawall.ledger.leaves import is_open, leaf_of
from seawall.ledger.models import Event
from seawall.signing.merkle import Frontier, leaf_hash
from seawall.vocab.actors import LOCAL

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENTRY = (
    '{"at":"2026-11-23T12:00:00.000000Z","by":"operator:local","facts":{},"index":0,'
    '"on":"case:C-1","what":"case.opened"}'
)


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("ledger", name)])


@pytest.mark.django_db(transaction=True)
def test_a_ledger_from_before_the_public_log_is_sound_and_sealed_after_it():
    try:
        migrate("0003_checks")
        _as_it_was()
    finally:
        migrate("0004_public_log")
    event = Event.objects.get()
    assert (leaf_of(event), is_open(event)) == (ENTRY.encode(), False)
    with transaction.atomic():
        record(by=LOCAL, what="case.opened", on="case:C-2", at=NOON)
    assert queries.verify().problems == ()
    for table in ("event", "subtree", "checkpoint", "cosignature"):
        assert _is_sealed(f"ledger_{table}")


def _as_it_was() -> None:
    hashed = leaf_hash(ENTRY.encode())
    frontier, _ = Frontier().append(hashed)
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO ledger_event ("index", at, by, what, "on", entry, leaf_hash) '
            "VALUES (0, %s, 'operator:local', 'case.opened', 'case:C-1', %s, %s)",
            [connection.ops.adapt_datetimefield_value(NOON), ENTRY, hashed],
        )
        cursor.execute(
            "INSERT INTO ledger_head (id, size, peaks) VALUES (1, 1, %s)", [frontier.peaks[0]]
        )
    assert _is_sealed("ledger_event")


def _is_sealed(table: str) -> bool:
    """Whether the triggers are there that refuse to change and to remove rows."""
    names = "tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = %s::regclass"
    if connection.vendor == "sqlite":
        names = "name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names}", [table])
        found = {name for (name,) in cursor.fetchall()}
    return {f"{table}_no_update", f"{table}_no_delete"} <= found
