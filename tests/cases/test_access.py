"""What `cases.access` gives to whom: the house, a vendor in the case, one who only knows of it, and
a stranger, of cases that are open, merged, shredded."""

from datetime import timedelta
from typing import Any

import pytest

from parties import seats
from parties.members import NOON, party, person
from seawall.cases import access
from seawall.cases.models import (
    Bar,
    CandidateFix,
    Case,
    Credit,
    HandlingId,
    Handover,
    MergeProposal,
    Participant,
    ReadIn,
    RelayHop,
)
from seawall.findings.models import Finding, Report
from seawall.ledger.access import may_read
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.parties.sealing import Shredded
from seawall.vocab.access import Act, MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL, PUBLIC, Actor
from seawall.vocab.tlp import Tlp

pytestmark = pytest.mark.django_db
LEAD, VIEWER = MemberRole.LEAD, MemberRole.VIEWER
LATER = NOON + timedelta(days=1)


def a_case(number: int = 0, **more: Any) -> Case:
    """A case made as a row, so that it is quick."""
    name = f"{Case.objects.count()}-{number}"
    report = Report.objects.create(
        digest=name, format="seawall", size_bytes=1, provenance={}, received_at=NOON
    )
    finding = Finding.objects.create(
        report=report, key="1", title="t", target="t", received_at=NOON
    )
    given = {"opened_at": NOON, "report_state": "received", "tlp": Tlp.AMBER.value}
    return Case.objects.create(finding=finding, title="t", **given | more)


def joins(case: Case, who: Party, tier: Tier, part: Part = Part.VENDOR, **more: Any) -> Participant:
    return Participant.objects.create(
        case=case, party=who, part=part.value, tier=tier, brought_by="x", joined_at=NOON, **more
    )


@pytest.fixture
def house() -> Party:
    return party("House", house=True)


@pytest.fixture
def coordinator(house) -> Actor:
    return seats.person(seats.seat(house, LEAD), number=person("Cora").pk)


@pytest.fixture
def vendor() -> Party:
    return party("Vendor", Party.Role.VENDOR)


@pytest.fixture
def knower() -> Party:
    """A party that is told of every case and of nothing in it."""
    return party("Knower")


@pytest.fixture
def case(vendor, knower) -> Case:
    made = a_case()
    joins(made, vendor, Tier.T2)
    joins(made, knower, Tier.T0, Part.DEPLOYER)
    return made


@pytest.fixture
def vera(vendor) -> Actor:
    return seats.person(seats.seat(vendor, LEAD), number=person("Vera").pk)


@pytest.fixture
def ken(knower) -> Actor:
    return seats.person(seats.seat(knower, LEAD), number=person("Ken").pk)


@pytest.fixture
def stranger() -> Actor:
    return seats.person(seats.seat(party("Stranger"), LEAD))


# One case


def test_a_case_is_for_who_may_know_of_it(case, coordinator, vera, ken, stranger):
    for by, tier in ((LOCAL, 3), (coordinator, 3), (vera, 2), (ken, 0)):
        assert access.case(by, case.public_id) == case
        assert access.tier(by, case) == Tier(tier)
    assert access.case(vera, f" {case.public_id.lower()} ") == case
    absent = case.public_id.replace("-2026-", "-2025-")
    for by, id in ((stranger, case.public_id), (LOCAL, "C-2026-999999"), (LOCAL, absent)):
        with pytest.raises(NotFound, match=f"There is no case {id}"):
            access.case(by, id)
    for id in ("x", "", "F-2026-000001"):
        with pytest.raises(NotFound):
            access.case(LOCAL, id)
    with pytest.raises(NotFound, match=f"There is no case {case.public_id}"):
        access.tier(stranger, case)


def test_who_may_not_read_at_all_learns_that_and_not_whether_there_is_a_case(case):
    for by in (PUBLIC, seats.token("submit"), seats.token("coordinate")):
        for id in (case.public_id, "C-2026-999999"):
            with pytest.raises(NotPermitted):
                access.case(by, id)


def test_a_case_takes_the_tier_that_is_asked_for(case, vera, ken):
    assert access.case(vera, case.public_id, at_least=Tier.T2) == case
    with pytest.raises(NotPermitted, match="This takes tier T3; you are read in to T2"):
        access.case(vera, case.public_id, at_least=Tier.T3)
    with pytest.raises(NotPermitted, match="This takes tier T1; you are read in to T0"):
        access.case(ken, case.public_id, at_least=Tier.T1)


