"""Pictures: well-formed, told in words, safe, and to scale."""

from datetime import UTC, date, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest

from seawall.web.pictures import (
    Mark,
    Row,
    Series,
    Span,
    Stage,
    funnel,
    ladder,
    schedule,
    trend,
)
from seawall.web.pictures.axis import TimeAxis, round_top

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVIL = '<script>"&'


def read(drawn: str) -> Element:
    return fromstring(f"<div>{drawn}</div>")


def classed(root: Element, css: str) -> list[Element]:
    return [each for each in root.iter() if css in each.get("class", "").split()]


def test_bars_are_to_scale_within_their_group():
    root = read(
        funnel(
            [
                [Stage(label="a", count=8), Stage(label="b", count=2)],
                [Stage(label=EVIL, count=0), Stage(label="d", count=0, is_more=True)],
            ]
        )
    )
    assert [each.get("width") for each in classed(root, "p-1")] == ["100", "25", "0", "0"]
    assert [each.text for each in classed(root, "funnel-share")] == ["100%", "25%", None, None]
    assert EVIL in "".join(root.itertext())


def test_layers_are_stacked_and_stand_in_a_table():
    days = [date(2026, 11, day) for day in (1, 2, 3)]
    root = read(
        trend(
            "t",
            "Cases",
            days,
            [
                Series(label="closed", values=[0, 1, 2], colour=3),
                Series(label=EVIL, values=[4, 4, 2], colour=1),
            ],
        )
    )
    lines = [each.get("points", "").split() for each in root.iter("polyline")]
    heights = [[float(point.split(",")[1]) for point in line] for line in lines]
    assert heights[1][0] > heights[1][1] == min(heights[1])  # 4, then 5, then 4
    assert heights[1][0] == heights[1][2]
    cells = [each.text for each in root.iter("td")]
    assert cells == ["2", "2", "1", "4", "0", "4"]
    (svg,) = (each for each in root.iter("svg") if each.get("role") == "img")
    assert {svg.get("aria-labelledby"), svg.get("aria-describedby")} == {"t-title", "t-desc"}


@pytest.mark.parametrize(("level", "filled"), [(None, 1), (0, 1), (3, 4), (4, 5)])
def test_the_ladder_is_filled_up_to_what_is_reached(level, filled):
    steps = classed(read(ladder(level)), "p-step")
    assert sum("p-track" not in step.get("class", "") for step in steps) == filled
    assert len(steps) == 5


def test_a_schedule_shows_spans_marks_and_now():
    rows = [
        Row(
            label=EVIL,
            spans=[Span(start=NOON - timedelta(days=4), end=NOON, label="done", href="/x?a=1&b=2")],
            marks=[Mark(at=NOON - timedelta(days=2), label=EVIL)],
        ),
        Row(label="open", spans=[Span(start=NOON, end=None, label="open", css="p-2")]),
    ]
    root = read(schedule("s", "Clocks", rows, now=NOON))
    assert len(classed(root, "p-now")) == 1
    (link,) = root.iter("a")
    assert link.get("href") == "/x?a=1&b=2"
    bars = [*classed(root, "p-1"), *classed(root, "p-2")]
    assert float(bars[0].get("x", 0)) < float(bars[1].get("x", 0))
    assert len(list(root.iter("tr"))) == 4
    assert not classed(root, "script")


def test_an_axis_keeps_places_inside_and_ticks_round():
    axis = TimeAxis(start=NOON, end=NOON + timedelta(days=6), left=10, right=110)
    assert [axis.place(NOON + timedelta(days=d)) for d in (-1, 0, 3, 6, 9)] == [
        10,
        10,
        60,
        110,
        110,
    ]
    ticks = list(axis.ticks(most=7))
    assert [text for _x, text in ticks] == [
        "24 Nov",
        "25 Nov",
        "26 Nov",
        "27 Nov",
        "28 Nov",
        "29 Nov",
    ]


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (4, 4), (5, 8), (41, 80), (1_000_001, 2_000_000)]
)
def test_the_top_of_an_axis_is_round(value, top):
    assert round_top(value) == top
