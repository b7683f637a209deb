"""The audit trail: filters, proofs, the check of the whole, and what a bar keeps away."""

import html
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.utils import timezone

from cases.casework import finding, prove
from seawall.advisories.actions import draft, publish
from seawall.cases.actions import open_case
from seawall.cases.models import Bar, Case
from seawall.inventory.actions import describe_asset
from seawall.jobs import carry_out
from seawall.ledger.actions import record
from seawall.ledger.leaves import leaf_of
from seawall.ledger.models import Event, LedgerCheck, Outbox
from seawall.signing.merkle import leaf_hash
from seawall.vocab.actors import LOCAL
from seawall.vocab.ssvc import SystemClass
from validation.records import NOON
from web.people import party, visitor


@pytest.fixture
def case(home, db) -> Case:
    row = finding()
    prove(row)
    return open_case(row, by=LOCAL, now=NOON)


def indexes(text: str) -> set[int]:
    import re

    return {int(each) for each in re.findall(r"/audit/events/(\d+)", text)}


def test_events_are_narrowed_by_what_who_about_and_when(visit, case):
    who = visit("coordinator")
    opened = Event.objects.get(what="case.opened")
    assert indexes(who.get("/audit?what=case.opened")) == {opened.index}
    assert opened.index in indexes(who.get(f"/audit?on={case.public_id.lower()}"))
    assert opened.index in indexes(who.get(f"/audit?on={opened.on}&by={opened.by}"))
    assert indexes(who.get("/audit?by=nobody")) == set()
    day = f"{opened.at:%Y-%m-%d}"
    assert opened.index in indexes(who.get(f"/audit?since={day}&until={day}"))
    assert opened.index not in indexes(who.get("/audit?until=2020-01-01"))
    assert "No event matches" in who.get("/audit?until=2020-01-01")


def test_a_filter_that_makes_no_sense_says_so_and_narrows_nothing(visit, case):
    text = visit("coordinator").get("/audit?since=tomorrow&what=nothing")
    assert "Enter a valid date." in text
    assert indexes(text)


def test_an_event_is_shown_with_a_proof_that_is_recomputed(visit, case):
    who = visit("coordinator")
    index = Event.objects.get(what="case.opened").index
    text = who.get(f"/audit/events/{index}")
    assert ">in the ledger<" in text
    who.get("/audit/events/999999", 404)


def test_an_event_is_shown_with_what_the_public_log_holds_of_it(visit, case):
    who = visit("coordinator")
    row = Event.objects.get(what="case.opened")
    text = who.get(f"/audit/events/{row.index}")
    assert "A commitment" in text
    assert bytes(row.salt).hex() in text
    assert html.escape(leaf_of(row).decode()) in text
    assert leaf_hash(leaf_of(row)).hex() in text
    public = record(by=LOCAL, what="feed.published", on="feed:1", at=NOON)
    text = who.get(f"/audit/events/{public.index}")
    assert "everybody may read it" in text
    assert "A commitment" not in text
    assert ">in the ledger<" in text


def test_an_altered_event_is_not_in_the_ledger(visit, case):
    who = visit("coordinator")
    index = Event.objects.get(what="case.opened").index
    _alter(index)
    assert ">not in the ledger<" in who.get(f"/audit/events/{index}")


def _alter(index: int) -> None:
    """Do what nobody can do by accident: change an event past its triggers."""
    entry = Event.objects.get(index=index).entry.replace("case.opened", "case.closed")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER ledger_event_no_update")
        else:
            cursor.execute("ALTER TABLE ledger_event DISABLE TRIGGER ALL")
        cursor.execute('UPDATE ledger_event SET entry = %s WHERE "index" = %s', [entry, index])


def test_who_is_barred_from_a_case_does_not_learn_of_it_here(visit, case):
    who, other = visit("coordinator"), visit("lead")
    about = Event.objects.filter(entry__contains=case.public_id).values_list("index", flat=True)
    hidden = set(about) | set(
        Event.objects.filter(entry__contains=case.finding.public_id).values_list("index", flat=True)
    )
    assert hidden <= indexes(who.get("/audit"))
    Bar.objects.create(
        case=case,
        person=who.person,
        reason="Works for the vendor",
        by="operator:local",
        at=timezone.now(),
    )
    assert not hidden & indexes(who.get("/audit"))
    for index in hidden:
        who.get(f"/audit/events/{index}", 404)
    assert hidden <= indexes(other.get("/audit"))


