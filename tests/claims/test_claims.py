"""Claiming, overlaps, what others are told, and how leases end."""

import pytest

from claims.folk import DAY, JINJA, NOON, claimed, member, party, wanted
from seawall.claims import access, actions
from seawall.claims.access import SOMEBODY
from seawall.claims.actions import ClaimRefused, commitment
from seawall.claims.models import Asked, ScanClaim
from seawall.claims.overlaps import AskedTooOften, ask, coverage, overlaps
from seawall.claims.scan_map import scan_map
from seawall.claims.scope import read_scope
from seawall.core.claim_rules import MAX_ASKED_AN_HOUR
from seawall.ledger.models import Event, Outbox
from seawall.parties.access import NotFound, NotPermitted
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC
from seawall.vocab.claims import ClaimState, Closeness, Sharing
from seawall.vocab.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    """Two parties with a member each."""
    ann, bob = party("Ann Lab"), party("Bob Scans")
    return ann, member(ann), bob, member(bob)


def test_a_claim_is_made_with_its_event_and_its_notices(two):
    ann, anna, *_ = two
    row = claimed(anna, ann, versions=">=3").claim
    assert (row.target, row.versions, row.component) == (JINJA, "vers:pypi/>=3", "jinja")
    event = Event.objects.get(what="claim.made")
    assert event.on == f"scanclaim:{row.public_id}"
    assert commitment(row) in event.entry
    due = {(each.topic, each.due_at) for each in Outbox.objects.all()}
    assert due == {
        ("claims.ending", NOON + 6 * DAY),
        ("claims.ended", NOON + 7 * DAY),
    }


def test_the_commitment_to_a_claim_cannot_be_guessed_and_can_be_opened(two):
    ann, anna, *_ = two
    one, other = claimed(anna, ann).claim, claimed(anna, ann).claim
    assert commitment(one) != commitment(other)
    assert commitment(one) == commitment(ScanClaim.objects.get(pk=one.pk))


def test_the_ledger_does_not_say_what_is_scanned(two):
    ann, anna, *_ = two
    row = claimed(anna, ann).claim
    actions.renew(row, until_at=NOON + 10 * DAY, by=anna, now=NOON)
    actions.finish(row, because="Nothing found", by=anna, now=NOON)
    said = "".join(event.entry for event in Event.objects.all())
    for secret in ("jinja", "finder-model", "escapes", "Nothing found", bytes(row.salt).hex()):
        assert secret not in said


def test_an_overlap_is_shown_to_the_second_with_versions_time_and_advice(two):
    ann, anna, bob, bobby = two
    claimed(anna, ann, versions=">=3", exclusive=True)
    done = claimed(bobby, bob, versions="<3.1.5", starts_at=NOON + DAY, days=14)
    [found] = done.overlaps
    assert (found.closeness, found.versions) == (Closeness.SAME, "vers:pypi/>=3|<3.1.5")
    assert (found.starts_at, found.until_at) == (NOON + DAY, NOON + 7 * DAY)
    assert (
        found.advice == "They ask to scan it alone: wait, choose other versions, or talk to them."
    )
    assert ScanClaim.objects.count() == 2


@pytest.mark.parametrize(
    ("versions", "starts", "target"),
    [("<3", NOON, JINJA), (">=3", NOON + 7 * DAY, JINJA), (">=3", NOON, "pkg:npm/jinja2")],
)
def test_other_versions_another_time_or_another_package_do_not_overlap(
    two, versions, starts, target
):
    ann, anna, bob, bobby = two
    claimed(anna, ann, versions=">=3")
    assert claimed(bobby, bob, target, versions, starts_at=starts).overlaps == ()


def test_ones_own_claims_do_not_overlap(two):
    ann, anna, *_ = two
    claimed(anna, ann)
    assert claimed(anna, ann).overlaps == ()


def test_a_package_and_its_repository_may_overlap(two):
    ann, anna, bob, bobby = two
    claimed(anna, ann)
    [found] = claimed(bobby, bob, "https://github.com/pallets/jinja").overlaps
    assert (found.closeness, found.versions) == (Closeness.MAYBE, "")


@pytest.mark.parametrize("end", ["release", "finish", "expire"])
def test_a_claim_that_ended_overlaps_nothing(two, end):
    ann, anna, bob, bobby = two
    row, later = claimed(anna, ann).claim, NOON + 8 * DAY
    if end != "expire":
        getattr(actions, end)(row, by=anna, now=NOON + DAY)
        later = NOON + 2 * DAY
    assert claimed(bobby, bob, starts_at=later, now=later).overlaps == ()


def test_asking_claims_nothing_and_is_counted(two):
    ann, anna, bob, bobby = two
    claimed(anna, ann)
    found = ask(wanted().scope, wanted().lease, party=bob, exclusive=False, by=bobby, now=NOON)
    assert [each.claim.party for each in found] == ["Ann Lab"]
    assert ScanClaim.objects.count() == 1
    assert Asked.objects.filter(party=bob).count() == 1


