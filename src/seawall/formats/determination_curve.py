"""The paths of a test as inline SVG: the likelihood ratio, and the e-values of the second test."""

from collections.abc import Sequence
from html import escape
from math import log10

from seawall.core.determination.finding import Step, Track

_WIDTH = 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 26, 38


def ratio_curve(track: Track, *, items: int, key: str) -> str:
    """The log-likelihood ratio between its boundaries, with a title and a description; `key` keeps
    its ids apart from others' on a page. `items` is how many the draw holds."""
    least = [step.llr_least for step in track.steps]
    most = [step.llr_most for step in track.steps]
    frame = _Frame(
        length=len(least), items=items, values=[track.upper, track.lower, *least, *most], height=270
    )
    last = least[-1] if least[-1] > 0 else most[-1]
    words = (
        f"Log-likelihood ratio after each of {len(least)} results of {items} drawn: from 0 to "
        f"{last:+.2f}. Boundary of covered {track.upper:+.2f}, of not covered {track.lower:+.2f}. "
        f"{track.solved} solved, {len(track.void)} void."
    )
    return _picture(
        key,
        title=f"{track.side.value.capitalize()}, {track.scaffold}: {track.determined}",
        words=words,
        height=270,
        parts=[
            *frame.axes("log-likelihood ratio", frame.whole_numbers()),
            *frame.edge(track.upper, f"covered {_signed(track.upper)}", "upper", above=True),
            *frame.edge(track.lower, f"not covered {_signed(track.lower)}", "lower", above=False),
            frame.path(least, "path"),
            *([frame.path(most, "path most")] if track.void else []),
            *(frame.mark(index, step) for index, step in enumerate(track.steps)),
        ],
    )


def e_value_curve(track: Track, *, items: int, agreement: float, key: str) -> str:
    """Both e-values on a logarithmic scale, and from where on they agree with a verdict."""
    for_covered = [log10(step.e_above) for step in track.steps]
    for_not = [log10(step.e_below) for step in track.steps]
    frame = _Frame(
        length=len(for_covered),
        items=items,
        values=[log10(agreement), *for_covered, *for_not],
        height=210,
    )
    powers = range(-12, 13)
    names = {float(power): _power(power) for power in powers if frame.holds(power)}
    last = track.steps[-1]
    words = (
        f"After the last result the e-value for covered is {last.e_above:.2g}, for not covered "
        f"{last.e_below:.2g}; from {agreement:g} on it agrees."
    )
    return _picture(
        key,
        title=f"{track.side.value.capitalize()}, {track.scaffold}: e-values of the second test",
        words=words,
        height=210,
        parts=[
            *frame.axes("e-value", names),
            *frame.edge(log10(agreement), f"agrees from {agreement:g} on", "both", above=True),
            frame.path(for_covered, "path upper"),
            frame.path(for_not, "path lower"),
        ],
    )


def _picture(key: str, *, title: str, words: str, height: int, parts: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg class="curve" viewBox="0 0 {_WIDTH} {height}" role="img" '
            f'aria-labelledby="{key}-t {key}-d">',
            f'<title id="{key}-t">{escape(title)}</title>',
            f'<desc id="{key}-d">{escape(words)}</desc>',
            *parts,
            "</svg>",
        ]
    )


class _Frame:
    """Where values stand in a picture, and what is drawn around them."""

    def __init__(self, *, length: int, items: int, values: Sequence[float], height: int) -> None:
        self._across = min(items, max(10, length + max(2, length // 6)))
        high, low = max(0.0, *values), min(0.0, *values)
        room = (high - low) * 0.14 + 0.05
        self._high, self._low, self._height = high + room, low - room, height

    def holds(self, value: float) -> bool:
        return self._low <= value <= self._high

    def x(self, used: float) -> float:
        return _LEFT + used / self._across * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (self._high - value) / (self._high - self._low)
        return _TOP + share * (self._height - _TOP - _BOTTOM)

    def whole_numbers(self) -> dict[float, str]:
        """At most about eight of them."""
        span = self._high - self._low
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if span / step <= 8)
        first = int(self._low // step) * step
        every = range(first, int(self._high) + step, step)
        return {float(at): str(at).replace("-", "−") for at in every if self.holds(at)}

    def axes(self, name: str, values: dict[float, str]) -> list[str]:
        """Both axes with their words and figures, and the line of no evidence."""
        right, bottom = _WIDTH - _RIGHT, self._height - _BOTTOM
        zero = self.y(0)
        across = range(0, self._across + 1, _round_step(self._across))
        return [
            f'<line class="zero" x1="{_LEFT}" y1="{zero:.1f}" x2="{right}" y2="{zero:.1f}"/>',
            f'<line class="axis" x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{bottom}"/>',
            f'<line class="axis" x1="{_LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}"/>',
            *(_text(self.x(used), bottom + 15, str(used), "middle") for used in across),
            *(_text(_LEFT - 6, self.y(at) + 4, text, "end") for at, text in values.items()),
            _text(2, 14, name, "start"),
            _text(right, self._height - 6, "results in committed order", "end"),
        ]

    def edge(self, value: float, words: str, kind: str, *, above: bool) -> list[str]:
        at = self.y(value)
        return [
            f'<line class="edge {kind}" x1="{_LEFT}" y1="{at:.1f}" x2="{_WIDTH - _RIGHT}" '
            f'y2="{at:.1f}"/>',
            f'<text class="edge-text {kind}" x="{_LEFT + 6}" y="{at - 5 if above else at + 14:.1f}"'
            f">{escape(words)}</text>",
        ]

    def path(self, values: Sequence[float], kind: str) -> str:
        points = [f"{self.x(0):.1f},{self.y(0):.1f}"]
        points += [f"{self.x(n):.1f},{self.y(value):.1f}" for n, value in enumerate(values, 1)]
        return f'<polyline class="{kind}" points="{" ".join(points)}"/>'

    def mark(self, index: int, step: Step) -> str:
        kind = {True: "solved", False: "unsolved", None: "void"}[step.solved]
        x, y = self.x(index + 1), self.y(step.llr_least)
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text class="tick" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _power(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"1/{10**-power:,}" if power > -4 else f"1e−{-power}"


def _round_step(across: int) -> int:
    return next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if across / step <= 12)
