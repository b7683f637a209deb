"""How many of each kind there were by when: one stepped line each, with moments that matter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from seawall.web.pictures.axis import TimeAxis, ValueAxis, round_top
from seawall.web.pictures.svg import element, figure, key, label, rule

_WIDTH, _HEIGHT = 760, 260
_LEFT, _RIGHT, _UPPER, _BOTTOM = 52, 740, 26, 226
_MOST = 5
"""Lines that the theme has colours for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """One line: when each of them came, in order."""

    label: Any
    moments: Sequence[datetime]


def arrivals(
    name: str,
    title: str,
    lines: Sequence[Arrivals],
    marks: Sequence[tuple[datetime, Any]] = (),
    *,
    until: datetime,
) -> SafeString:
    """The lines rise with each arrival and end at `until`, where nothing is known yet; `marks` are
    upright lines with a word. "" for nothing to draw. Whoever shows it shows the numbers as text
    beside it."""
    drawn = [line for line in lines if line.moments][:_MOST]
    if not drawn:
        return SafeString("")
    moments = [at for line in drawn for at in line.moments] + [at for at, _word in marks]
    slack = max((max(moments) - min(moments)) / 20, timedelta(hours=6))
    across = TimeAxis(
        start=min(moments) - slack, end=max(moments) + slack, left=_LEFT, right=_RIGHT
    )
    most = max(len(line.moments) for line in drawn)
    up = ValueAxis(top=round_top(most), bottom=_BOTTOM, upper=_UPPER)
    return figure(
        name,
        title=title,
        description="; ".join(
            _("%(what)s: %(count)d by %(day)s")
            % {
                "what": line.label,
                "count": len(line.moments),
                "day": date_format(line.moments[-1]),
            }
            for line in drawn
        ),
        width=_WIDTH,
        height=_HEIGHT,
        parts=[*_axes(across, up), *_marks(marks, across), *_lines(drawn, across, up, until)],
        caption=_legend(drawn),
    )


def _axes(across: TimeAxis, up: ValueAxis) -> Iterator[SafeString]:
    for y, value in up.ticks():
        yield rule(_LEFT, y, _RIGHT, y, "p-axis")
        shown = number_format(value, force_grouping=True)
        yield label(_LEFT - 6, y + 4, shown, anchor="end", css="p-quiet p-small")
    for x, text in across.ticks(most=6):
        yield label(x, _BOTTOM + 18, text, anchor="middle", css="p-quiet p-small")


def _marks(marks: Sequence[tuple[datetime, Any]], across: TimeAxis) -> Iterator[SafeString]:
    for number, (at, said) in enumerate(marks):
        x = across.place(at)
        yield rule(x, _UPPER - 8, x, _BOTTOM, "p-now")
        y = _UPPER - 12 + 14 * (number % 2)
        yield label(x - 4, y, said, anchor="end", css="p-quiet p-small")


def _lines(
    drawn: Sequence[Arrivals], across: TimeAxis, up: ValueAxis, until: datetime
) -> Iterator[SafeString]:
    for colour, line in enumerate(drawn, 1):
        points, height = [(across.left, up.place(0))], 0
        for at in line.moments:
            x = across.place(at)
            points += [(x, up.place(height)), (x, up.place(height + 1))]
            height += 1
        points.append((max(across.place(until), points[-1][0]), up.place(height)))
        drawn_at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield element("polyline", points=drawn_at, class_=f"p-line p-line-{colour}")


def _legend(drawn: Sequence[Arrivals]) -> SafeString:
    return element(
        "span",
        *(
            key(f"{line.label} ({len(line.moments)})", colour)
            for colour, line in enumerate(drawn, 1)
        ),
        class_="legend",
    )
