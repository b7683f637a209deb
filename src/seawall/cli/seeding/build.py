"""Building the whole made-up installation, step by step."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from seawall.cases.models import Case
from seawall.cli.seeding.assets import make_assets
from seawall.cli.seeding.cases import make_cases
from seawall.cli.seeding.log import make_ledger
from seawall.cli.seeding.reports import make_reports
from seawall.cli.seeding.tables import bulk_load
from seawall.cli.seeding.world import Size, make_world
from seawall.findings.models import Report
from seawall.parties.models import Party

_TOLD_EVERY = 10
"""Progress is told at so many points of a step."""

Step = Callable[[str], None]


def build(size: Size, *, seed: int, step: Step) -> dict[str, Any]:
    """Make everything; `step` is told what is being done. Gives the rows by table and the size
    of the database in bytes."""
    with bulk_load(step) as tables:
        world = make_world(size, tables, now=timezone.now(), seed=seed)
        bugs = make_reports(world, done=_progress(step, "findings", size.findings))
        make_cases(world, bugs, done=_progress(step, "cases", size.cases))
        make_assets(world, bugs, done=_progress(step, "assets", size.assets))
        make_ledger(world, done=_progress(step, "ledger events", size.findings // 2))
    return {"rows": dict(tables.counts()), "bytes": _database_bytes()}


def is_empty() -> bool:
    """Whether nothing was reported to this installation and nobody is in it."""
    return not (Report.objects.exists() or Party.objects.exists() or Case.objects.exists())


def _progress(step: Step, what: str, whole: int) -> Callable[[int], None]:
    every = max(1, whole // _TOLD_EVERY)
    told = 0

    def done(count: int) -> None:
        nonlocal told
        if count - told >= every:
            told = count
            step(f"{count:,} {what}")

    return done


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute(
                "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            )
        return int(cursor.fetchone()[0])
