"""What the outbox holds for the worker."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from seawall.jobs.registry import topics
from seawall.ledger.models import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How much work there is. `later` is not due yet, `unhandled` has no handler here."""

    due: int
    later: int
    unhandled: int
    failed: int
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An open row; `run` numbers its attempts, so that each is a workflow of its own."""

    id: int
    topic: str
    run: int


def due(*, now: datetime, limit: int, without: Collection[int] = ()) -> list[Due]:
    """The oldest open rows that somebody handles."""
    rows = (
        _open()
        .filter(due_at__lte=now, topic__in=topics())
        .exclude(pk__in=list(without))
        .order_by("due_at", "pk")
        .values_list("pk", "topic", "attempts")[:limit]
    )
    return [Due(id=pk, topic=topic, run=run) for pk, topic, run in rows]


def open_among(ids: Collection[int], *, now: datetime) -> set[int]:
    """Those of `ids` that are still to be carried out now."""
    return set(_open().filter(pk__in=list(ids), due_at__lte=now).values_list("pk", flat=True))


def state(*, now: datetime) -> QueueState:
    """Counts for `status` and `work`."""
    is_open = Q(done_at=None, failed_at=None)
    handled = is_open & Q(topic__in=topics())
    return QueueState(
        **Outbox.objects.aggregate(
            due=Count("pk", filter=handled & Q(due_at__lte=now)),
            later=Count("pk", filter=handled & Q(due_at__gt=now)),
            unhandled=Count("pk", filter=is_open & ~Q(topic__in=topics())),
            failed=Count("pk", filter=Q(failed_at__isnull=False)),
            done=Count("pk", filter=Q(done_at__isnull=False)),
        )
    )


def problems(*, limit: int = 10) -> list[tuple[str, str]]:
    """(topic, sentence) of rows given up or waiting for something, newest first."""
    rows = Outbox.objects.filter(done_at=None).exclude(problem="").order_by("-pk")
    return list(rows.values_list("topic", "problem")[:limit])


def _open() -> QuerySet[Outbox]:
    return Outbox.objects.filter(done_at=None, failed_at=None)
