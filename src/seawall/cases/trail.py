"""Which events of the ledger somebody may read: the audit trail, for the house."""

from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from seawall.cases.models import Bar, Case
from seawall.cases.reading import visible_cases
from seawall.findings.models import Finding
from seawall.inventory.access import assets
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted, is_house
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import Actor
from seawall.vocab.tlp import Tlp


def events(by: Actor) -> QuerySet[Event]:
    """The events that `by` may read by the rule of `ledger.access`: for viewers those about cases
    and what belongs to them, for members and leads the others too; about systems only their
    owner's; none that speak of a case from which `by` or one of their parties is barred. Raises
    NotPermitted for everybody outside the house."""
    if not is_house(by):
        raise NotPermitted("The audit trail is for the people who run this installation.")
    rows = Event.objects.all()
    if not by.is_installation:
        own = Q(on__in=[f"asset:{row.public_id}" for row in assets(by)])
        works = is_house(by, at_least=MemberRole.MEMBER)
        rest = ~_about("asset", "obligation") if works else _about(*_OF_CASES)
        rows = rows.filter(own | rest).exclude(_drafts(by, works))
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


def _about(*kinds: str) -> Q:
    """Events about things of these kinds, asked for as an index of `on` knows it: SQLite sorts by
    bytes and PostgreSQL as people do, there an index of its own serves beginnings."""
    if connection.vendor == "postgresql":
        return reduce(or_, (Q(on__startswith=f"{kind}:") for kind in kinds))
    return reduce(or_, (Q(on__gte=f"{kind}:", on__lt=f"{kind};") for kind in kinds))


def _drafts(by: Actor, works: bool) -> Q:
    """Events about drafts of advisories that `by` may not read: they name documents, and these
    the CVE. For viewers that is all drafts."""
    about = _about("advisory")
    if works:
        # Who works in the house reads all others by role; only these are asked for one by one.
        red = Case.objects.filter(tlp=Tlp.RED.value).order_by().values("pk")
        shredded = Case.objects.filter(shredded_at__isnull=False).order_by().values("pk")
        barred = Bar.objects.filter(lifted_at=None).order_by().values("case")
        few = Case.objects.filter(pk__in=red.union(shredded, barred), advisory__isnull=False)
        read = visible_cases(by, now=timezone.now(), at_least=Tier.T2, one_by_one=True)
        closed = few.filter(~Exists(read.filter(pk=OuterRef("pk")))).order_by()
        advisory = Case._meta.get_field("advisory").related_model
        numbers = closed.values_list("advisory__year", "advisory__number")
        ids = [advisory(year=year, number=number).public_id for year, number in numbers]
        about = Q(on__in=[f"advisory:{each}" for each in ids])
    return about & ~Q(what="advisory.published")


_OF_CASES = ("case", "finding", "report", "validation", "advisory")


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
