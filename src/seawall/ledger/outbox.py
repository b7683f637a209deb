"""Asking for follow-up work in the transaction that makes it necessary."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from seawall.ledger.actions import require_transaction
from seawall.ledger.models import Outbox


def send(
    topic: str, *, due_at: datetime | None = None, key: str | None = None, **ids: Any
) -> Outbox:
    """Ask for `topic` ("findings.received") with JSON ids, not before `due_at` (default: now).

    The work happens at least once after the commit, never before it, and not at all when the
    transaction is rolled back; whoever handles a topic must be safe to run twice. A `key` that
    was used before asks for nothing new and gives the row of then.
    """
    require_transaction()
    said = {"topic": topic, "ids": ids, "due_at": due_at or timezone.now()}
    if key is None:
        return Outbox.objects.create(**said)
    return Outbox.objects.get_or_create(key=key, defaults=said)[0]
