"""Database triggers that refuse to change or remove what the ledger holds.

They stop mistakes and injected statements; an administrator who removes them is found by the
Merkle tree (`queries.verify`) and by whoever kept an older root.
"""

from collections.abc import Sequence
from typing import Any

from django.db import NotSupportedError

FIRST_TABLES = ("ledger_event", "ledger_subtree")
TABLES = (*FIRST_TABLES, "ledger_checkpoint", "ledger_cosignature")
_SAYS = "the ledger is append-only"


def seal(schema_editor: Any, tables: Sequence[str] = TABLES) -> None:
    """Install the triggers on the connection of `schema_editor`, on these tables and the head's."""
    for statement in _statements(schema_editor.connection.vendor, tables):
        schema_editor.execute(statement)


def unseal(schema_editor: Any, tables: Sequence[str] = TABLES) -> None:
    """Remove the triggers: for changing a table, and for emptying a test database."""
    postgres = schema_editor.connection.vendor == "postgresql"
    for table in (*tables, "ledger_head"):
        for verb in ("update", "delete", "truncate") if postgres else ("update", "delete"):
            on = f" ON {table}" if postgres else ""
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{on}")


def _statements(vendor: str, tables: Sequence[str]) -> list[str]:
    if vendor == "postgresql":
        return _postgres(tables)
    if vendor == "sqlite":
        return _sqlite(tables)
    raise NotSupportedError(f"no ledger triggers for {vendor}; use SQLite or PostgreSQL")


def _sqlite(tables: Sequence[str]) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
    made = [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} {refuse}"
        for table in tables
        for verb in ("update", "delete")
    ]
    return [
        *made,
        f"CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head {refuse}",
        "CREATE TRIGGER ledger_head_no_update BEFORE UPDATE ON ledger_head "
        f"WHEN NEW.size <= OLD.size {refuse}",
    ]


def _postgres(tables: Sequence[str]) -> list[str]:
    function = (
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    run = "EXECUTE FUNCTION ledger_refuse()"
    made = [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"FOR EACH STATEMENT {run}"
        for table in tables
        for verb in ("update", "delete", "truncate")
    ]
    heads = [
        f"CREATE TRIGGER ledger_head_no_{verb} BEFORE {verb.upper()} ON ledger_head "
        f"FOR EACH STATEMENT {run}"
        for verb in ("delete", "truncate")
    ]
    grows = (
        "CREATE TRIGGER ledger_head_no_update BEFORE UPDATE ON ledger_head FOR EACH ROW "
        f"WHEN (NEW.size <= OLD.size) {run}"
    )
    return [function, *made, *heads, grows]
