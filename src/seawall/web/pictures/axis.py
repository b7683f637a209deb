"""Axes: values and moments to places in a picture, with round ticks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.formats import date_format

_STEPS = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=7),
    timedelta(days=14),
    timedelta(days=30),
    timedelta(days=91),
    timedelta(days=365),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """Moments between `start` and `end` lie between the places `left` and `right`."""

    start: datetime
    end: datetime
    left: float
    right: float

    def place(self, at: datetime) -> float:
        """Where `at` is; before the start and after the end at the edges."""
        whole = max((self.end - self.start).total_seconds(), 1.0)
        share = (at - self.start).total_seconds() / whole
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def shows(self, at: datetime) -> bool:
        return self.start <= at <= self.end

    def ticks(self, *, most: int = 7) -> Iterator[tuple[float, str]]:
        """Places of round moments with their labels in the reader's language, `most` at most."""
        step = next((s for s in _STEPS if (self.end - self.start) / s <= most), _STEPS[-1])
        epoch = datetime(2024, 1, 1, tzinfo=UTC)
        at = epoch + ((self.start - epoch) // step + 1) * step
        form = "H:i" if step < timedelta(days=1) else "j M" if step < _STEPS[-1] else "M Y"
        while at <= self.end:
            yield self.place(at), date_format(at.astimezone(UTC), form)
            at += step


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAxis:
    """Values from 0 to `top` lie between the places `bottom` and `upper`."""

    top: int
    bottom: float
    upper: float

    def place(self, value: float) -> float:
        return self.bottom - value / max(self.top, 1) * (self.bottom - self.upper)

    def ticks(self) -> Iterator[tuple[float, int]]:
        """Places of round values: 0, the top, and what lies evenly between."""
        step = (
            self.top // 4 if self.top % 4 == 0 else self.top // 2 if self.top % 2 == 0 else self.top
        )
        for value in range(0, self.top + 1, max(step, 1)):
            yield self.place(value), value


def round_top(value: int) -> int:
    """The least of 4, 8, 10, 20, 40, 80, 100, 200, … that is no less than `value`."""
    top, factor = 4, 1
    while True:
        for mantissa in (4, 8, 10, 20):
            top = mantissa * factor
            if top >= value:
                return top
        factor *= 10
