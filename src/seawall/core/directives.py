"""What a directive demands for an exposure: pure table look-up with an explanation."""

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from seawall.vocab.directives import Answer, Clock, ClockDue, Demand, Directive, Outcome, Row
from seawall.vocab.ssvc import SystemClass


def binds(directive: Directive, *, system_class: SystemClass, in_kev: bool, now: datetime) -> bool:
    """Say whether a directive in force at `now` covers such an exposure at all."""
    return (
        system_class in directive.applies_to
        and now.date() >= directive.issued_date
        and (directive.revoked_date is None or now.date() < directive.revoked_date)
        and (in_kev or not directive.kev_only)
    )


def demand(
    directive: Directive,
    *,
    answers: Mapping[str, Answer],
    started_at: datetime,
    now: datetime,
) -> Demand:
    """Look the answers up in the directive's table.

    `answers` may lack inputs: the most severe value is then assumed, and the explanation says so.
    `started_at` is when the clock started (UTC). Raises ValueError on a value the table does not
    know, which is a defect of the caller, not of the exposure.
    """
    complete = {
        point.key: answers.get(point.key)
        or Answer(value=point.values[-1], source="not known", assumed=True)
        for point in directive.inputs
    }
    row = _row(directive, complete)
    due_at = due(row.outcome, started_at=started_at)
    return Demand(
        directive=directive.id,
        directive_version=directive.version,
        row=row.number,
        outcome=row.outcome,
        started_at=started_at,
        due_at=due_at,
        clocks=tuple(
            ClockDue(key=c.key, label=c.label, due_at=started_at + c.within)
            for c in directive.clocks
            if _runs(c, row.outcome)
        ),
        answers=complete,
        binding=now.date() >= directive.effective_date,
        explanation=_explain(directive, row, complete, started_at, due_at),
    )


def due(outcome: Outcome, *, started_at: datetime) -> datetime | None:
    """When an outcome's time is over; None for "on the next upgrade"."""
    if outcome.on_upgrade:
        return None
    if outcome.months is not None:
        return add_months(started_at, outcome.months)
    return started_at + timedelta(days=outcome.days or 0)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day `months` calendar months later, or that month's last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def tightest(demands: tuple[Demand, ...]) -> Demand | None:
    """The demand with the earliest due date; "on upgrade" comes last. None for no demands."""
    last = datetime.max.replace(tzinfo=UTC)
    return min(demands, key=lambda d: (d.due_at or last, d.directive), default=None)


def _row(directive: Directive, answers: Mapping[str, Answer]) -> Row:
    wanted = tuple(answers[point.key].value for point in directive.inputs)
    for row in directive.rows:
        if row.values == wanted:
            return row
    raise ValueError(f"{directive.id} has no row for {wanted}")


def _runs(clock: Clock, outcome: Outcome) -> bool:
    return outcome.forensics or not clock.only_with_forensics


def _explain(
    directive: Directive,
    row: Row,
    answers: Mapping[str, Answer],
    started_at: datetime,
    due_at: datetime | None,
) -> str:
    facts = "; ".join(
        f"{point.label}: {answers[point.key].value}"
        + (
            " (assumed, not known)"
            if answers[point.key].assumed
            else f" ({answers[point.key].source})"
        )
        for point in directive.inputs
    )
    when = f"{due_at:%Y-%m-%d %H:%M} UTC" if due_at else "the next system upgrade"
    return (
        f"{directive.id} row {row.number} ({facts}) demands {row.outcome.name}: "
        f"from {started_at:%Y-%m-%d %H:%M} UTC until {when}."
    )
