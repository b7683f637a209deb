"""Which case covers a finding: the answers of `findings.coordination`."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import QuerySet

from seawall.cases import actions
from seawall.cases.models import Case
from seawall.cases.reading import FOR_FACTS, facts_of, sees_many, visible_cases
from seawall.core.access import CaseFacts
from seawall.core.public_ids import id_number
from seawall.findings.queries import in_groups
from seawall.ledger.access import public_id_of
from seawall.ledger.models import Event
from seawall.parties.access import is_house
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor


class CasesOfFindings:
    """See `findings.coordination.Coordination`."""

    def awake(self) -> QuerySet[Case]:
        return Case.objects.filter(merged_into=None)

    def readable(
        self, by: Actor, *, now: datetime, at_least: Tier, one_by_one: bool
    ) -> QuerySet[Case]:
        rows = visible_cases(by, now=now, at_least=at_least, one_by_one=one_by_one)
        return rows.filter(merged_into=None)

    def sees_many(self, by: Actor, *, at_least: Tier, most: int) -> bool:
        return sees_many(by, at_least=at_least, most=most)

    def facts(self, leads: Collection[int], *, now: datetime) -> dict[int, CaseFacts]:
        return {lead: facts_of(case, now=now) for lead, case in cases_of(leads).items()}

    def regrouped(self, finding_ids: Iterable[int], *, by: Actor, now: datetime) -> None:
        actions.regroup(finding_ids, by=by, now=now)


def cases_of(leads: Collection[int]) -> dict[int, Case]:
    """The case that is awake of each of these groups, by the group's lead."""
    rows = (
        Case.objects.filter(in_groups(leads), merged_into=None)
        .select_related("finding")
        .defer("finding__sealed")
        .prefetch_related(*FOR_FACTS)
        .order_by("pk")
    )
    found: dict[int, Case] = {}
    for case in rows:
        found.setdefault(case.finding.lead_id or case.finding_id, case)
    return found


def may_read_event(by: Actor, event: Event, now: datetime) -> bool:
    """Whether `by` may read what an event about a case says: who reads its detail may, and of the
    house who may know of it."""
    number = id_number("C", public_id_of(event))
    at_least = Tier.T0 if is_house(by) else Tier.T2
    rows = visible_cases(by, now=now, at_least=at_least, one_by_one=True)
    return rows.filter(pk=number).exists()
