"""Lists: one page of rows at a time by keyset, sorting and filters from the URL.

form = QueueFilter(request.GET)              # class QueueFilter(Filter)
rows = findings(by, ...form.wanted...)
listed = keyset(rows, request.GET, ORDERS)   # → template: parts/pager.html with page=listed
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50
SORT, AFTER = "sort", "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One way to sort. `column` is a field or annotation that is never null; `read` parses its
    text form (default: a whole number). Rows of one value follow each other by key."""

    key: str
    label: Any = ""
    column: str = "pk"
    descending: bool = True
    read: Callable[[str], Any] = int


NEWEST = Order(key="newest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[M]):
    """One page: its rows, and the addresses of the first and the next page ("" for none)."""

    rows: list[M]
    order: Order
    orders: Sequence[Order]
    first: str
    next: str

    def __bool__(self) -> bool:
        return bool(self.rows)


def keyset(
    rows: QuerySet[M],
    query: QueryDict,
    orders: Sequence[Order] = (NEWEST,),
    *,
    size: int = PAGE_SIZE,
) -> Listed[M]:
    """The page of `rows` that the URL asks for; unknown orders and cursors mean the first page.

    One query, two at most where one value ends, whatever the number of rows before.
    """
    order = next((o for o in orders if o.key == query.get(SORT)), orders[0])
    cursor = _cursor(query.get(AFTER, ""), order)
    sign = "-" if order.descending else ""
    columns = ["pk"] if order.column == "pk" else [order.column, "pk"]
    sorted_rows = rows.order_by(*(sign + column for column in columns))
    found = _beyond(sorted_rows, order, cursor, size + 1)
    more = len(found) > size
    kept = found[:size]
    return Listed(
        rows=kept,
        order=order,
        orders=orders,
        first=with_query(query, **{AFTER: None}) if cursor is not None else "",
        next=with_query(query, **{AFTER: _text(kept[-1], order)}) if more else "",
    )


def with_query(query: QueryDict, **changes: object) -> str:
    """ "?…" with some parameters set, or taken away by None; the others stay."""
    changed = query.copy()
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = str(value)
    return f"?{changed.urlencode()}"


class Filter(forms.Form):
    """What a list is narrowed to, as a form of GET: no field is required, and a field with a bad
    value shows its error and does not narrow. Render it with parts/filters.html."""

    def __init__(self, query: QueryDict, **more: Any) -> None:
        super().__init__(query, auto_id="filter_%s", **more)
        for field in self.fields.values():
            field.required = False

    @property
    def wanted(self) -> Mapping[str, Any]:
        """The usable values by name; fields that narrow nothing are left out."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Other parameters of the URL to keep when the filter changes (the sort order)."""
        return [(SORT, self.data[SORT])] if self.data.get(SORT) else []


def _beyond(rows: QuerySet[M], order: Order, cursor: tuple[Any, int] | None, count: int) -> list[M]:
    """The first `count` of `rows` after the cursor: first the rest of those with the cursor's own
    value, then what follows. Each part walks an index from there; in one query with OR the
    databases would look at all rows before."""
    if cursor is None:
        return list(rows[:count])
    value, key = cursor
    than = "lt" if order.descending else "gt"
    if order.column == "pk":
        return list(rows.filter(**{f"pk__{than}": key})[:count])
    found = list(rows.filter(**{order.column: value, f"pk__{than}": key})[:count])
    if len(found) < count:
        found += rows.filter(**{f"{order.column}__{than}": value})[: count - len(found)]
    return found


def _text(row: Any, order: Order) -> str:
    value = row.pk
    if order.column != "pk":
        value = row
        for part in order.column.split("__"):
            value = getattr(value, part)
    said = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{said}~{row.pk}"


def _cursor(text: str, order: Order) -> tuple[Any, int] | None:
    said, _, key = text.rpartition("~")
    if not key.isascii() or not key.isdigit() or len(key) > 18:
        return None
    try:
        return (int(key) if order.column == "pk" else order.read(said)), int(key)
    except ValueError:
        return None
