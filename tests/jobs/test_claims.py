"""What happens when scan claims and private matching end, and who is told."""

import pytest

from claims.folk import DAY, NOON, claimed, member, party
from seawall.claims import actions, matching
from seawall.claims.models import MatchHand
from seawall.core.ways_out import Say, Way
from seawall.jobs.carry_out import carry_out
from seawall.jobs.queue import due
from seawall.jobs.subjects import audience_of, subject_of
from seawall.ledger.models import Event
from seawall.vocab.access import Tier

pytestmark = pytest.mark.django_db


def work_until(now) -> None:
    """Carry out what is due of claims and matches."""
    for row in due(now=now, limit=100):
        if row.topic.startswith(("claims.", "matches.")):
            carry_out(row.id, now=now)


def noted() -> list[str]:
    words = ("claim.ending", "claim.expired")
    return list(Event.objects.filter(what__in=words).values_list("what", flat=True))


def test_the_end_is_told_a_day_before_and_when_it_comes():
    ann = party("Ann Lab")
    claimed(member(ann), ann)
    work_until(NOON + 5 * DAY)
    assert noted() == []
    work_until(NOON + 6 * DAY)
    assert noted() == ["claim.ending"]
    work_until(NOON + 7 * DAY)
    assert noted() == ["claim.ending", "claim.expired"]


def test_a_renewed_claim_is_told_of_its_new_end_only():
    ann = party("Ann Lab")
    anna = member(ann)
    row = claimed(anna, ann).claim
    actions.renew(row, until_at=NOON + 14 * DAY, by=anna, now=NOON + DAY)
    work_until(NOON + 8 * DAY)
    assert noted() == []
    work_until(NOON + 15 * DAY)
    assert noted() == ["claim.expired"]


@pytest.mark.parametrize("end", ["release", "finish"])
def test_of_an_ended_claim_nothing_more_is_told(end):
    ann = party("Ann Lab")
    anna = member(ann)
    row = claimed(anna, ann).claim
    getattr(actions, end)(row, by=anna, now=NOON + DAY)
    work_until(NOON + 20 * DAY)
    assert noted() == []


def test_notes_are_made_once_however_often_asked():
    ann = party("Ann Lab")
    anna = member(ann)
    row = claimed(anna, ann).claim
    for _ in range(2):
        actions.note_ending(row, by=anna, now=NOON + 6 * DAY)
    for _ in range(2):
        actions.note_end(row, by=anna, now=NOON + 7 * DAY)
    assert noted() == ["claim.ending", "claim.expired"]


def test_an_expired_session_is_forgotten_by_the_job():
    ann, bob = party("Ann Lab"), party("Bob Scans")
    row = matching.start(starter=ann, joiner=bob, at_most=64, by=member(ann), now=NOON)
    MatchHand.objects.create(
        session=row, party=ann, size=64, points=b"x", commitment="c", sent_at=NOON
    )
    work_until(NOON + 6 * DAY)
    assert bytes(MatchHand.objects.get().points) == b"x"
    work_until(NOON + 7 * DAY)
    assert bytes(MatchHand.objects.get().points) == b""


def test_the_party_that_is_overlapped_is_told_and_nobody_else():
    ann, bob, carl = party("Ann Lab"), party("Bob Scans"), party("Carl")
    anna, bobby, _ = member(ann), member(bob), member(carl)
    claimed(anna, ann)
    claimed(bobby, bob)
    event = Event.objects.get(what="claim.overlapped")
    told = audience_of(subject_of(event.on, now=NOON), tier=Tier.T0, without=event.by, now=NOON)
    assert [person.pk for person in told.people] == [anna.person]
    assert [each.name for each in told.parties] == ["Ann Lab"]
    assert subject_of(event.on, now=NOON).say(to=bobby, way=Way.MAIL, now=NOON) is Say.NOTHING
    assert subject_of(event.on, now=NOON).say(to=anna, way=Way.MAIL, now=NOON) is Say.STATE


def test_both_sides_of_a_session_are_told_but_for_who_began_it():
    ann, bob = party("Ann Lab"), party("Bob Scans")
    anna, bobby = member(ann), member(bob)
    matching.start(starter=ann, joiner=bob, at_most=64, by=anna, now=NOON)
    event = Event.objects.get(what="match.started")
    told = audience_of(subject_of(event.on, now=NOON), tier=Tier.T0, without=event.by, now=NOON)
    assert [person.pk for person in told.people] == [bobby.person]


def test_what_is_gone_is_nothing_to_tell_of():
    assert subject_of("scanclaim:S-2026-000001", now=NOON) is None
    assert subject_of("match:X-1", now=NOON) is None
