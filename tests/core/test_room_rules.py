"""Tiers given, read-ins, markings, consent: what the rules of a room allow and refuse."""

from datetime import UTC, datetime, timedelta

import pytest

from seawall.core.room_rules import (
    MAX_READ_IN,
    default_tier,
    has_consented,
    may_address,
    may_give,
    may_mark,
    may_mark_part,
    may_read_in,
    may_set_budget,
)
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL, PUBLIC, Actor, ActorKind, Seat
from seawall.vocab.decisions import Allowed, Refused
from seawall.vocab.tlp import Tlp

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def person(party: int = 1, role: MemberRole = MemberRole.LEAD, *, house: bool = False) -> Actor:
    seat = Seat(party=party, party_roles=frozenset(), role=role, is_house=house)
    return Actor(kind=ActorKind.PERSON, id="U-1", person=1, seats=(seat,))


def test_each_part_has_its_tier():
    assert {part: default_tier(part) for part in Part} == {
        Part.COORDINATOR: Tier.T3,
        Part.VENDOR: Tier.T3,
        Part.FINDER: Tier.T1,
        Part.DEPLOYER: Tier.T0,
        Part.OTHER: Tier.T0,
    }


@pytest.mark.parametrize("own", Tier)
@pytest.mark.parametrize("tier", Tier)
def test_nobody_gives_or_addresses_more_than_they_read(own, tier):
    allowed = tier <= own
    assert isinstance(may_give(tier, own=own), Allowed) is allowed
    assert isinstance(may_address(tier, own=own), Allowed) is allowed


@pytest.mark.parametrize(
    ("days", "reason", "tier", "why"),
    [
        (30, "Helps.", Tier.T2, None),
        (90, "Helps.", Tier.T2, None),
        (91, "Helps.", Tier.T2, "90 days at most"),
        (0, "Helps.", Tier.T2, "ends after it begins"),
        (30, "  ", Tier.T2, "says why"),
        (30, "Helps.", Tier.T3, "cannot give T3"),
    ],
)
def test_a_read_in_has_a_reason_an_end_and_a_sponsor_who_reads_as_much(days, reason, tier, why):
    ends = NOW + timedelta(days=days)
    found = may_read_in(tier, own=Tier.T2, starts_at=NOW, ends_at=ends, reason=reason)
    assert isinstance(found, Allowed) if why is None else why in found.reason
    assert timedelta(days=90) == MAX_READ_IN


@pytest.mark.parametrize("wanted", Tlp)
@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_markings_open_only_as_far_as_embargo_and_publication_allow(
    wanted, holds, published, named
):
    found = may_mark(wanted, embargo_holds=holds, published=published, named_readers=named)
    forbidden = (
        (holds and wanted in (Tlp.GREEN, Tlp.CLEAR))
        or (wanted is Tlp.CLEAR and not published)
        or (wanted is Tlp.RED and not named)
    )
    assert isinstance(found, Refused) is forbidden


@pytest.mark.parametrize("wanted", Tlp)
@pytest.mark.parametrize("whole", Tlp)
def test_a_part_is_never_more_open_than_the_whole(wanted, whole):
    allowed = wanted.openness <= whole.openness
    assert isinstance(may_mark_part(wanted, whole=whole), Allowed) is allowed


def test_consent_covers_the_same_terms_and_shorter_ones():
    assert has_consented(NOW, ends_at=NOW)
    assert has_consented(NOW, ends_at=NOW - timedelta(days=1))
    assert not has_consented(NOW, ends_at=NOW + timedelta(seconds=1))
    assert not has_consented(None, ends_at=NOW)
    assert not has_consented(NOW, ends_at=None)


@pytest.mark.parametrize(
    ("who", "products", "allowed"),
    [
        (LOCAL, True, True),
        (PUBLIC, False, False),
        (person(1), False, True),
        (person(1), True, False),
        (person(1, MemberRole.MEMBER), False, False),
        (person(2), False, False),
        (person(9, MemberRole.MEMBER, house=True), True, True),
        (person(9, MemberRole.VIEWER, house=True), False, False),
    ],
)
def test_a_vendors_leads_set_its_pace_and_coordinators_its_products(who, products, allowed):
    assert isinstance(may_set_budget(who, vendor=1, products=products), Allowed) is allowed


def test_a_token_needs_the_scope_to_set_a_budget():
    token = Actor(kind=ActorKind.TOKEN, id="k", scopes=frozenset({"read"}))
    assert isinstance(may_set_budget(token, vendor=1, products=False), Refused)
