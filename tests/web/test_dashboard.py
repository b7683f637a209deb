"""The dashboard: the head start, what waits, what is due, what is being worked on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.casework import finding, prove
from seawall.advisories.actions import draft
from seawall.cases.actions import open_case
from seawall.cases.models import Bar, Case
from seawall.cases.participants import bring_in
from seawall.headstart.actions import take_snapshot
from seawall.headstart.models import Snapshot
from seawall.ledger.models import Outbox
from seawall.parties.models import Party
from seawall.vocab.access import Part, Tier
from seawall.vocab.actors import LOCAL
from validation.records import NOON
from web.people import KINDS


@pytest.fixture
def case(home, db) -> Case:
    row = finding("Template text escapes the sandbox", reporter="Deep Lab")
    prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    draft(case, by=LOCAL, now=NOON)
    ends = timezone.now() + timedelta(days=9, hours=1)
    Case.objects.update(embargo_state="active", embargo_ends_at=ends, embargo={"state": "active"})
    Outbox.objects.all().delete()
    return case


def test_before_anything_is_counted_it_says_what_to_do(visit):
    assert "seawall submit FILE" in visit("coordinator").get("/")
    assert "Nothing of yours is here yet" in visit("vendor").get("/")


def test_the_house_sees_the_snapshot_and_what_waits(visit, case):
    take_snapshot(now=timezone.now())
    text = visit("coordinator").get("/")
    assert "Proven by execution" in text and "advisories to publish" in text
    assert "in 9 days" in text
    assert case.public_id in text and "escapes the sandbox" in text


def test_counts_are_read_and_not_made_by_the_page(visit, case):
    Snapshot.objects.create(
        day=timezone.now().date(),
        taken_at=timezone.now(),
        ledger_size=1,
        counts={"reported": 1_234_567, "exposures": 8, "closed": 6},
    )
    text = visit("lead").get("/")
    assert "1,234,567" in text
    assert "75% of the exposure known here is closed" in text


def test_two_days_make_a_trend(visit, case):
    now = timezone.now()
    who = visit("coordinator")
    take_snapshot(now=now)
    assert "polyline" not in who.get("/")
    take_snapshot(now=now - timedelta(days=1))
    assert "polyline" in who.get("/")


@pytest.mark.parametrize("kind", ["vendor", "operator", "nobody"])
def test_who_may_not_know_of_the_case_learns_nothing_of_it(visit, case, kind):
    text = visit(kind).get("/")
    assert case.public_id not in text
    assert "sandbox" not in text


def test_a_participant_sees_the_deadline_as_far_as_their_tier_goes(visit, case):
    who = visit("vendor")
    party = Party.objects.get(name="Pallets")
    bring_in(case, party, Part.VENDOR, tier=Tier.T3, by=LOCAL, now=timezone.now())
    text = who.get("/")  # not yet consented to the embargo: only that it exists
    assert case.public_id in text
    assert "sandbox" not in text
    case.participants.update(consented_until=timezone.now() + timedelta(days=99))
    assert "escapes the sandbox" in who.get("/")


def test_a_barred_coordinator_is_not_reminded_of_the_case(visit, case):
    who = visit("coordinator")
    now = timezone.now()
    Bar.objects.create(case=case, person=who.person, reason="x", by="operator:local", at=now)
    assert case.public_id not in who.get("/")


def test_work_is_followed_quickly_while_there_is_some(visit, case):
    who = visit("coordinator")
    assert 'hx-trigger="every 10s"' in who.get("/live/work")
    row = Outbox.objects.create(topic="validation.wanted", due_at=timezone.now())
    text = who.get("/live/work")
    assert 'hx-trigger="every 1s"' in text and "proofs to run" in text
    row.failed_at = timezone.now()
    row.save()
    assert "jobs were given up" in who.get("/live/work")
    assert "given up" not in visit("finder").get("/live/work")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "nobody"])
def test_the_page_costs_the_same_however_much_there_is(visit, case, kind, count_queries):
    who = visit(kind)
    take_snapshot(now=timezone.now())
    few = count_queries(lambda: who.get("/"))
    for number in range(3):
        row = finding(f"Another {number}", reporter="Deep Lab")
        prove(row, digest=f"{number}" * 64)
        open_case(row, by=LOCAL, now=NOON)
    assert count_queries(lambda: who.get("/")) == few


def test_a_finder_sees_which_of_their_own_wait_for_their_proof(visit, case):
    finder, vendor = visit("finder"), visit("vendor")
    ids = {"finding_id": case.finding.pk}
    Outbox.objects.create(topic="validation.wanted", due_at=timezone.now(), ids=ids)
    assert "<b>1</b> of your findings wait" in finder.get("/live/work")
    assert "Nothing is being worked on" in vendor.get("/live/work")
