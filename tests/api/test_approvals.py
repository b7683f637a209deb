"""Approvals and "me" over the API: programs ask and look, only people sign."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.doors import Door
from cases.casework import finding, prove
from parties.members import lead, member, party, person
from seawall.cases.actions import open_case
from seawall.cases.participants import bring_in
from seawall.parties import approvals
from seawall.parties.access import actor_of
from seawall.parties.actions import issue_token
from seawall.parties.models import Approval, ApprovalSignature, Party, Person, Scope
from seawall.vocab.access import MemberRole, Part
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db


def door_of(who: Person, *scopes: Scope) -> Door:
    """A client with a token of that person's one membership."""
    made = issue_token(
        label="scanner",
        scopes=scopes or tuple(Scope),
        life=timedelta(days=1),
        by=actor_of(who),
        now=timezone.now(),
        membership=who.memberships.get(),
    )
    return Door(made.text)


@pytest.fixture
def house() -> Party:
    return party("House", house=True)


@pytest.fixture
def vendor() -> Party:
    return party("Vendor", Party.Role.VENDOR)


@pytest.fixture
def case(home, house, vendor) -> str:
    row = finding()
    prove(row)
    made = open_case(row, by=LOCAL, now=timezone.now())
    bring_in(made, vendor, Part.VENDOR, by=LOCAL, now=timezone.now())
    return made.public_id


def sign(row: Approval, who: Person, of: Party) -> None:
    approvals.sign(
        row,
        party=of.pk,
        digest=row.digest,
        how=ApprovalSignature.How.CONFIRMED,
        evidence={},
        by=actor_of(who),
        now=timezone.now(),
    )


def test_a_program_asks_and_people_sign(case, house, vendor):
    ann, bob = lead("Ann", house), lead("Bob", vendor)
    asking = door_of(ann)
    asked = asking.post("/approvals", {"what": "shredding", "on": case}, status=201)
    assert (asked["on"], asked["approved"], asked["signatures"]) == (case, False, [])
    row = Approval.objects.get()
    assert asked["digest"] == row.digest
    sign(row, ann, house)
    sign(row, bob, vendor)
    told = door_of(bob, Scope.READ).get(f"/approvals/{asked['id']}")
    assert told["approved"]
    assert [each["person"] for each in told["signatures"]] == [ann.public_id, bob.public_id]
    assert [each["id"] for each in asking.get("/approvals")["items"]] == [asked["id"]]


def test_the_same_question_is_one_approval(case, coordinator):
    first, second = (
        coordinator.post("/approvals", {"what": "shredding", "on": case}, status=201)
        for _ in range(2)
    )
    assert first["id"] == second["id"]


def test_a_stranger_learns_of_no_approval(case, coordinator):
    asked = coordinator.post("/approvals", {"what": "shredding", "on": case}, status=201)
    stranger = door_of(lead("Eve", party("Other")))
    assert stranger.get("/approvals")["items"] == []
    hidden = stranger.get(f"/approvals/{asked['id']}", status=404)
    absent = stranger.get("/approvals/AP-999999", status=404)
    assert hidden["detail"].replace(asked["id"], "AP-999999") == absent["detail"]
    missing = stranger.post("/approvals", {"what": "shredding", "on": case}, status=404)
    assert missing["detail"] == f"There is no case {case}."


def test_who_may_not_shred_does_not_ask_for_it(case, vendor):
    refused = door_of(lead("Bob", vendor)).post(
        "/approvals", {"what": "shredding", "on": case}, status=403
    )
    assert "role" in refused["detail"]
    assert Approval.objects.count() == 0


def test_what_takes_no_four_eyes_is_not_asked_for(case, coordinator):
    coordinator.post("/approvals", {"what": "break-glass", "on": case}, status=422)
    absent = {"what": "release under embargo", "on": "SEAWALL-2026-0001"}
    coordinator.post("/approvals", absent, status=404)


def test_me_says_for_whom_a_token_acts(home, vendor):
    vi = person("Vi")
    own = member(vi, vendor, MemberRole.VIEWER)
    told = door_of(vi, Scope.READ).get("/me")
    assert told.pop("token") == own.tokens.get().key
    assert told == {
        "label": "scanner",
        "scopes": ["read"],
        "person": vi.public_id,
        "seats": [
            {
                "party": vendor.public_id,
                "name": "Vendor",
                "roles": ["vendor"],
                "role": "viewer",
                "admin": False,
                "house": False,
            }
        ],
    }


def test_me_of_a_token_of_the_installation_has_no_seats(reader):
    told = reader.get("/me")
    assert (told["person"], told["seats"], told["scopes"]) == ("", [], ["read"])