def test_a_case_takes_the_right_to_the_act(case, vera, ken):
    Case.objects.update(embargo_state="active", embargo_ends_at=NOON)
    case.participants.update(consented_until=NOON)
    assert access.case(vera, case.public_id, act=Act.WRITE) == case
    for by, act in ((vera, Act.PUBLISH), (ken, Act.WRITE)):
        with pytest.raises(NotPermitted):
            access.case(by, case.public_id, act=act)


def test_a_shredded_case_is_there_and_says_so(vendor, coordinator, vera):
    case = a_case(shredded_at=NOON)
    joins(case, vendor, Tier.T2)
    for by in (coordinator, vera, LOCAL):
        assert access.case(by, case.public_id) == case
        assert access.tier(by, case) == Tier.T0
        with pytest.raises(Shredded):
            access.case(by, case.public_id, at_least=Tier.T1)


def test_what_is_asked_holds_at_the_moment_that_is_asked_about(case, house, stranger):
    reader = seats.person(seats.seat(party("Reader"), LEAD), number=person("Rea").pk)
    ReadIn.objects.create(
        case=case,
        person_id=reader.person,
        tier=2,
        sponsor="x",
        reason="x",
        starts_at=LATER,
        ends_at=LATER + timedelta(days=1),
    )
    HandlingId.objects.create(case=case, system="VINCE", text="VU#1", added_by="x", added_at=NOON)
    hop = RelayHop.objects.create(
        case=case, direction="in", sender="x", receiver="y", tier=2, at=NOON
    )
    Handover.objects.create(
        case=case, vendor=party("Other"), asked_by="x", asked_at=NOON, state="handed over"
    )
    for now in (NOON, LATER + timedelta(days=1)):
        assert list(access.cases(reader, now=now)) == []
        with pytest.raises(NotFound):
            access.case(reader, case.public_id, now=now)
        for ask in (access.tier, access.participants, access.handling_ids, access.hops):
            with pytest.raises(NotFound):
                ask(reader, case, now=now)
    assert list(access.cases(reader, now=LATER)) == [case]
    assert access.case(reader, case.public_id, at_least=Tier.T2, now=LATER) == case
    assert access.tier(reader, case, now=LATER) == Tier.T2
    assert len(access.participants(reader, case, now=LATER)) == 2
    assert [row.text for row in access.handling_ids(reader, case, now=LATER)] == ["VU#1"]
    assert access.hops(reader, case, now=LATER) == [hop]
    later = a_case(merged_into=case)
    assert access.earlier(reader, [later], now=LATER) == {case.pk}
    assert access.earlier(reader, [later], now=NOON) == frozenset()


# Lists


def test_cases_that_were_merged_sleep(case, coordinator, vera, stranger):
    merged = a_case(merged_into=case)
    assert list(access.cases(coordinator)) == [case]
    assert list(access.cases(coordinator, include_merged=True)) == [merged, case]
    assert access.case(coordinator, merged.public_id) == merged
    assert list(access.cases(vera, include_merged=True)) == [case]
    assert list(access.cases(stranger)) == []
    for by in (PUBLIC, seats.token("submit", "coordinate")):
        with pytest.raises(NotPermitted):
            access.cases(by)


def test_the_earlier_case_is_named_to_who_may_know_of_it(
    case, coordinator, vera, stranger, django_assert_num_queries
):
    later, other = a_case(merged_into=case), a_case()
    assert access.earlier(coordinator, [later, other]) == {case.pk}
    assert access.earlier(vera, [later]) == {case.pk}
    assert access.earlier(stranger, [later]) == frozenset()
    with django_assert_num_queries(0):
        assert access.earlier(coordinator, [other]) == frozenset()


# Merge proposals


def proposed(earlier: Case, later: Case, **more: Any) -> MergeProposal:
    version = str(CandidateFix.objects.count())
    fix = CandidateFix.objects.create(
        case=earlier, label="f", version=version, added_by="x", added_at=NOON
    )
    return MergeProposal.objects.create(
        earlier=earlier, later=later, fix=fix, explanation="x", made_at=NOON, **more
    )


