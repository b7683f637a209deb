"""Taking snapshots."""

from datetime import datetime

from django.db import transaction

from seawall.headstart.funnel import count
from seawall.headstart.models import Snapshot
from seawall.ledger import outbox
from seawall.ledger.queries import size

TOPIC = "headstart.count"


@transaction.atomic
def take_snapshot(*, now: datetime) -> Snapshot:
    """Count everything and keep it as the snapshot of the day of `now`."""
    ledger_size = size()  # before counting: what happens meanwhile is counted once more
    row, _ = Snapshot.objects.update_or_create(
        day=now.date(), defaults={"taken_at": now, "ledger_size": ledger_size, "counts": count()}
    )
    return row


@transaction.atomic
def ask_when_changed() -> bool:
    """Ask for a snapshot when something happened since the newest; whether that was so.

    Costs two queries when nothing happened.
    """
    newest, now_size = Snapshot.objects.order_by("-day").first(), size()
    if now_size == (newest.ledger_size if newest else 0):
        return False
    outbox.send(TOPIC, key=f"{TOPIC}:{now_size}")
    return True