@pytest.mark.parametrize(
    ("sharing", "name", "model", "purpose"),
    [
        (Sharing.DATES, SOMEBODY, "", ""),
        (Sharing.NAME, "Ann Lab", "", ""),
        (Sharing.ALL, "Ann Lab", "finder-model 3", "Sandbox escapes"),
    ],
)
def test_others_are_told_what_is_shared(two, sharing, name, model, purpose):
    ann, anna, bob, bobby = two
    claimed(anna, ann, sharing=sharing)
    [found] = claimed(bobby, bob).overlaps
    shown = found.claim
    assert (shown.party, shown.model, shown.purpose, shown.is_own) == (name, model, purpose, False)


def test_the_house_sees_every_claim_and_others_their_own(two):
    ann, anna, _, bobby = two
    claimed(anna, ann, sharing=Sharing.DATES)
    house = member(party("House", house=True), MemberRole.VIEWER)
    assert [len(access.claims(by)) for by in (anna, bobby, house, LOCAL)] == [1, 0, 1, 1]
    assert access.view(house, access.claims(house)[0]).model == "finder-model 3"
    with pytest.raises(NotPermitted):
        access.claims(PUBLIC)


def test_a_hidden_and_an_absent_claim_answer_alike(two):
    ann, anna, _, bobby = two
    row = claimed(anna, ann).claim
    answers = set()
    for id in (row.public_id, "S-2026-999999"):
        with pytest.raises(NotFound) as hidden:
            access.claim(bobby, id, now=NOON)
        answers.add(str(hidden.value).replace(id, "X"))
    assert answers == {"There is no claim X."}


def test_a_claim_is_shown_to_who_claims_the_same_while_they_do(two):
    ann, anna, bob, bobby = two
    row = claimed(anna, ann, days=14).claim
    own = claimed(bobby, bob, days=2).claim
    assert access.claim(bobby, row.public_id, now=NOON) == row
    with pytest.raises(NotFound):
        access.claim(bobby, row.public_id, now=NOON + 3 * DAY)
    actions.release(own, by=bobby, now=NOON)
    with pytest.raises(NotFound):
        access.claim(bobby, row.public_id, now=NOON)


def test_a_claim_on_other_versions_does_not_open_it(two):
    ann, anna, bob, bobby = two
    row = claimed(anna, ann, versions="<3").claim
    claimed(bobby, bob, versions=">=3")
    with pytest.raises(NotFound):
        access.claim(bobby, row.public_id, now=NOON)


def test_nobody_changes_anothers_claim(two, monkeypatch):
    ann, anna, bob, bobby = two
    row = claimed(anna, ann).claim
    claimed(bobby, bob)
    monkeypatch.setattr(access.timezone, "now", lambda: NOON)
    with pytest.raises(NotPermitted, match="You act for another party"):
        access.own_claim(bobby, row.public_id)
    viewer = member(ann, MemberRole.VIEWER)
    with pytest.raises(NotPermitted, match="A viewer of the party reads only"):
        access.own_claim(viewer, row.public_id)
    assert access.own_claim(anna, row.public_id) == row


def test_nobody_claims_or_asks_for_another_party(two):
    ann, _, _, bobby = two
    for by in (bobby, member(ann, MemberRole.VIEWER), PUBLIC):
        with pytest.raises(NotPermitted):
            claimed(by, ann)
        with pytest.raises(NotPermitted):
            ask(wanted().scope, wanted().lease, party=ann, exclusive=False, by=by, now=NOON)
    assert not ScanClaim.objects.exists() and not Asked.objects.exists()


def test_a_party_to_claim_for_is_ones_own_and_one_is_more_than_a_viewer(two):
    ann, anna, bob, _ = two
    assert access.party_for(anna) == access.party_for(anna, "ann lab") == ann
    assert access.party_for(LOCAL, bob.public_id) == bob
    with pytest.raises(NotPermitted, match="A viewer of the party reads only"):
        access.party_for(member(ann, MemberRole.VIEWER))
    with pytest.raises(NotFound, match="There is no party Bob Scans"):
        access.party_for(anna, "Bob Scans")
    with pytest.raises(NotPermitted, match="Say for which party"):
        access.party_for(LOCAL)


def test_the_map_shows_of_others_only_what_meets_ones_own(two):
    ann, anna, bob, bobby = two
    own = claimed(anna, ann, versions=">=3").claim
    met = claimed(bobby, bob, versions="<4").claim
    claimed(bobby, bob, versions="<2")
    claimed(bobby, bob, "pkg:pypi/requests")
    shown = scan_map(anna, now=NOON + DAY)
    assert [(each.claim.id, each.overlaps) for each in shown.claims] == [
        (own.public_id, (met.public_id,)),
        (met.public_id, (own.public_id,)),
    ]
    assert len(scan_map(LOCAL, now=NOON + DAY).claims) == 4


def test_the_map_marks_no_overlap_at_different_times(two):
    ann, anna, bob, bobby = two
    claimed(anna, ann)
    claimed(bobby, bob, starts_at=NOON + 8 * DAY)
    assert [each.overlaps for each in scan_map(anna, now=NOON).claims] == [(), ()]


