"""The lists of findings, gathered by indexes and row by row, agree with the policy."""

import pytest

from cases.test_access import joins
from cases.test_reading import case_of, impersonal
from findings.test_access_by_tier import sent
from parties import seats
from parties.members import NOON, party, person
from seawall.cases.models import Bar
from seawall.findings.models import Finding, Report
from seawall.findings.reading import (
    may_read_event,
    may_read_report_event,
    tiers_of,
    visible_findings,
    visible_reports,
)
from seawall.ledger.models import Event
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL, Actor
from seawall.vocab.tlp import Tlp

pytestmark = pytest.mark.django_db


def read(by: Actor, row: Finding) -> Tier | None:
    """How much the policy gives of it; both lists give it up to that tier and no further."""
    tier = tiers_of(by, [row], now=NOON)[row.pk]
    for asked in Tier:
        for way in (False, True):
            rows = visible_findings(by, now=NOON, at_least=asked, many=way)
            assert rows.filter(pk=row.pk).exists() == (tier is not None and asked <= tier)
    return tier


def test_who_sent_it_knows_of_it_when_its_case_was_shredded():
    lab = party("Ann Lab")
    ann = seats.person(seats.seat(lab, MemberRole.LEAD), number=person("Ann").pk)
    row, other = sent(lab).findings.get(), sent(lab).findings.get()
    case_of(row, shredded_at=NOON)
    assert read(ann, row) is Tier.T0
    assert read(ann, other) is Tier.T3


def test_who_sent_it_and_is_nobody_in_particular_is_not_barred_with_another():
    lab, other = party("Ann Lab"), party("Other")
    rows = [sent(lab, other).findings.get() for _ in range(2)]
    cases = [case_of(row) for row in rows]
    Bar.objects.create(case=cases[0], party=other, reason="x", by="x", at=NOON)
    assert [read(impersonal(lab), row) for row in rows] == [Tier.T3, Tier.T3]
    assert [read(impersonal(other), row) for row in rows] == [None, Tier.T3]
    somebody = person("Sue")
    Bar.objects.create(case=cases[1], person=somebody, reason="x", by="x", at=NOON)
    sue = seats.person(seats.seat(lab, MemberRole.LEAD), number=somebody.pk)
    assert [read(sue, row) for row in rows] == [Tier.T3, None]
    assert read(impersonal(lab), rows[1]) is Tier.T3


def test_a_case_that_covers_nothing_opens_nothing():
    vendor = party("Pallets")
    vera = seats.person(seats.seat(vendor, MemberRole.LEAD), number=person("Vera").pk)
    row, other = sent().findings.get(), sent().findings.get()
    first = case_of(row)
    merged = case_of(sent().findings.get(), merged_into=first)
    for case in (first, merged):
        joins(case, vendor, Tier.T2)
    assert read(vera, row) is Tier.T2
    assert read(vera, other) is None
    assert read(vera, merged.finding) is None


def test_what_follows_another_is_read_as_the_case_of_that_one_says():
    vendor = party("Pallets")
    vera = seats.person(seats.seat(vendor, MemberRole.LEAD), number=person("Vera").pk)
    lead = sent().findings.get()
    later = sent(lead=lead).findings.get()
    joins(case_of(lead), vendor, Tier.T2)
    assert read(vera, later) is Tier.T2
    assert read(vera, lead) is Tier.T2


def reports(by: Actor, at_least: Tier = Tier.T0) -> list[set[Report]]:
    """Gathered by indexes, and row by row."""
    return [
        set(visible_reports(by, now=NOON, at_least=at_least, many=way)) for way in (False, True)
    ]


def test_reports_are_for_who_reads_the_summary_of_one_of_their_findings():
    vendor = party("Pallets")
    vera = seats.person(seats.seat(vendor, MemberRole.LEAD), number=person("Vera").pk)
    shown, hidden, known = sent(), sent(), sent()
    for report in (shown, hidden, known):
        case_of(report.findings.get())
    joins(shown.findings.get().case, vendor, Tier.T2)
    joins(known.findings.get().case, vendor, Tier.T0)
    assert reports(vera) == [{shown}] * 2
    assert reports(vera, Tier.T2) == [{shown}] * 2
    assert reports(vera, Tier.T3) == [set()] * 2


def test_who_is_of_the_house_and_elsewhere_knows_of_reports_as_the_house_does():
    house, lab = party("House", house=True), party("Ann Lab")
    both = seats.person(seats.seat(house), seats.seat(lab), number=person("Cora").pk)
    red = sent()
    case_of(red.findings.get(), tlp=Tlp.RED.value)
    assert reports(both) == [{red}] * 2
    assert reports(both, Tier.T1) == [set()] * 2
    assert reports(seats.person(seats.seat(lab), number=2)) == [set()] * 2


def test_the_journal_tells_of_findings_and_reports_to_who_reads_detail_and_to_the_house():
    house, lab, vendor = party("House", house=True), party("Ann Lab"), party("Pallets")
    report, other = sent(lab), sent()
    row = report.findings.get()
    joins(case_of(row, tlp=Tlp.AMBER.value), vendor, Tier.T1)
    look = seats.person(seats.seat(house, MemberRole.VIEWER), number=person("Look").pk)
    ann = seats.person(seats.seat(lab), number=person("Ann").pk)
    vera = seats.person(seats.seat(vendor), number=person("Vera").pk)
    stranger = seats.person(seats.seat(party("Stranger")), number=person("Sue").pk)
    assert [read(by, row) for by in (look, ann, vera)] == [Tier.T1, Tier.T3, Tier.T1]
    asks = [
        (may_read_event, "finding", row, other.findings.get(), "F-2026-999999"),
        (may_read_report_event, "report", report, other, "R-2026-999999"),
    ]
    for ask, kind, known, unknown, absent in asks:
        event = Event(on=f"{kind}:{known.public_id}", what=f"{kind}.x")
        told = [ask(by, event, NOON) for by in (look, ann, LOCAL, vera, stranger)]
        assert told == [True, True, True, False, False]
        assert not ask(ann, Event(on=f"{kind}:{unknown.public_id}", what=f"{kind}.x"), NOON)
        assert not ask(look, Event(on=f"{kind}:{absent}", what=f"{kind}.x"), NOON)
