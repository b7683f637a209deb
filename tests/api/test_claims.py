"""Scan claims and private matching over the API, by programs of two parties."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from api.doors import Door
from claims.folk import party, token
from dedup.private_hands import terms
from seawall.claims.models import ScanClaim
from seawall.dedup.private_match import Side, answer, deal, matches

pytestmark = pytest.mark.django_db

JINJA = "pkg:pypi/jinja2"
CODE = bytes(16)


@pytest.fixture
def ann(home) -> Door:
    return Door(token(party("Ann Lab")))


@pytest.fixture
def bob(home) -> Door:
    return Door(token(party("Bob Scans")))


def claim(**more) -> dict:
    return {"target": JINJA, "versions": ">=3", "model": "m1", "model_version": "2"} | more


def test_a_dry_run_tells_what_overlaps_and_claims_nothing(ann, bob):
    made = ann.post("/claims", claim(exclusive=True), 201)
    assert made["overlaps"] == [] and made["notice"] == "A claim is advice: it blocks nobody."
    asked = bob.post("/claims?dry_run=true", claim(versions="<3.1.5"))
    assert asked["claim"] is None
    [found] = asked["overlaps"]
    assert (found["versions"], found["claim"]["party"]) == ("vers:pypi/>=3|<3.1.5", "Ann Lab")
    assert found["claim"]["model"] == "" and found["claim"]["is_own"] is False
    assert ScanClaim.objects.count() == 1


def test_an_overlap_does_not_prevent_a_claim(ann, bob):
    ann.post("/claims", claim(exclusive=True), 201)
    assert len(bob.post("/claims", claim(), 201)["overlaps"]) == 1


def test_a_claim_lasts_a_week_unless_it_says_otherwise(ann):
    made = ann.post("/claims", claim(), 201)["claim"]
    row = ScanClaim.objects.get()
    assert row.until_at - row.starts_at == timedelta(days=7)
    until = (timezone.now() + timedelta(days=15)).isoformat()
    refused = ann.post("/claims", claim(until_at=until), 409)
    assert refused["detail"] == "A claim lasts at most 14 days; renew it when it runs out."
    assert ann.get(f"/claims/{made['id']}")["model"] == "m1 2"


def test_a_claim_is_renewed_and_finished_by_its_party_alone(ann, bob):
    id = ann.post("/claims", claim(), 201)["claim"]["id"]
    bob.post(f"/claims/{id}/release", {}, 404)
    bob.post("/claims", claim(), 201)
    bob.post(f"/claims/{id}/release", {}, 403)
    until = (timezone.now() + timedelta(days=12)).isoformat()
    assert ann.post(f"/claims/{id}/renew", {"until_at": until})["state"] == "active"
    ann.post(f"/claims/{id}/finish", {"report": "R-2026-999999"}, 404)
    assert ann.post(f"/claims/{id}/finish", {})["state"] == "finished"
    refused = ann.post(f"/claims/{id}/release", {}, 409)
    assert refused["detail"] == "The claim is finished already."


def test_lists_hold_ones_own_claims_and_say_the_rest_is_not_there(ann, bob):
    id = ann.post("/claims", claim(), 201)["claim"]["id"]
    assert [each["id"] for each in ann.get("/claims")["items"]] == [id]
    assert ann.get("/claims?target=pkg:pypi/other")["items"] == []
    assert bob.get("/claims") == {"items": [], "next": None}
    hidden, absent = (bob.get(f"/claims/{each}", 404) for each in (id, "S-2026-999999"))
    assert hidden["detail"].replace(id, "") == absent["detail"].replace("S-2026-999999", "")


def test_coverage_is_told_as_far_as_it_is_shared(ann, bob):
    ann.post("/claims", claim(sharing="dates only"), 201)
    url = f"/claims/coverage?target={JINJA}&versions=3.1"
    assert bob.get(url)["scans"] == []
    [told] = bob.get(f"{url}&party=Bob Scans")["scans"]
    assert (told["claim"]["party"], told["versions"]) == ("another party", "vers:pypi/3.1")
    bob.get(f"{url}&party=Ann Lab", 404)


def test_a_token_of_the_installation_says_for_whom(door, home):
    party("Ann Lab")
    installation = door("read", "submit")
    refused = installation.post("/claims", claim(), 403)
    assert refused["detail"].startswith("Say for which party")
    assert installation.post("/claims", claim(party="ann lab"), 201)["claim"]["party"] == "Ann Lab"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"versions": "a b"}, "versions"),
        ({"target": "pkg:pypi/"}, "target"),
        ({"model": " "}, "model"),
    ],
)
def test_what_cannot_be_claimed_is_422_and_nothing_is_kept(ann, change, where):
    assert ann.post("/claims", claim(**change), 422).get("where") == where
    assert not ScanClaim.objects.exists()


def test_two_programs_match_in_private(ann, bob):
    opened = ann.post("/matches", {"with": "Bob Scans", "at_most": 64}, 201)
    id = opened["id"]
    assert (opened["side"], bob.get(f"/matches/{id}")["side"]) == ("starter", "joiner")
    given = {"session": opened["name"], "code": CODE, "at_most": 64}
    hands = {
        ann: deal(terms("x", "a"), side=Side.STARTER, **given),
        bob: deal(terms("x", "b"), side=Side.JOINER, **given),
    }
    for door, hand in hands.items():
        door.put(f"/matches/{id}/points", {"data": text(hand.points)})
    theirs = {door: data(door.get(f"/matches/{id}/points")) for door in hands}
    assert theirs == {ann: hands[bob].points, bob: hands[ann].points}
    for door, hand in hands.items():
        door.get(f"/matches/{id}/answer", 409)
        sealed = answer(hand, theirs[door], at_most=64)
        door.put(f"/matches/{id}/answer", {"data": text(sealed)})
    for door, hand in hands.items():
        found = matches(hand, theirs[door], data(door.get(f"/matches/{id}/answer")))
        assert [term.text for term in found] == ["x"]
    shown = ann.get("/matches")["items"][0]
    assert (shown["state"], [h["points"] for h in shown["hands"]]) == ("done", [64, 64])
    assert "points" not in str(shown["hands"][0]["commitment"])


def text(given: bytes) -> str:
    return base64.b64encode(given).decode()


def data(answered: dict) -> bytes:
    return base64.b64decode(answered["data"])


def test_points_of_anything_else_are_422(ann, bob):
    id = ann.post("/matches", {"with": "Bob Scans", "at_most": 64}, 201)["id"]
    for wrong in ("", "%%%", text(bytes(64 * 32)), text(b"\xff" * 32 * 64)):
        ann.put(f"/matches/{id}/points", {"data": wrong}, 422)
    ann.get(f"/matches/{id}/points", 409)


def test_a_session_is_shown_to_its_sides_alone(ann, bob):
    carl = Door(token(party("Carl")))
    id = ann.post("/matches", {"with": "Bob Scans"}, 201)["id"]
    for call in (f"/matches/{id}", f"/matches/{id}/points", f"/matches/{id}/answer"):
        assert carl.get(call, 404)["detail"] == f"There is no session {id}."
    assert bob.post(f"/matches/{id}/end", {"because": "No"})["state"] == "ended"


def test_a_party_that_is_not_there_is_404_and_ones_own_is_422(ann):
    ann.post("/matches", {"with": "Nobody"}, 404)
    ann.post("/matches", {"with": "Ann Lab"}, 422)