def test_asking_about_ever_more_targets_is_refused_for_a_while(two):
    ann, anna, *_ = two
    for n in range(MAX_ASKED_AN_HOUR):
        claimed(anna, ann, f"pkg:pypi/target-{n}")
    claimed(anna, ann, "pkg:pypi/target-1")
    with pytest.raises(AskedTooOften, match="at most 60 targets an hour"):
        claimed(anna, ann, "pkg:pypi/one-more")
    claimed(anna, ann, "pkg:pypi/one-more", now=NOON + DAY, starts_at=NOON + DAY)


def test_renewing_moves_the_end_and_its_notices(two):
    ann, anna, *_ = two
    row = claimed(anna, ann).claim
    row = actions.renew(row, until_at=NOON + 12 * DAY, by=anna, now=NOON + 5 * DAY)
    assert (row.until_at, row.renewals) == (NOON + 12 * DAY, 1)
    due = Outbox.objects.filter(topic="claims.ended").values_list("due_at", flat=True)
    assert sorted(due) == [NOON + 7 * DAY, NOON + 12 * DAY]
    with pytest.raises(ClaimRefused, match="at most 14 days from now"):
        actions.renew(row, until_at=NOON + 20 * DAY, by=anna, now=NOON + 5 * DAY)


def test_finishing_names_the_report_and_is_done_once(two):
    ann, anna, *_ = two
    row = claimed(anna, ann).claim
    row = actions.finish(row, report="R-2026-000001", by=anna, now=NOON + DAY)
    shown = access.view(anna, row, now=NOON + DAY)
    assert (shown.state, shown.report) == (ClaimState.FINISHED, "R-2026-000001")
    with pytest.raises(ClaimRefused, match="The claim is finished already"):
        actions.release(row, by=anna, now=NOON + DAY)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"days": 15}, ClaimRefused),
        ({"starts_at": NOON - 9 * DAY}, ClaimRefused),
        ({"model": " "}, BadInput),
        ({"purpose": "x" * 501}, BadInput),
    ],
)
def test_a_claim_that_cannot_be_leaves_nothing(two, more, error):
    ann, anna, *_ = two
    with pytest.raises(error):
        claimed(anna, ann, **more)
    assert not ScanClaim.objects.exists() and not Event.objects.exists()
    assert not Outbox.objects.exists()


def test_an_expired_claim_is_noted_once_and_expired_without_it(two):
    ann, anna, *_ = two
    row = claimed(anna, ann).claim
    assert access.view(anna, row, now=NOON + 7 * DAY).state is ClaimState.EXPIRED
    assert not actions.note_end(row, by=LOCAL, now=NOON + 6 * DAY)
    assert actions.note_end(row, by=LOCAL, now=NOON + 7 * DAY)
    assert Event.objects.filter(what="claim.expired").count() == 1


def test_coverage_says_who_scanned_what_when(two):
    ann, anna, bob, bobby = two
    done = claimed(anna, ann, versions="<3").claim
    actions.finish(done, by=anna, now=NOON + DAY)
    claimed(bobby, bob, versions=">=2", sharing=Sharing.DATES)
    planned = claimed(bobby, bob, starts_at=NOON + 20 * DAY).claim
    actions.release(planned, by=bobby, now=NOON)
    found = coverage(read_scope(JINJA, "2.5"), by=bobby, party=bob, now=NOON + 3 * DAY)
    told = [(e.claim.party, e.versions, e.starts_at, e.ends_at) for e in found]
    assert told == [
        ("Ann Lab", "vers:pypi/2.5", NOON, NOON + DAY),
        ("Bob Scans", "vers:pypi/2.5", NOON, NOON + 3 * DAY),
    ]


def test_coverage_without_asking_tells_of_ones_own_only(two):
    ann, anna, _, bobby = two
    claimed(anna, ann)
    at = NOON + DAY
    house = member(party("House", house=True))
    counts = [len(coverage(read_scope(JINJA), by=by, now=at)) for by in (anna, bobby, house, LOCAL)]
    assert counts == [1, 0, 1, 1]
    assert Asked.objects.count() == 1  # of the claim


def test_coverage_since_leaves_out_what_ended_before(two):
    ann, anna, *_ = two
    row = claimed(anna, ann).claim
    actions.release(row, by=anna, now=NOON + DAY)
    since = [NOON + DAY / 2, NOON + 2 * DAY]
    found = [coverage(read_scope(JINJA), by=anna, now=NOON + 5 * DAY, since=at) for at in since]
    assert [len(each) for each in found] == [1, 0]


@pytest.mark.parametrize("count", [1, 3])
def test_overlaps_take_one_query_however_many(two, django_assert_num_queries, count):
    ann, anna, bob, bobby = two
    for _ in range(count):
        claimed(anna, ann)
    given = {"party": bob, "exclusive": False, "by": bobby, "now": NOON}
    with django_assert_num_queries(1):
        assert len(overlaps(wanted().scope, wanted().lease, **given)) == count
