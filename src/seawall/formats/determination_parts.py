"""What a determination's report is made of, before it is Markdown or HTML."""

from dataclasses import dataclass
from datetime import date

from seawall.core.determination.finding import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the determination itself does not know: whom it is about, by whom, and what follows."""

    model: str
    lab: str = ""
    safeguards: str = ""
    """The safeguard variant that was tested."""
    endpoint: str = ""
    regime: str = ""
    consequence: str = ""
    """What follows from the verdict under the regime, in a sentence or two."""
    evaluated_by: str = ""
    determined_by: str = ""
    determined_on: date | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text under columns; `figures` are the columns to be set flush right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with what stands under it, in this order."""

    title: str
    text: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    curves: tuple[Track, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole report: a page for who decides, then everything for who checks."""

    title: str
    verdict: str
    """Covered, Not covered or Undecided."""
    sentence: str
    brief: tuple[Section, ...]
    detail: tuple[Section, ...]


def number(value: float | None, digits: int = 2) -> str:
    """A figure as it is printed; a dash for none."""
    return "–" if value is None else f"{value:,.{digits}f}".replace("-", "−")


def percent(value: float | None) -> str:
    """A share as percent, with a decimal below ten."""
    if value is None:
        return "–"
    return f"{value:.0%}" if value >= 0.1 or value == 0 else f"{value:.1%}"


def money(micro_usd: float | None) -> str:
    """Dollars; "not priced" for nothing, because an endpoint may state no price."""
    if not micro_usd:
        return "not priced"
    return f"${micro_usd / 1e6:,.2f}"


def duration(seconds: float | None) -> str:
    """Hours and minutes, or seconds when it is short."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
