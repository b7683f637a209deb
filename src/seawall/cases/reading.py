"""How much of a case somebody may read: the facts for the policy, and the same rule as a query."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from seawall.cases.models import Bar, Case, Participant, ReadIn
from seawall.core import access as rules
from seawall.core.access import CaseFacts
from seawall.findings.reading import MANY
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


def visible_cases(
    by: Actor, *, now: datetime, at_least: Tier = Tier.T0, one_by_one: bool | None = None
) -> QuerySet[Case]:
    """The cases of which `by` may read `at_least` that tier; `core.access.tier_of` as a query.

    What names a party or a person is gathered by its index, so that somebody with few cases
    does not look at all of them; the house looks at each row of the page. `one_by_one` lets others
    do so too: for a single case, and for who sees many; None finds out.
    """
    rows = Case.objects.all()
    if by.kind is ActorKind.TOKEN and rules.READ not in by.scopes:
        return rows.none()
    if at_least > Tier.T0:
        rows = rows.filter(shredded_at=None)
    if by.is_installation:
        return rows
    if one_by_one is None:
        one_by_one = sees_many(by, at_least=at_least, most=MANY)
    opened = Q(pk__in=[])
    for seat in by.seats:
        opened |= _opened_by(seat, by, now, at_least, one_by_one=one_by_one)
    return rows.filter(opened & ~Exists(_bars(OuterRef("pk"), person=by.person)))


def sees_many(by: Actor, *, at_least: Tier, most: int) -> bool:
    """Whether `by` may read `at_least` that tier of more than `most` cases, as far as two indexes
    tell: those in which its parties take part, and those whose summary is open to all."""
    if any(seat.is_house for seat in by.seats):
        return True
    own = Participant.objects.filter(party__in=by.parties, left_at=None)
    public = Case.objects.filter(tlp__in=_OPEN)
    asked = (own, public) if at_least <= Tier.T1 else (own,)
    counted = (rows.order_by().values("pk")[: most + 1].count() for rows in asked)
    return any(count > most for count in counted)


def _opened_by(seat: Seat, by: Actor, now: datetime, at_least: Tier, *, one_by_one: bool) -> Q:
    """What one seat opens, unless its party is barred."""
    granted = [_as_reader(by, now, at_least)]
    if at_least <= rules.ROLE_LIMIT[seat.role]:
        granted += [
            _as_participant(seat, now, at_least),
            _as_partys_reader(seat, now, at_least),
        ]
    if one_by_one:
        here = [Q(Exists(each.filter(case=OuterRef("pk")))) for each in granted]
        opened = reduce(or_, here)
    else:
        opened = Q(pk__in=granted[0].union(*granted[1:]))
    if at_least <= Tier.T1:
        opened |= Q(tlp__in=_OPEN) & ~_holds(now)
    if seat.is_house and at_least <= rules.HOUSE_TIER[seat.role]:
        opened = opened | ~Q(tlp=Tlp.RED.value) if at_least > Tier.T0 else ~Q(pk__in=[])
    return opened & ~Exists(_bars(OuterRef("pk"), party=seat.party))


def _as_participant(seat: Seat, now: datetime, at_least: Tier) -> QuerySet[Any, Any]:
    """Cases in which the seat's party takes part and, above T0, accepted what holds."""
    rows = Participant.objects.filter(party=seat.party, left_at=None)
    if at_least > Tier.T0:
        unbound = _holds(now, "case__") & ~Q(consented_until__gte=F("case__embargo_ends_at"))
        rows = rows.filter(tier__gte=at_least).exclude(case__tlp=Tlp.RED.value).exclude(unbound)
    return rows.order_by().values("case")


def _as_partys_reader(seat: Seat, now: datetime, at_least: Tier) -> QuerySet[Any, Any]:
    """Cases to which all members of the party are read in; RED is for named people only."""
    rows = _read_ins(now, at_least).filter(party=seat.party)
    return rows.exclude(case__tlp=Tlp.RED.value).values("case")


def _as_reader(by: Actor, now: datetime, at_least: Tier) -> QuerySet[Any, Any]:
    """Cases to which the person is read in by name."""
    return _read_ins(now, at_least).filter(person=by.person, person__isnull=False).values("case")


def _read_ins(now: datetime, at_least: Tier) -> QuerySet[ReadIn]:
    rows = ReadIn.objects.filter(revoked_at=None, starts_at__lte=now, ends_at__gt=now)
    return rows.filter(tier__gte=at_least).order_by()


def _holds(now: datetime, prefix: str = "") -> Q:
    """`embargo_holds` as a condition."""
    return Q((f"{prefix}embargo_state__in", HOLDING), (f"{prefix}embargo_ends_at__gt", now))


def _bars(case: OuterRef, **whom: int | None) -> QuerySet[Bar]:
    """The bars in force of a person or a party; none of nobody."""
    rows = Bar.objects.filter(case=case, lifted_at=None)
    return rows.none() if None in whom.values() else rows.filter(**whom)


_OPEN = [Tlp.GREEN.value, Tlp.CLEAR.value]
