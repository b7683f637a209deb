"""Amounts by day, stacked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from seawall.web.pictures.axis import TimeAxis, ValueAxis, round_top
from seawall.web.pictures.svg import element, figure, joined, key, label, rule

_WIDTH, _HEIGHT = 560, 220
_LEFT, _RIGHT, _UPPER, _BOTTOM = 52, 548, 12, 190


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One layer: its values by day, and its colour `p-1` … `p-5` as a number."""

    label: Any
    values: Sequence[int]
    colour: int = 1


def trend(name: str, title: str, days: Sequence[date], series: Sequence[Series]) -> SafeString:
    """The series stacked over `days` (ascending, at least two), the first at the bottom; with a
    table of the numbers below."""
    sums = [sum(values) for values in zip(*(s.values for s in series), strict=True)]
    across = TimeAxis(start=_noon(days[0]), end=_noon(days[-1]), left=_LEFT, right=_RIGHT)
    up = ValueAxis(top=round_top(max(sums, default=0)), bottom=_BOTTOM, upper=_UPPER)
    description = _("From %(first)s to %(last)s the total went from %(before)d to %(after)d.") % {
        "first": date_format(days[0]),
        "last": date_format(days[-1]),
        "before": sums[0],
        "after": sums[-1],
    }
    drawn = figure(
        name,
        title=title,
        description=description,
        width=_WIDTH,
        height=_HEIGHT,
        parts=[*_axes(across, up), *_layers(days, series, across, up)],
        caption=_legend(series),
    )
    return joined((drawn, _table(days, series)))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _axes(across: TimeAxis, up: ValueAxis) -> Iterator[SafeString]:
    for y, value in up.ticks():
        yield rule(_LEFT, y, _RIGHT, y, "p-axis")
        shown = number_format(value, force_grouping=True)
        yield label(_LEFT - 6, y + 4, shown, anchor="end", css="p-quiet p-small")
    for x, text in across.ticks(most=6):
        yield label(x, _BOTTOM + 18, text, anchor="middle", css="p-quiet p-small")


def _layers(
    days: Sequence[date], series: Sequence[Series], across: TimeAxis, up: ValueAxis
) -> Iterator[SafeString]:
    places = [across.place(_noon(day)) for day in days]
    below = [0] * len(days)
    for layer in series:
        above = [low + value for low, value in zip(below, layer.values, strict=True)]
        top = [f"{x:.1f},{up.place(v):.1f}" for x, v in zip(places, above, strict=True)]
        base = [f"{x:.1f},{up.place(v):.1f}" for x, v in zip(places, below, strict=True)]
        yield element(
            "polygon", points=" ".join(top + base[::-1]), class_=f"p-{layer.colour} p-soft"
        )
        yield element("polyline", points=" ".join(top), class_=f"p-line p-line-{layer.colour}")
        below = above


def _legend(series: Sequence[Series]) -> SafeString:
    return element(
        "span", *(key(str(each.label), each.colour) for each in reversed(series)), class_="legend"
    )


def _table(days: Sequence[date], series: Sequence[Series]) -> SafeString:
    heads = [
        element("th", text, scope="col") for text in (_("Day"), *(str(s.label) for s in series))
    ]
    rows = [
        element(
            "tr",
            element("th", date_format(day), scope="row"),
            *(element("td", number_format(s.values[i]), class_="number") for s in series),
        )
        for i, day in reversed(list(enumerate(days)))
    ]
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows))
    return element(
        "details",
        element("summary", _("As a table")),
        element("div", table, class_="scroll"),
        class_="as-table",
    )