def test_proposals_are_for_coordinators_who_read_both_cases(house, coordinator, vera, vendor):
    red, one, other, third, last = (
        a_case(tlp=tlp.value) for tlp in (Tlp.RED, Tlp.AMBER, Tlp.AMBER, Tlp.AMBER, Tlp.RED)
    )
    for case in (one, other, third):
        joins(case, vendor, Tier.T3)
    open_, decided = proposed(one, other), proposed(one, third, accepted=False, decided_at=NOON)
    hidden = [proposed(one, last), proposed(red, other)]
    assert list(access.proposals(coordinator)) == [open_]
    assert list(access.proposals(coordinator, undecided_only=False)) == [open_, decided]
    assert list(access.proposals(seats.person(seats.seat(house, VIEWER)))) == []
    assert list(access.proposals(vera)) == []
    assert access.proposal(coordinator, open_.public_id) == open_
    assert access.proposal(coordinator, decided.public_id) == decided
    for id in (*(row.public_id for row in hidden), "M-999999", "x", ""):
        with pytest.raises(NotFound, match=f"There is no proposal {id}"):
            access.proposal(coordinator, id)
    for by in (PUBLIC, seats.token("submit")):
        with pytest.raises(NotPermitted):
            access.proposals(by)


# Handovers


def handed(case: Case, to: Party, state: str) -> Handover:
    return Handover.objects.create(
        case=case, vendor=to, asked_by="x", asked_at=NOON, state=Handover.State(state)
    )


def test_a_vendor_sees_what_was_handed_over_to_it(case, vendor, knower, coordinator, vera, ken):
    made = {state: handed(a_case(), vendor, state) for state in Handover.State.values}
    for row in made.values():
        joins(row.case, vendor, Tier.T1)
    theirs = handed(case, knower, "handed over")
    unknown = handed(a_case(), vendor, "handed over")
    waiting = {made["waiting"], made["withdrawn"]}
    assert set(access.handovers(vera)) == set(made.values()) - waiting
    assert set(access.handovers(coordinator)) == {*made.values(), theirs, unknown}
    assert list(access.handovers(ken)) == [theirs]
    assert access.handover(ken, theirs.public_id) == theirs
    hidden = [row.public_id for row in (unknown, theirs, *waiting)]
    for id in (*hidden, "H-999999", "x", ""):
        with pytest.raises(NotFound, match=f"There is no handover {id}"):
            access.handover(vera, id)
    for by in (PUBLIC, seats.token("submit")):
        with pytest.raises(NotPermitted):
            access.handovers(by)


def test_handovers_are_of_the_moment_that_is_asked_about(vendor):
    case = a_case(tlp=Tlp.RED.value)
    row = handed(case, vendor, "handed over")
    reader = seats.person(seats.seat(vendor, LEAD), number=person("Rea").pk)
    ReadIn.objects.create(
        case=case,
        person_id=reader.person,
        tier=0,
        sponsor="x",
        reason="x",
        starts_at=LATER,
        ends_at=LATER + timedelta(days=1),
    )
    assert list(access.handovers(reader, now=NOON)) == []
    assert access.handover(reader, row.public_id, now=LATER) == row
    with pytest.raises(NotFound):
        access.handover(reader, row.public_id, now=NOON)


# What hangs on a case


def test_who_takes_part_is_for_who_reads_the_summary(case, vendor, knower, vera, ken, stranger):
    both = set(case.participants.all())
    left = joins(case, party("Left"), Tier.T2, left_at=NOON)
    own = case.participants.get(party=knower)
    assert set(access.participants(vera, case)) == both
    summary = joins(case, party("Reader"), Tier.T1)
    reads = seats.person(seats.seat(summary.party, LEAD))
    assert set(access.participants(reads, case)) == {*both, summary}
    summary.delete()
    assert access.participants(ken, case) == [own]
    assert access.participant(ken, case, own.pk) == own
    (other,) = both - {own}
    for by, number in ((ken, other.pk), (vera, left.pk), (vera, 999999)):
        with pytest.raises(NotFound, match=f"There is no participant {number} in this case"):
            access.participant(by, case, number)
    with pytest.raises(NotFound):
        access.participants(stranger, case)


def read_in(case: Case, **more: Any) -> ReadIn:
    given = {"sponsor": "x", "reason": "x", "starts_at": NOON, "ends_at": LATER}
    return ReadIn.objects.create(case=case, tier=1, **given, **more)


