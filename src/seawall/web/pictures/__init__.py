"""Pictures drawn by the server: pure functions from values to SVG that follows the theme.

Colours are classes of seawall.css (`p-1` … `p-5`, `p-good`, `p-warn`, `p-bad`); nothing is inline.
Every picture has a title, a description and its numbers as text.

    funnel(groups)                     head start: how far what was reported has come
    trend(name, title, days, series)   amounts by day, stacked
    ladder(level)                      evidence E0 to E4
    schedule(name, title, rows, now=)  spans and marks in time: clocks of a case, leases of a target
"""

from seawall.web.pictures.funnel import Stage, funnel
from seawall.web.pictures.ladder import ladder
from seawall.web.pictures.schedule import Mark, Row, Span, schedule
from seawall.web.pictures.trend import Series, trend

__all__ = [
    "Mark",
    "Row",
    "Series",
    "Span",
    "Stage",
    "funnel",
    "ladder",
    "schedule",
    "trend",
]
