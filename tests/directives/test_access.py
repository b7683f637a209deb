"""What directives demand of a party is its own and the authorities' to see."""

from datetime import timedelta
from typing import Any

import pytest

from inventory.test_access import exposed, system
from parties import seats
from parties.members import NOON, party
from seawall.directives import access
from seawall.directives.models import Obligation
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor

pytestmark = pytest.mark.django_db


def obligation(of: Party, name: str, *, directive: str = "BOD 26-04", **more: Any) -> Obligation:
    asset = of.assets.filter(name=name).first() or system(of, name)
    return Obligation.objects.create(
        exposure=exposed(asset),
        directive=directive,
        directive_version="1",
        row=1,
        outcome="14 days",
        forensics=False,
        binding=True,
        started_at=NOON,
        due_at=NOON + timedelta(days=Obligation.objects.count()),
        answers={},
        explanation="",
        computed_at=NOON,
        **more,
    )


@pytest.fixture
def agency() -> Party:
    return party("Agency", Party.Role.DEPLOYER)


@pytest.fixture
def member(agency) -> Actor:
    return seats.person(seats.seat(agency))


@pytest.fixture
def authority() -> Actor:
    return seats.person(seats.seat(party("CISA", Party.Role.AUTHORITY), MemberRole.VIEWER))


@pytest.mark.parametrize("many", [0, 1, 5_000])
def test_obligations_are_their_owners_and_the_authorities(
    many, agency, member, authority, monkeypatch
):
    monkeypatch.setattr(access, "_MANY", many)  # gathered, or looked at one after the other
    ours = obligation(agency, "portal")
    theirs = obligation(party("Other"), "portal")
    house = seats.person(seats.seat(party("House", house=True), MemberRole.LEAD))
    assert list(access.obligations(member)) == [ours]
    assert list(access.obligations(house)) == []
    for by in (authority, LOCAL, seats.token("read")):
        assert list(access.obligations(by)) == [ours, theirs]
    assert access.obligation(member, ours.public_id) == ours
    for id in (theirs.public_id, "O-999999", "x", ""):
        with pytest.raises(NotFound, match=f"There is no obligation {id}"):
            access.obligation(member, id)


def test_they_are_narrowed(agency, member):
    first = obligation(agency, "portal")
    second = obligation(agency, "archive", directive="BOD 22-01")
    closed = obligation(agency, "portal", closed_at=NOON, closed_as="remediated")
    assert list(access.obligations(member)) == [first, second]
    assert list(access.obligations(member, asset="archive")) == [second]
    assert list(access.obligations(member, directive="BOD 22-01")) == [second]
    assert list(access.obligations(member, include_closed=True)) == [first, second, closed]
    assert access.obligation(member, closed.public_id) == closed


def test_its_owners_members_close_one(agency, member, authority):
    row = obligation(agency, "portal")
    access.demand_close(member, row)
    for by in (authority, seats.person(seats.seat(agency, MemberRole.VIEWER))):
        with pytest.raises(NotPermitted):
            access.demand_close(by, row)


@pytest.mark.parametrize("by", [PUBLIC, seats.token("submit", "coordinate")])
def test_who_may_not_read_gets_nothing(by):
    with pytest.raises(NotPermitted):
        access.obligations(by)


def test_events_are_for_who_sees_the_obligation(agency, member, authority):
    row = obligation(agency, "portal", closed_at=NOON, closed_as="remediated")
    obligation(stranger := party("Other"), "portal")
    event = Event(on=f"obligation:{row.public_id}", what="obligation.closed")
    other = seats.person(seats.seat(stranger))
    asked = [access.may_read_event(by, event, NOON) for by in (member, authority, other)]
    assert asked == [True, True, False]
