"""Who is told of reviews, partners and access to models, and how little leaves by mail."""

from datetime import datetime

import pytest
from django.utils import timezone

from reviews.folk import NOW, Folk, designated, drafted, folk
from seawall.core.notice_events import EVENTS
from seawall.core.ways_out import Say, Way
from seawall.formats.webhook_events import write_event
from seawall.jobs.subjects import audience_of, subject_of
from seawall.ledger.models import Event
from seawall.parties.access import actor_for
from seawall.parties.models import Party
from seawall.reviews import grants, partners, submissions
from seawall.reviews.models import Grant, Submission
from seawall.vocab.access import Tier
from seawall.vocab.reviews import PartnerKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def them() -> Folk:
    return folk()


def _told(on: str, event: str, *, now: datetime = NOW) -> set[str]:
    """First names of those who are told of an event, and parties' names."""
    subject = subject_of(on, event=event, now=now)
    if subject is None:
        return set()
    found = audience_of(subject, tier=EVENTS[event].tier or Tier.T0, without="", now=now)
    return {person.name for person in found.people}


def _granted(them: Folk) -> Grant:
    partner = designated(them)
    submissions.submit(drafted(them), by=them.ada, now=NOW)
    Submission.objects.update(state="determined")
    row = submissions.open_window(Submission.objects.get(), by=them.ada, now=NOW)
    made = grants.request(
        submission=row,
        partner=partner,
        purpose="wards",
        starts_at=NOW,
        ends_at=row.closes_at,
        by=them.ada,
        now=NOW,
    )
    return grants.approve(made, by=them.olu, now=NOW)


def test_of_a_model_its_lab_the_official_and_the_evaluator_are_told(them):
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    for event in EVENTS:
        if event.startswith("submission."):
            on = f"submission:{row.public_id}"
            assert _told(on, event) == {"Ada", "Olu", "Eva"}, event


def test_of_a_draft_nobody_is_told(them):
    row = drafted(them)
    assert _told(f"submission:{row.public_id}", "submission.submitted") == set()


def test_of_an_application_who_applies_the_lab_and_the_official_are_told(them):
    row = partners.apply(
        party=them.hospital,
        lab=them.lab,
        kind=PartnerKind.HOSPITAL,
        statement="wards",
        by=them.hal,
        now=NOW,
    )
    for event in EVENTS:
        if event.startswith("partner."):
            on = f"partner:{row.public_id}"
            assert _told(on, event) == {"Hal", "Ada", "Olu"}, event


def test_a_partner_is_told_of_its_access_and_not_of_what_was_noticed(them):
    on = f"grant:{_granted(them).public_id}"
    for event in ("grant.approved", "grant.revoked"):
        assert _told(on, event) == {"Hal", "Ada", "Olu"}
    for event in ("grant.signal", "gateway.stopped"):
        assert _told(on, event) == {"Ada", "Olu"}


def test_the_events_that_people_are_told_of_are_those_of_the_ledger(them):
    row = _granted(them)
    grants.revoke(row, because="So.", by=them.ada, now=NOW)
    submissions.withdraw(row.submission, by=them.ada, now=NOW)
    partners.revoke(row.partner, because="So.", by=them.olu, now=NOW)
    heard = set(Event.objects.values_list("what", flat=True)) & set(EVENTS)
    assert heard == {
        "partner.applied",
        "partner.selected",
        "partner.designated",
        "partner.revoked",
        "submission.submitted",
        "submission.window_opened",
        "submission.withdrawn",
        "grant.approved",
        "grant.revoked",
    }


@pytest.mark.parametrize("way", [Way.MAIL, Way.WEBHOOK])
def test_of_a_model_and_of_an_application_only_the_id_leaves(them, way):
    row = _granted(them)
    lab = actor_for(Party.objects.get(name="Osprey Labs"))
    for on, event in (
        (f"submission:{row.submission.public_id}", "submission.determined"),
        (f"partner:{row.partner.public_id}", "partner.designated"),
    ):
        subject = subject_of(on, event=event, now=NOW)
        say = subject.say(to=lab, way=way, now=NOW)
        assert say is Say.ID
        body = write_event(
            event=event,
            at=timezone.now(),
            id=subject.id,
            facts={"verdict": "covered"},
            title=subject.title,
            say=say,
        )
        assert body == (b'{"data":{"id":"' + subject.id.encode() + b'"},"type":"something.new"}')


def test_nothing_leaves_to_who_has_no_part_in_it(them):
    row = _granted(them)
    for name in ("House", "St. Elsewhere", "Bench"):
        to = actor_for(Party.objects.get(name=name))
        for kind, event, known in (
            (f"submission:{row.submission.public_id}", "submission.determined", {"Bench"}),
            (f"partner:{row.partner.public_id}", "partner.revoked", {"St. Elsewhere"}),
            (f"grant:{row.public_id}", "grant.approved", {"St. Elsewhere"}),
            (f"grant:{row.public_id}", "grant.signal", set()),
        ):
            said = subject_of(kind, event=event, now=NOW).say(to=to, way=Way.MAIL, now=NOW)
            assert (said > Say.NOTHING) == (name in known), (name, event)
