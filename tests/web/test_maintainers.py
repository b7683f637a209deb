"""The maintainer's view: what was handed over, what to do next, and at which pace more comes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.casework import finding
from cases.roomwork import READY, proven
from seawall.cases import actions, budgets, handovers
from seawall.cases.models import Case, Handover
from seawall.core.cvd import CvdEvent
from seawall.vocab.actors import LOCAL
from web.people import party

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(home) -> Case:
    party("House CERT", "coordinator", is_house=True)
    return proven(reporter="Deep Lab", at=timezone.now(), **READY)


def hand(case: Case) -> Handover:
    vendor = party("Pallets", "vendor")
    row = handovers.ask(case, vendor, by=LOCAL, now=timezone.now())
    handovers.hand_over_due(vendor, by=LOCAL, now=timezone.now())
    row.refresh_from_db()
    return row


def test_a_case_shows_what_to_do_next_and_is_acknowledged(visit, case):
    row = hand(case)
    vendor = visit("vendor")
    text = vendor.get("/maintainer")
    assert "Escape" in text and "Say that you have it, or decline it with a reason." in text
    vendor.post(f"/maintainer/handovers/{row.public_id}", {"answer": "acknowledge"})
    text = vendor.get("/maintainer")
    assert "in work" in text and "say when a fix will be out" in text


def test_a_case_is_declined_with_a_reason_only(visit, case):
    row = hand(case)
    vendor = visit("vendor")
    url = f"/maintainer/handovers/{row.public_id}"
    vendor.post(url, {"answer": "decline"})
    assert "say why it is declined" in vendor.get("/maintainer")
    vendor.post(url, {"answer": "decline", "words": "Not ours."})
    assert "Nothing waits for you" in vendor.get("/maintainer")


def test_urgent_cases_stand_first(visit, case):
    hand(case)
    hot = proven("Hot", reporter="Bo Lab", at=timezone.now(), **READY)
    actions.observe(hot, CvdEvent.ATTACKS_OBSERVED, by=LOCAL, now=timezone.now())
    hand(hot)
    text = visit("vendor").get("/maintainer")
    assert text.index(hot.public_id) < text.index(case.public_id)
    assert "urgent" in text


def test_one_case_and_three_cost_the_same_queries(visit, case, count_queries):
    hand(case)
    vendor = visit("vendor")
    vendor.get("/maintainer")
    one = count_queries(lambda: vendor.get("/maintainer"))
    budgets.set_budget(
        party("Pallets", "vendor"),
        budgets.Wanted(per_week=9, open_at_once=9),
        by=LOCAL,
        now=timezone.now(),
    )
    for name in ("Second", "Third"):
        hand(proven(name, reporter=f"{name} Lab", at=timezone.now(), **READY))
    assert vendor.get("/maintainer").count("Say that you have it, or decline") == 3
    assert count_queries(lambda: vendor.get("/maintainer")) == one


def test_the_pace_is_set_paused_and_resumed(visit, case):
    vendor, mine = visit("vendor"), party("Pallets", "vendor")
    url = f"/maintainer/{mine.public_id}/budget"
    wanted = {"per_week": "2", "open_at_once": "3", "batch": "1", "raw_feed": "on"}
    vendor.post(url, wanted)
    row = budgets.row_of(mine)
    assert (row.per_week, row.open_at_once, row.raw_feed) == (2, 3, True)
    until = (timezone.now() + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    vendor.post(url, wanted | {"paused_until": until})
    assert "Only what is urgent comes." in vendor.get("/maintainer")
    vendor.post(url, {"resume": "yes"})
    assert "Only what is urgent comes." not in vendor.get("/maintainer")
    vendor.post(url, wanted | {"per_week": "0"})
    assert "Cases a week" in vendor.get("/maintainer")


def test_the_raw_feed_is_shown_by_opt_in_and_only_of_ones_products(visit, case):
    vendor, mine = visit("vendor"), party("Pallets", "vendor")
    finding("Maybe", target="pkg:pypi/flask@1", reporter="Bo Lab")
    assert "Raw feed" not in vendor.get("/maintainer")
    now = timezone.now()
    budgets.set_budget(mine, budgets.Wanted(raw_feed=True), by=LOCAL, now=now)
    assert "have not said yet which products" in vendor.get("/maintainer")
    budgets.set_budget(mine, budgets.Wanted(products=["pkg:pypi/flask"]), by=LOCAL, now=now)
    assert "Maybe" in vendor.get("/maintainer")


def test_others_see_nothing_of_a_vendors_view(visit, case):
    row = hand(case)
    mine = party("Pallets", "vendor").public_id
    finder = visit("finder")
    assert "Nothing was handed to you" in finder.get("/maintainer")
    finder.get(f"/maintainer?vendor={mine}", 404)
    finder.post(f"/maintainer/{mine}/budget", {"per_week": "9"}, 404)
    finder.post(f"/maintainer/handovers/{row.public_id}", {"answer": "decline"}, 404)


def test_coordinators_look_at_any_vendors_view_and_see_what_waits(visit, case):
    hand(case)
    waiting = proven("Bare", reporter="Bo Lab", at=timezone.now())
    mine = party("Pallets", "vendor")
    handovers.ask(waiting, mine, by=LOCAL, now=timezone.now())
    text = visit("coordinator").get(f"/maintainer?vendor={mine.public_id}")
    assert "Escape" in text and "wait (told to coordinators alone)" in text
    assert "coordinators alone" not in visit("vendor").get("/maintainer")
