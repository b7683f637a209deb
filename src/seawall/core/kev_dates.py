"""Compare the due dates that the KEV catalogue carries with the rule of BOD 22-01."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from seawall.core.directives import demand
from seawall.vocab.directives import Answer, Directive

_LATER_YEARS_FROM = 2021
_THREE_WEEKS_DAYS = 21


class DueClass(StrEnum):
    """Why a catalogue entry has the due date it has."""

    RULE = "the rule: six months before 2021, two weeks since"
    EARLIER_ORDER = "due before it was listed: an emergency directive had ordered it already"
    GRAVE_RISK = "sooner than the rule: the grave-risk clause of required action 2"
    THREE_WEEKS = "three weeks: the catalogue's own timeline instead of the rule's"
    LONGER = "later than the rule and not three weeks: set by the catalogue for this entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class KevDue:
    """What the rule gives, what the catalogue says, and the class of the difference."""

    cve: str
    computed_date: date
    catalogue_date: date
    due_class: DueClass


def compare_due(
    directive: Directive, *, cve: str, added_date: date, catalogue_date: date
) -> KevDue:
    """Compute the due date of a KEV entry after BOD 22-01 and class the difference.

    `cve` is a CVE id; its year stands for the year of assignment.
    """
    assigned = "before-2021" if int(cve.split("-")[1]) < _LATER_YEARS_FROM else "since-2021"
    started_at = datetime.combine(added_date, time(), tzinfo=UTC)
    due_at = demand(
        directive,
        answers={"cve_assigned": Answer(value=assigned, source=cve)},
        started_at=started_at,
        now=started_at,
    ).due_at
    if due_at is None:
        raise ValueError(f"{directive.id} gives no date")
    return KevDue(
        cve=cve,
        computed_date=due_at.date(),
        catalogue_date=catalogue_date,
        due_class=_class(added_date, due_at.date(), catalogue_date),
    )


def _class(added: date, computed: date, catalogue: date) -> DueClass:
    if catalogue == computed:
        return DueClass.RULE
    if catalogue < added:
        return DueClass.EARLIER_ORDER
    if (catalogue - added).days == _THREE_WEEKS_DAYS:
        return DueClass.THREE_WEEKS
    return DueClass.GRAVE_RISK if catalogue < computed else DueClass.LONGER