def test_read_ins_are_the_houses_and_ones_own(case, house, coordinator, vendor, vera, ken):
    theirs = read_in(case, party=vendor)
    hers = read_in(case, person_id=vera.person, revoked_at=NOON)
    other = read_in(case, person_id=ken.person)
    every = {theirs, hers, other}
    viewer = seats.person(seats.seat(house, VIEWER))
    assert set(access.read_ins(coordinator, case)) == every
    assert set(access.read_ins(viewer, case)) == every
    assert set(access.read_ins(vera, case)) == {theirs, hers}
    assert access.read_ins(ken, case) == [other]
    assert access.read_in(vera, case, hers.pk) == hers
    for number in (other.pk, 999999):
        with pytest.raises(NotFound, match=f"There is no read-in {number} in this case"):
            access.read_in(vera, case, number)


def test_nobody_in_particular_has_no_read_in_of_a_party(case, vendor):
    read_in(case, party=vendor)
    for by in (PUBLIC, seats.person(seats.seat(party("Other")), number=0)):
        assert access.read_ins(by, case) == []


def test_read_ins_to_a_red_case_are_not_for_all_of_the_house(coordinator, vera):
    case = a_case(tlp=Tlp.RED.value)
    read_in(case, person_id=vera.person)
    assert access.tier(coordinator, case) == Tier.T0
    assert access.read_ins(coordinator, case) == []
    at = NOON + timedelta(hours=1)
    reader = seats.person(*coordinator.seats, number=person("Rea").pk)
    read_in(case, person_id=reader.person)
    assert len(access.read_ins(reader, case, now=at)) == 2
    assert len(access.read_ins(reader, case, now=LATER)) == 1


def test_bars_are_the_houses_to_know(case, coordinator, vera, vendor):
    given = {"case": case, "reason": "x", "by": "x", "at": NOON}
    bar = Bar.objects.create(party=party("Barred"), **given)
    lifted = Bar.objects.create(party=vendor, lifted_at=NOON, **given)
    assert access.bars(coordinator, case) == [bar]
    assert access.bars(vera, case) == []
    assert access.bar(coordinator, case, bar.pk) == bar
    for by, number in ((vera, bar.pk), (coordinator, lifted.pk), (coordinator, 999999)):
        with pytest.raises(NotFound, match=f"There is no bar {number} in this case"):
            access.bar(by, case, number)


def test_handling_ids_hops_and_credits_are_for_who_reads_the_summary(case, vendor, ken):
    by = seats.person(seats.seat(vendor, VIEWER))
    summary = a_case()
    joins(summary, vendor, Tier.T1)
    joins(summary, Party.objects.get(name="Knower"), Tier.T0)
    given = {"added_by": "x", "added_at": NOON}
    named = HandlingId.objects.create(case=summary, system="VINCE", text="VU#1", **given)
    hop = RelayHop.objects.create(
        case=summary, direction="in", sender="x", receiver="y", tier=1, at=NOON
    )
    credit = Credit.objects.create(
        case=summary, name="Ann", role=Credit.Role.values[0], wish="named", by="x", at=NOON
    )
    assert access.handling_ids(by, summary) == [named]
    assert access.handling_id(by, summary, named.pk) == named
    assert access.hops(by, summary) == [hop]
    assert access.credit(by, summary, credit.pk) == credit
    assert (access.handling_ids(ken, summary), access.hops(ken, summary)) == ([], [])
    for ask, row, what in (
        (access.handling_id, named, "handling id"),
        (access.credit, credit, "credit"),
    ):
        for who, number in ((ken, row.pk), (by, 999999)):
            with pytest.raises(NotFound, match=f"There is no {what} {number} in this case"):
                ask(who, summary, number)
    with pytest.raises(NotFound):
        access.credit(by, case, credit.pk)


def test_the_capacity_is_the_vendors_and_the_houses(vendor, vera, coordinator, stranger):
    for by in (vera, coordinator, LOCAL):
        assert access.vendor(by, vendor.public_id) == vendor
    for by, id in ((stranger, vendor.public_id), (LOCAL, "P-999999"), (LOCAL, "x"), (vera, "")):
        with pytest.raises(NotFound, match=f"There is no party {id}"):
            access.vendor(by, id)
    for by in (PUBLIC, seats.token("submit")):
        with pytest.raises(NotPermitted):
            access.vendor(by, vendor.public_id)


# Events


def test_events_of_a_case_are_for_who_reads_its_detail(case, house, vera, ken, stranger):
    a_case()
    event = Event(on=f"case:{case.public_id}", what="case.changed")
    viewer = seats.person(seats.seat(house, VIEWER))
    found = [may_read(by, event, now=NOON) for by in (viewer, vera, ken, stranger)]
    assert found == [True, True, False, False]
