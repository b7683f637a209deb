"""The path of a test as inline SVG: the log-likelihood ratio between its boundaries."""

from html import escape

from seawall.core.determination.finding import Step, Track

_WIDTH, _HEIGHT = 480, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 26, 38


def curve(track: Track, *, items: int, key: str) -> str:
    """One SVG with a title and a description; `key` keeps its ids apart from others' on a page.
    `items` is how many the draw holds: the test is cut off there."""
    view = _View(track, items)
    return "\n".join(
        [
            f'<svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'aria-labelledby="{key}-t {key}-d">',
            f'<title id="{key}-t">{escape(_title(track))}</title>',
            f'<desc id="{key}-d">{escape(_description(track, items))}</desc>',
            *view.grid(),
            *view.boundary(track.upper, "covered", above=True),
            *view.boundary(track.lower, "not covered", above=False),
            view.line([step.llr_least for step in track.steps], "path"),
            *view.band(),
            *(view.mark(index, step) for index, step in enumerate(track.steps)),
            "</svg>",
        ]
    )


def _title(track: Track) -> str:
    return f"{track.side.value.capitalize()}, {track.scaffold}: {track.determined}"


def _description(track: Track, items: int) -> str:
    last = track.steps[-1]
    value = last.llr_least if last.llr_least > 0 else last.llr_most
    return (
        f"Log-likelihood ratio after each of {len(track.steps)} results of {items} drawn: from 0 "
        f"to {value:+.2f}. Boundary of covered {track.upper:+.2f}, of not covered "
        f"{track.lower:+.2f}. {track.solved} solved, {len(track.void)} void."
    )


class _View:
    """Where values stand in the picture."""

    def __init__(self, track: Track, items: int) -> None:
        self._track = track
        steps = track.steps
        self._across = min(items, max(10, len(steps) + max(2, len(steps) // 6)))
        values = [step.llr_least for step in steps] + [step.llr_most for step in steps]
        self._high = max([track.upper, *values]) + 0.7
        self._low = min([track.lower, *values]) - 0.7

    def x(self, used: float) -> float:
        return _LEFT + used / self._across * (_WIDTH - _LEFT - _RIGHT)

    def y(self, ratio: float) -> float:
        share = (self._high - ratio) / (self._high - self._low)
        return _TOP + share * (_HEIGHT - _TOP - _BOTTOM)

    def grid(self) -> list[str]:
        """Axes with their words and figures, and the line of no evidence."""
        zero = self.y(0)
        right = _WIDTH - _RIGHT
        bottom = _HEIGHT - _BOTTOM
        step = _round_step(self._across)
        ticks = [
            f'<text class="tick" x="{self.x(used):.1f}" y="{bottom + 15}" '
            f'text-anchor="middle">{used}</text>'
            for used in range(0, self._across + 1, step)
        ]
        spread = 1 if self._high - self._low < 7 else 2 if self._high - self._low < 16 else 5
        whole = range(int(self._low // spread) * spread, int(self._high) + 1, spread)
        ticks += [
            f'<text class="tick" x="{_LEFT - 6}" y="{self.y(ratio) + 4:.1f}" '
            f'text-anchor="end">{str(ratio).replace("-", "−")}</text>'
            for ratio in whole
            if self._low <= ratio <= self._high
        ]
        return [
            f'<line class="zero" x1="{_LEFT}" y1="{zero:.1f}" x2="{right}" y2="{zero:.1f}"/>',
            f'<line class="axis" x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{bottom}"/>',
            f'<line class="axis" x1="{_LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}"/>',
            *ticks,
            f'<text class="tick" x="{_LEFT - 34}" y="14">log-likelihood ratio</text>',
            f'<text class="tick" x="{right}" y="{_HEIGHT - 6}" text-anchor="end">results in '
            "committed order</text>",
        ]

    def boundary(self, ratio: float, words: str, *, above: bool) -> list[str]:
        at = self.y(ratio)
        kind = "upper" if above else "lower"
        text_at = at - 5 if above else at + 15
        return [
            f'<line class="edge {kind}" x1="{_LEFT}" y1="{at:.1f}" x2="{_WIDTH - _RIGHT}" '
            f'y2="{at:.1f}"/>',
            f'<text class="edge-text {kind}" x="{_WIDTH - _RIGHT}" y="{text_at:.1f}" '
            f'text-anchor="end">{words} {f"{ratio:+.2f}".replace("-", "−")}</text>',
        ]

    def line(self, ratios: list[float], kind: str) -> str:
        points = [f"{self.x(0):.1f},{self.y(0):.1f}"]
        points += [f"{self.x(n):.1f},{self.y(ratio):.1f}" for n, ratio in enumerate(ratios, 1)]
        return f'<polyline class="{kind}" points="{" ".join(points)}"/>'

    def band(self) -> list[str]:
        """The path with void positions as solved, where it is another one."""
        if not self._track.void:
            return []
        return [self.line([step.llr_most for step in self._track.steps], "path most")]

    def mark(self, index: int, step: Step) -> str:
        x, y = self.x(index + 1), self.y(step.llr_least)
        kind = {True: "solved", False: "unsolved", None: "void"}[step.solved]
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'


def _round_step(across: int) -> int:
    return next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if across / step <= 12)
