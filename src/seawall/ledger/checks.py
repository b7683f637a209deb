"""Full checks of the ledger that people ask for; a job carries them out."""

from datetime import datetime, timedelta

from django.db import transaction

from seawall.ledger import outbox, queries
from seawall.ledger.actions import record
from seawall.ledger.models import LedgerCheck
from seawall.vocab.actors import Actor

TOPIC = "ledger.check"
_ALIVE = timedelta(hours=1)


@transaction.atomic
def ask_for_check(*, by: Actor, now: datetime) -> LedgerCheck:
    """A full check, begun soon; the one that is under way when there is one."""
    running = LedgerCheck.objects.filter(finished_at=None, asked_at__gt=now - _ALIVE).first()
    if running is not None:
        return running
    made = LedgerCheck.objects.create(asked_by=str(by), asked_at=now, size=queries.size())
    record(by=by, what="ledger.check_asked", on=made, at=now)
    outbox.send(TOPIC, due_at=now, check_id=made.pk)
    return made


def carry_out(check_id: int, *, now: datetime) -> None:
    """Do the check; done once, doing it again does nothing."""
    row = LedgerCheck.objects.filter(pk=check_id, finished_at=None)
    if not row.exists():
        return

    def tell(done: int) -> None:
        row.update(done=done)

    found = queries.verify(tell)
    row.update(
        done=found.root.size,
        finished_at=now,
        problems=list(found.problems),
        root=found.root.hash.hex(),
    )


def check_of(check_id: int) -> LedgerCheck | None:
    return LedgerCheck.objects.filter(pk=check_id).first()


def newest_check() -> LedgerCheck | None:
    """The newest check that was asked for."""
    return LedgerCheck.objects.first()
