"""How much of a case somebody may read: the facts for the policy, and the same rule as a query."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from seawall.cases.models import Bar, Case, Participant, ReadIn
from seawall.core import access as rules
from seawall.core.access import CaseFacts
from seawall.parties.access import demand
from seawall.vocab.access import Act, Part, Tier
from seawall.vocab.actors import Actor, ActorKind, Seat
from seawall.vocab.cases import EmbargoState
from seawall.vocab.tlp import Tlp

HOLDING = (EmbargoState.ACTIVE.value, EmbargoState.REVISE.value)
FOR_FACTS = ("participants", "read_ins", "bars")
"""What `facts_of` reads; lists prefetch it."""


def facts_of(case: Case, *, now: datetime) -> CaseFacts:
    """What decides access to the case, as it is now."""
    holds = embargo_holds(case, now=now)
    return CaseFacts(
        tlp=Tlp(case.tlp),
        embargo_holds=holds,
        shredded=case.shredded_at is not None,
        participants=tuple(
            rules.Participation(
                party=each.party_id,
                part=Part(each.part),
                tier=Tier(each.tier),
                consented=_has_consented(each, case),
            )
            for each in case.participants.all()
            if each.left_at is None
        ),
        read_ins=tuple(
            rules.ReadIn(
                tier=Tier(each.tier),
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                person=each.person_id,
                party=each.party_id,
                revoked=each.revoked_at is not None,
            )
            for each in case.read_ins.all()
        ),
        bars=tuple(
            rules.Bar(person=each.person_id, party=each.party_id)
            for each in case.bars.all()
            if each.lifted_at is None
        ),
    )


def embargo_holds(case: Case, *, now: datetime) -> bool:
    """Whether an embargo is in force at `now`, whatever the clockwork has noticed yet."""
    ends_at = case.embargo_ends_at
    return case.embargo_state in HOLDING and ends_at is not None and now < ends_at


def _has_consented(participant: Participant, case: Case) -> bool:
    until = participant.consented_until
    ends_at = case.embargo_ends_at
    return until is not None and ends_at is not None and ends_at <= until


def tier_of(by: Actor, case: Case, *, now: datetime) -> Tier | None:
    """How much of the case `by` may read; None when not even that it exists."""
    return rules.tier_of(by, facts_of(case, now=now), now=now)


def demand_act(act: Act, by: Actor, case: Case, *, now: datetime) -> None:
    """Raise NotPermitted unless `by` may do `act` in the case."""
    demand(rules.may(act, by, facts_of(case, now=now), now=now))


def visible_cases(by: Actor, *, now: datetime) -> QuerySet[Case]:
    """The cases of which `by` may know; `core.access.tier_of` as a query."""
    rows = Case.objects.all()
    if by.kind is ActorKind.TOKEN and rules.READ not in by.scopes:
        return rows.none()
    if by.is_installation:
        return rows
    if not by.seats:
        return rows.none()
    granted = Q(pk__in=[])
    for seat in by.seats:
        granted |= _through(seat, by, now)
    if by.person is not None:
        granted &= ~Exists(
            Bar.objects.filter(case=OuterRef("pk"), person=by.person, lifted_at=None)
        )
    return rows.filter(granted)


def _through(seat: Seat, by: Actor, now: datetime) -> Q:
    """What one seat opens, unless its party is barred."""
    here = OuterRef("pk")
    grant = Q() if seat.is_house else _granted(seat, by, now)
    barred = Bar.objects.filter(case=here, party=seat.party, lifted_at=None)
    return grant & ~Q(Exists(barred))


def _granted(seat: Seat, by: Actor, now: datetime) -> Q:
    here = OuterRef("pk")
    takes_part = Participant.objects.filter(case=here, party=seat.party, left_at=None)
    read_ins = ReadIn.objects.filter(
        case=here, revoked_at=None, starts_at__lte=now, ends_at__gt=now
    )
    holds = Q(embargo_state__in=HOLDING, embargo_ends_at__gt=now)
    grant = Q(Exists(takes_part))
    grant |= ~Q(tlp=Tlp.RED.value) & Q(Exists(read_ins.filter(party=seat.party)))
    if by.person is not None:
        grant |= Q(Exists(read_ins.filter(person=by.person)))
    return grant | (Q(tlp__in=[Tlp.GREEN.value, Tlp.CLEAR.value]) & ~holds)
