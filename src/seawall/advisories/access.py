"""Which advisories an actor may see; doors obtain them only here.

What was published is for everybody, signed in or not. Drafts, and what a published advisory says
next, are for those who may read the detail (T2) of its case.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from seawall.advisories.models import BULKY, Advisory, Release, Revision
from seawall.advisories.releases import newest_release
from seawall.cases.reading import demand_act, visible_cases
from seawall.core.access import may_coordinate
from seawall.findings.access import NotFound
from seawall.ledger.access import public_id_of
from seawall.ledger.models import Event
from seawall.parties.access import NotPermitted, demand, require
from seawall.parties.models import Scope
from seawall.parties.sealing import Shredded
from seawall.vocab.access import Act, Tier
from seawall.vocab.actors import Actor, ActorKind


def advisories(by: Actor, *, now: datetime | None = None) -> QuerySet[Advisory]:
    """Advisories, newest first, each with those of its revisions that `by` may read."""
    if by.kind is not ActorKind.PUBLIC:
        require(by, Scope.READ)
    now = now or timezone.now()
    detail = Exists(_detailed(by, now).filter(pk=OuterRef("case")))
    revisions = _revisions(by, now).defer(*BULKY)
    return (
        Advisory.objects.filter(Q(published_at__isnull=False) | Q(detail))
        .select_related("case")
        .prefetch_related(Prefetch("revisions", revisions))
    )


def advisory(by: Actor, public_id: str, *, now: datetime | None = None) -> Advisory:
    """One advisory by `SEAWALL-2026-0001`; raises NotFound, the same whether it is absent or
    hidden."""
    rows = advisories(by, now=now)
    found = rows.filter(_named(public_id)).first()
    if found is None:
        raise NotFound(f"There is no advisory {public_id}.")
    return found


def newest_revision(advisory: Advisory) -> Revision:
    """The newest revision that whoever got `advisory` from here may read; raises NotFound when
    there is none, Shredded when the case was shredded before anything was published."""
    revision = max(advisory.revisions.all(), key=lambda each: each.number, default=None)
    if revision is None and advisory.case.shredded_at is not None:
        raise Shredded(advisory.case.shredded_at)
    if revision is None:
        raise NotFound(f"{advisory.public_id} has no revision.")
    return revision


def release(by: Actor, public_id: str, *, now: datetime | None = None) -> Release:
    """The signed release of an advisory's newest published revision; raises NotFound, the same
    whether the advisory is hidden, absent or not released."""
    found = newest_release(advisory(by, public_id, now=now))
    if found is None:
        raise NotFound(f"There is no advisory {public_id}.")
    return found


def demand_publish(by: Actor, advisory: Advisory, *, now: datetime) -> None:
    """Raise unless `by` may publish the advisory. Whoever may not know of its case gets the same
    answer as anybody who may read no more than what is published: that it takes a coordinator."""
    demand(may_coordinate(by))
    case = visible_cases(by, now=now, one_by_one=True).filter(pk=advisory.case_id).first()
    if case is None:
        raise NotPermitted("It takes a coordinator who may read the case.")
    demand_act(Act.PUBLISH, by, case, now=now)


def of_cases_known(
    by: Actor, rows: Sequence[Advisory], *, now: datetime | None = None
) -> frozenset[int]:
    """Those of these advisories, by primary key, of whose case `by` may know."""
    cases = visible_cases(by, now=now or timezone.now(), one_by_one=True)
    cases = cases.filter(advisory__in=rows)
    return frozenset(cases.values_list("advisory", flat=True))


def _named(public_id: str) -> Q:
    parts = re.fullmatch(r"SEAWALL-([0-9]{4})-([0-9]{1,9})", public_id.strip(), re.I | re.A)
    return Q(year=int(parts[1]), number=int(parts[2])) if parts else Q(pk__in=[])


def _revisions(by: Actor, now: datetime) -> QuerySet[Revision]:
    detailed = visible_cases(by, now=now, at_least=Tier.T2, one_by_one=True)
    detail = Exists(detailed.filter(pk=OuterRef("advisory__case")))
    return Revision.objects.filter(Q(published_at__isnull=False) | Q(detail))


def _detailed(by: Actor, now: datetime) -> QuerySet:  # type: ignore[type-arg]
    """The cases whose advisories `by` may know of before they are published; of a shredded one
    the installation alone, and nobody reads its drafts."""
    at_least = Tier.T0 if by.is_installation else Tier.T2
    return visible_cases(by, now=now, at_least=at_least, one_by_one=True)


def may_read_event(by: Actor, event: Event, now: datetime) -> bool:
    """Whether `by` may read what an event about an advisory says: publications are for everybody,
    all else is for who may read its drafts."""
    found = Advisory.objects.filter(_named(public_id_of(event)))
    if event.what != "advisory.published":
        found = found.filter(case__in=_detailed(by, now).values("pk"))
    return found.exists()
