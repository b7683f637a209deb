"""What the guards of claims take: scopes, the year of an id, parties that take part."""

import pytest

from claims.folk import DAY, JINJA, NOON, claimed, member, party
from parties import seats
from seawall.claims import access, matching
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL
from seawall.vocab.claims import Closeness, Sharing

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> Party:
    return party("Ann Lab")


def test_tokens_read_and_submit_with_the_scope_alone(lab):
    row = claimed(LOCAL, lab).claim
    reads, submits = seats.token("read"), seats.token("submit")
    assert access.claim(reads, row.public_id) == row
    assert access.own_claim(submits, row.public_id) == row
    assert access.party_for(submits, lab.public_id) == lab
    for ask in (
        lambda: access.claim(submits, row.public_id),
        lambda: access.claims(submits),
        lambda: access.own_claim(reads, row.public_id),
        lambda: access.party_for(reads, lab.public_id),
        lambda: access.sessions(submits),
        lambda: access.session(submits, "X-1"),
        lambda: access.side_in(reads, "X-1"),
    ):
        with pytest.raises(NotPermitted, match="This token lacks the scope"):
            ask()


def test_the_year_belongs_to_the_id(lab):
    row = claimed(LOCAL, lab).claim
    assert access.claim(LOCAL, row.public_id.lower()) == row
    for id in (row.public_id.replace("-2026-", "-2025-"), "x", ""):
        with pytest.raises(NotFound, match=f"There is no claim {id}"):
            access.claim(LOCAL, id)


def test_a_claim_on_something_else_does_not_open_it(lab):
    row = claimed(LOCAL, lab, days=14).claim
    bobby = member(other := party("Bob Scans"))
    claimed(bobby, other, "pkg:npm/lodash", days=14)
    with pytest.raises(NotFound):
        access.claim(bobby, row.public_id, now=NOON + DAY)
    claimed(bobby, other, JINJA, days=14)
    assert access.claim(bobby, row.public_id, now=NOON + DAY) == row


def test_a_report_is_told_to_whom_all_is_shared(lab):
    bobby = member(party("Bob Scans"))
    for sharing, told in ((Sharing.NAME, ""), (Sharing.ALL, "R-2026-000001")):
        row = claimed(LOCAL, lab, sharing=sharing).claim
        row.report = "R-2026-000001"
        shown = access.view(bobby, row, now=NOON)
        assert shown is not None
        assert shown.report == told


def test_a_party_that_left_claims_nothing(lab):
    by = member(lab)
    Party.objects.update(is_active=False)
    for who in (by, LOCAL):
        with pytest.raises(NotFound, match=f"There is no party {lab.public_id}"):
            access.party_for(who, lab.public_id)
    with pytest.raises(NotFound):
        access.other_party("Ann Lab")


def test_a_claim_on_what_may_be_its_repository_opens_it_and_on_another_does_not(lab):
    row = claimed(LOCAL, lab, days=14).claim
    bobby = member(other := party("Bob Scans"))
    claimed(bobby, other, "https://github.com/pallets/flask", days=14)
    with pytest.raises(NotFound):
        access.claim(bobby, row.public_id, now=NOON + DAY)
    made = claimed(bobby, other, "https://github.com/pallets/jinja", days=14)
    assert [each.closeness for each in made.overlaps] == [Closeness.MAYBE]
    assert access.claim(bobby, row.public_id, now=NOON + DAY) == row


def test_the_other_party_is_named_whole_or_by_its_id(lab):
    bob = party("Bob Scans")
    for named in (f" {bob.public_id.lower()}", " bob SCANS "):
        assert access.other_party(named) == bob
    assert access.other_party("Ann Lab") == lab
    for named in ("Bob", "", "P-999", "Nobody"):
        with pytest.raises(NotFound, match=f"There is no party {named}"):
            access.other_party(named)


def test_a_session_is_the_one_of_that_id(lab):
    sides = {"starter": lab, "joiner": party("Bob Scans")}
    rows = [matching.start(**sides, at_most=64, by=member(lab), now=NOON) for _ in range(2)]
    for row in rows:
        assert access.session(LOCAL, f" {row.public_id.lower()}") == row
    for id in ("X-999", "x", ""):
        with pytest.raises(NotFound, match=f"There is no session {id}"):
            access.session(LOCAL, id)
