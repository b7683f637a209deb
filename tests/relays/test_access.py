"""Relays are for coordinators who know of the case."""

import pytest

from cases.test_reading import case_of, finding, joined
from parties import seats
from parties.members import NOON, party, person
from seawall.cases.models import Bar, Case
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.relays import access
from seawall.relays.models import Relay
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC

pytestmark = pytest.mark.django_db


def relay_of(case: Case) -> Relay:
    return Relay.objects.create(
        case=case,
        system=Relay.System.MAIL,
        receiver=Party.objects.get(name="CERT"),
        asked_by="x",
        asked_at=NOON,
    )


def test_relays_are_for_the_coordinators_who_know_of_the_case():
    party("CERT")
    house, lab = party("House", house=True), party("Ann Lab")
    cora = seats.person(seats.seat(house, MemberRole.MEMBER), number=person("Cora").pk)
    ann = seats.person(seats.seat(lab, MemberRole.LEAD), number=person("Ann").pk)
    one, other = (relay_of(case_of(finding())) for _ in range(2))
    joined(other.case, lab)
    assert set(access.relays(cora)) == {one, other}
    assert list(access.relays(ann)) == []
    for row in (one, other):
        assert access.relay(cora, f" {row.public_id.lower()} ") == row
    Bar.objects.create(case=one.case, person_id=cora.person, reason="x", by="x", at=NOON)
    assert list(access.relays(cora)) == [other]
    for by, id in ((cora, one.public_id), (ann, other.public_id), (cora, "RL-999"), (cora, "")):
        with pytest.raises(NotFound, match=f"There is no relay {id}"):
            access.relay(by, id)
    for by in (PUBLIC, seats.token("submit")):
        with pytest.raises(NotPermitted):
            access.relays(by)
    assert set(access.relays(LOCAL)) == {one, other}