def test_events_about_the_systems_of_others_are_not_the_houses(visit, case):
    """The house reads nobody's systems (docs/access.md), not by the trail either."""
    house = party("House CERT", "coordinator", is_house=True)
    operator = party("Operator Ltd", "deployer")
    theirs, ours = (
        describe_asset(
            owner=owner,
            name="web",
            system_class=SystemClass.NSS,
            publicly_exposed=True,
            by=LOCAL,
            now=NOON,
        )
        for owner in (operator, house)
    )
    for kind in ("coordinator", "lead", "viewer"):
        who = visit(kind)
        told = indexes(who.get("/audit"))
        assert Event.objects.get(on=f"asset:{theirs.public_id}").index not in told
        assert Event.objects.get(on=f"asset:{ours.public_id}").index in told
        who.get(f"/audit/events/{Event.objects.get(on=f'asset:{theirs.public_id}').index}", 404)


def test_viewers_read_what_the_ledger_says_of_cases_alone(visit, case):
    who, other = visit("viewer"), visit("coordinator")
    about = {
        kind: Event.objects.filter(on__startswith=f"{kind}:").order_by("index")[0].index
        for kind in ("case", "validation", "report", "person", "party")
    }
    read, all_read = indexes(who.get("/audit")), indexes(other.get("/audit"))
    assert {kind for kind, index in about.items() if index in all_read} == set(about)
    assert {kind for kind, index in about.items() if index in read} == {
        "case",
        "validation",
        "report",
    }
    who.get(f"/audit/events/{about['person']}", 404)


def test_events_about_drafts_are_for_who_reads_the_draft(visit, case, settings):
    """That there is one is for nobody else to know."""
    settings.SEAWALL_PUBLISHER_NAME = "Test CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"
    draft(case, by=LOCAL, now=NOON)
    index = Event.objects.get(what="advisory.drafted").index
    who, viewer = visit("coordinator"), visit("viewer")
    assert index in indexes(who.get("/audit"))
    viewer.get(f"/audit/events/{index}", 404)
    Case.objects.update(tlp="TLP:RED")
    assert index not in indexes(who.get("/audit"))
    who.get(f"/audit/events/{index}", 404)
    Case.objects.update(tlp="TLP:AMBER")
    publish(case.advisory, by=LOCAL, now=timezone.now())
    published = Event.objects.get(what="advisory.published").index
    assert published in indexes(viewer.get("/audit"))


def test_the_whole_ledger_is_checked_once_however_often_it_is_asked_for(visit, case):
    who = visit("coordinator")
    first = who.post("/audit/checks")["Location"]
    assert who.post("/audit/checks")["Location"] == first
    assert "hx-trigger" in who.get(first)
    part = who.get(first, **{"HX-Request": "true"})
    assert "</html>" not in part
    (row,) = Outbox.objects.filter(topic="ledger.check")
    assert carry_out.carry_out(row.pk, now=timezone.now()) == "done"
    text = who.get(first)
    assert "The ledger is sound" in text
    assert "hx-trigger" not in text
    assert LedgerCheck.objects.get().done == Event.objects.count()
    assert who.post("/audit/checks")["Location"] != first


def test_an_altered_ledger_is_said_to_be(visit, case):
    who = visit("coordinator")
    place = who.post("/audit/checks")["Location"]
    _alter(Event.objects.get(what="case.opened").index)
    (row,) = Outbox.objects.filter(topic="ledger.check")
    carry_out.carry_out(row.pk, now=timezone.now())
    text = who.get(place)
    assert "The ledger was altered" in text
    assert "does not match its hash" in text
    assert ">altered<" in who.get("/audit")


def test_a_viewer_reads_and_does_not_ask_for_checks(visit, case):
    who = visit("viewer")
    assert "Verify the whole ledger" not in who.get("/audit")
    who.post("/audit/checks", status=403)
    visitor().post("/audit/checks")
    assert not LedgerCheck.objects.exists()


def test_pages_of_the_trail_cost_the_same_however_long_it_is(visit, case, count_queries):
    who = visit("coordinator")
    few = count_queries(lambda: who.get("/audit"))
    for number in range(3):
        finding(f"Another {number}", reporter=f"Lab {number}", at=datetime(2026, 11, 1, tzinfo=UTC))
    assert count_queries(lambda: who.get("/audit")) == few
