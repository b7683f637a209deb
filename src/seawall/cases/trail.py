"""Which events of the ledger somebody may read: the audit trail, for the house."""

from django.db.models import Q, QuerySet

from seawall.cases.models import Bar, Case
from seawall.findings.models import Finding
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted, is_house
from seawall.vocab.actors import Actor


def events(by: Actor) -> QuerySet[Event]:
    """All events, without those that speak of a case from which `by` or one of their parties is
    barred. Raises NotPermitted for everybody outside the house."""
    if not is_house(by):
        raise NotPermitted("The audit trail is for the people who run this installation.")
    rows = Event.objects.all()
    for name in _closed_ids(by):
        rows = rows.exclude(entry__contains=name)
    return rows


def event(by: Actor, index: int) -> Event:
    """One event by its index; raises NotFound, the same whether it is absent or hidden."""
    found = events(by).filter(index=index).first()
    if found is None:
        raise NotFound(f"There is no event {index}.")
    return found


def ids_of(text: str) -> Q:
    """Events on what people call `text`: an id such as "C-2026-000001", or an event's own words
    for it ("case:C-2026-000001")."""
    if ":" in text:
        return Q(on=text)
    return Q(on__in=[f"{kind}:{text.upper()}" for kind in _KINDS])


def _closed_ids(by: Actor) -> list[str]:
    """The ids of barred cases and of what belongs to them; bars are few."""
    barred = Bar.objects.filter(
        Q(person=by.person, person__isnull=False) | Q(party__in=by.parties), lifted_at=None
    )
    cases = list(Case.objects.filter(bars__in=barred).select_related("advisory").distinct())
    leads = [case.finding_id for case in cases]
    group = Finding.objects.filter(Q(pk__in=leads) | Q(lead__in=leads)).select_related("report")
    names = [case.public_id for case in cases]
    names += [case.advisory.public_id for case in cases if hasattr(case, "advisory")]
    for finding in group:
        names += [finding.public_id, finding.report.public_id]
    return [f'{name}"' for name in names]


_KINDS = (
    "advisory",
    "approval",
    "asset",
    "candidatefix",
    "case",
    "exposure",
    "finding",
    "mergeproposal",
    "obligation",
    "party",
    "person",
    "report",
    "validation",
)
