"""Directives as data: decision tables, clocks, and what they answer for one exposure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from seawall.vocab.ssvc import SystemClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a row demands. Exactly one of `days`, `months`, `on_upgrade` is set."""

    name: str
    days: int | None = None
    months: int | None = None
    """Calendar months."""
    on_upgrade: bool = False
    forensics: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionInput:
    """A decision point: its values from least to most severe. The last one stands in for an
    unknown answer, so that ignorance never buys time."""

    key: str
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a decision table, numbered as in its source."""

    number: int
    values: tuple[str, ...]
    """In the order of the table's inputs."""
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A duty of its own beside the due date, such as forensic steps."""

    key: str
    label: str
    within: timedelta
    only_with_forensics: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """A directive: whom it binds, its table, its clocks, and where each part comes from."""

    id: str
    version: str
    title: str
    authority: str
    issued_date: date
    effective_date: date
    revoked_date: date | None
    applies_to: frozenset[SystemClass]
    inputs: tuple[DecisionInput, ...]
    rows: tuple[Row, ...]
    clocks: tuple[Clock, ...]
    kev_only: bool
    """Binds only vulnerabilities in the KEV catalogue."""
    sources: Mapping[str, str]
    """Part → citation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The value of one decision input for one exposure, and who says so."""

    value: str
    source: str
    assumed: bool = False
    """True when nobody knew and the most severe value was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDue:
    key: str
    label: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a directive demands for one exposure, with everything that decided it."""

    directive: str
    directive_version: str
    row: int
    outcome: Outcome
    started_at: datetime
    due_at: datetime | None
    """None when the outcome is the next system upgrade."""
    clocks: tuple[ClockDue, ...]
    answers: Mapping[str, Answer]
    binding: bool
    """False before the effective date: the same date as advice."""
    explanation: str
