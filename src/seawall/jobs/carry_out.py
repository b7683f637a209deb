"""Carrying out one outbox row, whoever asks for it and however often."""

from datetime import datetime
from enum import StrEnum

from django.db.models import F

from seawall.jobs.registry import Postponed, Work, handler_of
from seawall.ledger.models import Outbox
from seawall.vocab.errors import one_line


class Result(StrEnum):
    DONE = "done"
    POSTPONED = "postponed"
    FAILED = "failed"
    NOTHING = "nothing to do"


def carry_out(outbox_id: int, *, now: datetime) -> Result:
    """Run the handler of an open row and close the row; what the handler raises is raised."""
    row = Outbox.objects.filter(pk=outbox_id, done_at=None, failed_at=None).first()
    if row is None:
        return Result.NOTHING
    work = Work(topic=row.topic, key=f"outbox:{row.pk}", ids=row.ids, now=now)
    try:
        handler_of(row.topic)(work)
    except Postponed as later:
        Outbox.objects.filter(pk=row.pk).update(
            due_at=now + later.delay, attempts=F("attempts") + 1, problem=one_line(str(later))
        )
        return Result.POSTPONED
    Outbox.objects.filter(pk=row.pk).update(done_at=now, problem="")
    return Result.DONE


def give_up(outbox_id: int, *, problem: str, now: datetime) -> Result:
    """Close a row that cannot be carried out; `retry_failed` opens it again."""
    Outbox.objects.filter(pk=outbox_id, done_at=None).update(
        failed_at=now, attempts=F("attempts") + 1, problem=one_line(problem)
    )
    return Result.FAILED


def left_open(outbox_id: int, *, run: int) -> bool:
    """Whether a row is open although its workflow has ended; it is then due as its next run.

    So it is when the record of workflows is ahead of the outbox, as after the outbox was
    restored from a backup."""
    row = Outbox.objects.filter(pk=outbox_id, attempts=run, done_at=None, failed_at=None)
    return row.update(attempts=F("attempts") + 1) > 0


def retry_failed(*, now: datetime) -> int:
    """Open all given-up rows again; how many they were."""
    return Outbox.objects.filter(failed_at__isnull=False).update(
        failed_at=None, due_at=now, problem=""
    )
