"""Spans and marks in time, one row per subject: clocks of a case, leases on a target."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from seawall.web.pictures.axis import TimeAxis
from seawall.web.pictures.svg import box, element, figure, joined, label, linked, rule

_WIDTH, _LEFT, _RIGHT, _ROW, _HEAD = 760, 190, 748, 34, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `start` to `end` (None: open); `css` p-1 … p-5, p-good, p-warn, p-bad, p-plain."""

    start: datetime
    end: datetime | None
    label: Any = ""
    css: str = "p-1"
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One moment in a row, told below the picture by its label."""

    at: datetime
    label: Any
    css: str = "p-good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the picture."""

    label: Any
    spans: Sequence[Span] = ()
    marks: Sequence[Mark] = ()
    href: str = ""


def schedule(
    name: str,
    title: str,
    rows: Sequence[Row],
    *,
    now: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
) -> SafeString:
    """The rows on one axis with a line at `now`; the axis covers everything unless `start` and
    `end` say what part of it. `rows` may not be empty. Their text stands below as a table."""
    first, last = _extent(rows, now)
    axis = TimeAxis(start=start or first, end=end or last, left=_LEFT, right=_RIGHT)
    height = _HEAD + len(rows) * _ROW + 24
    parts = [
        *_ticks(axis, height),
        *(part for i, row in enumerate(rows) for part in _row(row, _HEAD + i * _ROW, axis)),
        *_now(axis, now, height),
    ]
    drawn = figure(
        name,
        title=title,
        description=_("One row each for: %(rows)s.")
        % {"rows": ", ".join(str(r.label) for r in rows)},
        width=_WIDTH,
        height=height,
        parts=parts,
        has_links=any(row.href or any(span.href for span in row.spans) for row in rows),
    )
    return joined((drawn, _table(rows)))


def _extent(rows: Sequence[Row], now: datetime) -> tuple[datetime, datetime]:
    moments = [now]
    for row in rows:
        moments += [mark.at for mark in row.marks]
        for span in row.spans:
            moments += [span.start, span.end or now]
    first, last = min(moments), max(moments)
    room = max((last - first) / 25, timedelta(hours=1))
    return first - room, last + room


def _ticks(axis: TimeAxis, height: int) -> Iterator[SafeString]:
    for x, text in axis.ticks():
        yield rule(x, _HEAD - 6, x, height - 20, "p-tick")
        yield label(x, height - 6, text, anchor="middle", css="p-quiet p-small")


def _row(row: Row, y: float, axis: TimeAxis) -> Iterator[SafeString]:
    name = label(4, y + 21, _short(str(row.label), 26), css="p-strong p-small")
    yield linked(row.href, str(row.label), name) if row.href else name
    yield rule(_LEFT, y + _ROW, _RIGHT, y + _ROW, "p-axis")
    for span in row.spans:
        yield _span(span, y, axis)
    for mark in row.marks:
        if axis.shows(mark.at):
            yield element(
                "circle",
                element("title", f"{mark.label}, {mark.at:%Y-%m-%d %H:%M} UTC"),
                cx=axis.place(mark.at),
                cy=y + 17,
                r=6,
                class_=f"{mark.css} p-edge",
            )


def _span(span: Span, y: float, axis: TimeAxis) -> SafeString:
    left, right = axis.place(span.start), axis.place(span.end or axis.end)
    width = max(right - left, 3.0)
    told = element("title", f"{span.label}: {_told(span)}")
    parts = [element("g", told, box(left, y + 5, width, 24, span.css))]
    fits = int((width - 10) / 6.2)
    if fits > 3 and span.label:
        parts.append(label(left + 6, y + 21, _short(str(span.label), fits), css="p-on p-small"))
    drawn = element("g", *parts)
    return linked(span.href, f"{span.label}: {_told(span)}", drawn) if span.href else drawn


def _now(axis: TimeAxis, now: datetime, height: int) -> Iterator[SafeString]:
    if axis.shows(now):
        x = axis.place(now)
        yield rule(x, 16, x, height - 20, "p-now")
        anchor = "end" if x > _RIGHT - 20 else "middle"
        yield label(x, 12, _("now"), anchor=anchor, css="p-small p-strong")


def _told(span: Span) -> str:
    begin = f"{span.start:%Y-%m-%d %H:%M}"
    return f"{begin} – {span.end:%Y-%m-%d %H:%M} UTC" if span.end else f"{begin} UTC –"


def _table(rows: Sequence[Row]) -> SafeString:
    lines = []
    for row in rows:
        for span in row.spans:
            lines.append((row.label, span.label, _told(span)))
        for mark in row.marks:
            lines.append((row.label, mark.label, f"{mark.at:%Y-%m-%d %H:%M} UTC"))
    body = [
        element(
            "tr", element("th", str(who), scope="row"), element("td", str(what)), element("td", at)
        )
        for who, what, at in lines
    ]
    heads = [element("th", text, scope="col") for text in (_("Row"), _("What"), _("When"))]
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *body))
    return element(
        "details",
        element("summary", _("As a table")),
        element("div", table, class_="scroll"),
        class_="as-table",
    )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
