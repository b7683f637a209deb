"""Pages of a list, newest first, that stay right while the list grows."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

MAX_LIMIT = 500

M = TypeVar("M", bound=Model)


class Paging(Schema):
    """Which part of a list is wanted."""

    limit: int = Field(default=50, ge=1, le=MAX_LIMIT)
    before: int | None = Field(
        default=None, ge=1, lt=1 << 63, description="The `next` of the page before."
    )


def page(rows: QuerySet[M], paging: Paging) -> tuple[list[M], int | None]:
    """The rows of one page and where the next one begins, None after the last."""
    if paging.before is not None:
        rows = rows.filter(pk__lt=paging.before)
    found: list[Any] = list(rows.order_by("-pk")[: paging.limit + 1])
    kept = found[: paging.limit]
    return kept, kept[-1].pk if len(found) > len(kept) else None
