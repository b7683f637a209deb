"""Counts that never look at more than a thousand rows."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format

LIMIT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A count up to LIMIT; shown as "1,000+" when there are more."""

    count: int
    is_more: bool = False

    def __str__(self) -> str:
        return number_format(self.count, force_grouping=True) + ("+" if self.is_more else "")

    def __bool__(self) -> bool:
        return self.count > 0


def bounded(rows: QuerySet[Any]) -> Bounded:
    """How many `rows` there are, one query that stops after LIMIT."""
    found = rows.order_by().values("pk")[: LIMIT + 1].count()
    return Bounded(count=min(found, LIMIT), is_more=found > LIMIT)
