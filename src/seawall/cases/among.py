"""Access to few cases at once: candidates that an index gave, each judged by the policy."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from seawall.cases.models import Case, Handover, Participant
from seawall.cases.reading import FOR_FACTS, HOLDING, tier_of
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor

MOST = 50


def readable_among(
    by: Actor, candidates: QuerySet[Case], *, now: datetime, at_least: Tier = Tier.T1
) -> list[Case]:
    """Those of the newest MOST candidates of which `by` may read `at_least` that tier, newest
    first; a fixed number of queries."""
    require(by, Scope.READ)
    rows = candidates.filter(merged_into=None).prefetch_related(*FOR_FACTS).order_by("-pk")
    held = ((row, tier_of(by, row, now=now)) for row in rows[:MOST])
    return [row for row, tier in held if tier is not None and tier >= at_least]


def taken_part_in(by: Actor) -> QuerySet[Case]:
    """The cases in which a party of `by` takes part; whoever shows one of these asks
    `readable_among` first."""
    require(by, Scope.READ)
    mine = Participant.objects.filter(party__in=by.parties, left_at=None).order_by()
    return Case.objects.filter(pk__in=mine.values("case"), merged_into=None)


def to_consent(by: Actor, *, now: datetime) -> QuerySet[Case]:
    """Those whose embargo in force a party of `by` has not accepted."""
    require(by, Scope.READ)
    holding = Case.objects.filter(
        embargo_state__in=HOLDING, embargo_ends_at__gt=now, merged_into=None
    )
    bound = Participant.objects.filter(case=OuterRef("pk"), party__in=by.parties, left_at=None)
    until = Q(consented_until=None) | Q(consented_until__lt=OuterRef("embargo_ends_at"))
    return holding.filter(Exists(bound.filter(until).order_by()))


def unanswered(by: Actor) -> QuerySet[Handover]:
    """Cases that a party of `by` was handed and has neither taken up nor declined."""
    require(by, Scope.READ)
    state = Handover.State.HANDED_OVER
    return Handover.objects.filter(vendor__in=by.parties, state=state).order_by("pk")
