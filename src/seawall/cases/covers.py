"""The triggers that keep `Covered`: which case covers which finding.

A case covers the group of its finding. Asking that of each row of a list means two look-ups through
the leads of groups; the table has the answer at hand. It follows whatever is written to cases and
findings, by whom and how, in the same transaction.

The triggers are made after migrations (`after_migrating`) and are away while migrations of the two
apps run, since SQLite rebuilds a table by making another.
"""

from collections.abc import Sequence
from typing import Any

from django.db import NotSupportedError, connections
from django.db.migrations import Migration

# ruff: noqa: S608 - all parts of these statements stand in this file

_LEAD = "COALESCE(f.lead_id, f.id)"
_FOLLOWERS = f"SELECT g.id FROM findings_finding g WHERE g.lead_id = {_LEAD}"
_CASE = (
    "(SELECT MIN(k.id) FROM cases_case k WHERE k.merged_into_id IS NULL "
    f"AND (k.finding_id = {_LEAD} OR k.finding_id IN ({_FOLLOWERS})))"
)
"""The case that is awake of the group of the finding `f`, the first should there be several."""


def _again(where: str) -> str:
    """Write anew what covers these findings."""
    found = f"SELECT f.id AS id, {_CASE} AS found FROM findings_finding f {where}"
    return (
        "DELETE FROM cases_covered WHERE finding_id IN "
        f"(SELECT f.id FROM findings_finding f {where}); "
        "INSERT INTO cases_covered(finding_id, case_id) "
        f"SELECT a.id, a.found FROM ({found}) a WHERE a.found IS NOT NULL;"
    )


def _group_of(finding: str) -> str:
    """All findings that a case of this one may cover, or has covered until now."""
    lead = f"(SELECT e.lead_id FROM findings_finding e WHERE e.id = {finding})"
    return f"WHERE f.id = {finding} OR f.lead_id = {finding} OR f.id = {lead} OR f.lead_id = {lead}"


_BEARS_A_CASE = (
    "EXISTS(SELECT 1 FROM cases_case k WHERE k.finding_id = NEW.id AND k.merged_into_id IS NULL)"
)
_LEFT = f"WHERE (f.id = OLD.lead_id OR f.lead_id = OLD.lead_id) AND {_BEARS_A_CASE}"
_JOINED = (
    "WHERE (f.id = NEW.lead_id OR f.lead_id = NEW.lead_id OR f.lead_id = NEW.id) "
    f"AND {_BEARS_A_CASE}"
)
_ITSELF = "WHERE f.id = NEW.id"

FILL = """
INSERT INTO cases_covered(finding_id, case_id)
SELECT b.finding, MIN(b.found) FROM (
    SELECT m.id AS finding, k.id AS found FROM cases_case k
        JOIN findings_finding m ON m.id = k.finding_id AND m.lead_id IS NULL
        WHERE k.merged_into_id IS NULL
    UNION ALL SELECT f.id, k.id FROM cases_case k
        JOIN findings_finding f ON f.lead_id = k.finding_id
        WHERE k.merged_into_id IS NULL
    UNION ALL SELECT f.id, k.id FROM cases_case k
        JOIN findings_finding m ON m.id = k.finding_id
        JOIN findings_finding f ON f.lead_id = m.lead_id
        WHERE k.merged_into_id IS NULL
    UNION ALL SELECT f.id, k.id FROM cases_case k
        JOIN findings_finding m ON m.id = k.finding_id
        JOIN findings_finding f ON f.id = m.lead_id AND f.lead_id IS NULL
        WHERE k.merged_into_id IS NULL
) b GROUP BY b.finding
"""
"""Writes the empty table for all findings at once."""

# On which table, when, under which condition ({differs} is the vendor's word), and what is done.
_TRIGGERS: dict[str, tuple[str, str, str, str]] = {
    "covered_case_insert": ("cases_case", "INSERT", "", _again(_group_of("NEW.finding_id"))),
    "covered_case_update": (
        "cases_case",
        "UPDATE OF finding_id, merged_into_id",
        "WHEN (NEW.finding_id {differs} OLD.finding_id "
        "OR NEW.merged_into_id {differs} OLD.merged_into_id)",
        f"{_again(_group_of('OLD.finding_id'))} {_again(_group_of('NEW.finding_id'))}",
    ),
    "covered_case_delete": (
        "cases_case",
        "DELETE",
        "",
        "DELETE FROM cases_covered WHERE case_id = OLD.id; " + _again(_group_of("OLD.finding_id")),
    ),
    "covered_finding_insert": (
        "findings_finding",
        "INSERT",
        "WHEN (NEW.lead_id IS NOT NULL)",
        _again(_ITSELF),
    ),
    "covered_finding_update": (
        "findings_finding",
        "UPDATE OF lead_id",
        "WHEN (NEW.lead_id {differs} OLD.lead_id)",
        f"{_again(_ITSELF)} {_again(_LEFT)} {_again(_JOINED)}",
    ),
    "covered_finding_delete": (
        "findings_finding",
        "DELETE",
        "",
        "DELETE FROM cases_covered WHERE finding_id = OLD.id;",
    ),
}


def before_migrating(*, plan: Sequence[tuple[Migration, bool]], using: str, **_: Any) -> None:
    """Take the triggers away when a migration may rebuild a table that has one."""
    if any(step.app_label in ("cases", "findings") for step, _undone in plan):
        with connections[using].schema_editor() as editor:
            leave(editor)


def after_migrating(*, using: str, **_: Any) -> None:
    """Make the triggers when one is missing, once the tables are there."""
    connection = connections[using]
    if "cases_covered" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(_COUNT[connection.vendor])
        (count,) = cursor.fetchone()
    if count < len(_TRIGGERS):
        with connection.schema_editor() as editor:
            keep(editor)


_COUNT = {
    "sqlite": "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'covered_%'",
    "postgresql": "SELECT COUNT(*) FROM pg_trigger WHERE tgname LIKE 'covered_%'",
}


def keep(schema_editor: Any) -> None:
    """Make the triggers, and write the table for what is there already."""
    for statement in _made(schema_editor.connection.vendor):
        schema_editor.execute(statement)
    schema_editor.execute("DELETE FROM cases_covered")
    schema_editor.execute(FILL)


def leave(schema_editor: Any) -> None:
    """Take the triggers away: for undoing the migration, and while very many rows are loaded."""
    postgres = schema_editor.connection.vendor == "postgresql"
    for name, (table, *_) in _TRIGGERS.items():
        on = f" ON {table}" if postgres else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
        if postgres:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}()")


def _made(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON {table} FOR EACH ROW "
            f"{when.format(differs='IS NOT')} BEGIN {does} END"
            for name, (table, event, when, does) in _TRIGGERS.items()
        ]
    if vendor != "postgresql":
        raise NotSupportedError(f"no triggers for {vendor}; use SQLite or PostgreSQL")
    made = []
    for name, (table, event, when, does) in _TRIGGERS.items():
        made += [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {does} RETURN NULL; END $$",
            f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW "
            f"{when.format(differs='IS DISTINCT FROM')} EXECUTE FUNCTION {name}()",
        ]
    return made
