"""How much of a case one reads, and the lists that follow from it, row by row."""

from datetime import timedelta
from typing import Any

import pytest

from parties import seats
from parties.members import NOON, party, person
from seawall.cases.covering import CasesOfFindings, cases_of
from seawall.cases.models import Bar, Case, Participant, ReadIn
from seawall.cases.reading import facts_of, tier_of, visible_cases
from seawall.findings.models import Finding, Report
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.tlp import Tlp

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def finding(**more: Any) -> Finding:
    report = Report.objects.create(
        digest=f"{Report.objects.count():064x}",
        format="seawall",
        size_bytes=1,
        provenance={},
        received_at=NOON,
    )
    return Finding.objects.create(
        report=report, key="1", title="t", target="t", received_at=NOON, **more
    )


def case_of(row: Finding, **more: Any) -> Case:
    given = {"embargo_state": "none", "tlp": Tlp.AMBER.value} | more
    return Case.objects.create(
        finding=row, title="t", opened_at=NOON, report_state="received", **given
    )


def joined(case: Case, who: Party, **more: Any) -> Participant:
    return Participant.objects.create(
        case=case,
        party=who,
        part=Part.VENDOR.value,
        tier=Tier.T2,
        brought_by="x",
        joined_at=NOON,
        **more,
    )


def read_in(case: Case, who: Party) -> ReadIn:
    return ReadIn.objects.create(
        case=case,
        tier=Tier.T2,
        party=who,
        sponsor="x",
        reason="x",
        starts_at=NOON,
        ends_at=NOON + DAY,
    )


def impersonal(of: Party) -> Actor:
    """One that acts for a party and is nobody in particular."""
    return Actor(kind=ActorKind.PARTY, id=of.public_id, seats=(seats.seat(of),))


def listed(by: Actor, at_least: Tier) -> list[list[Case]]:
    """Gathered by indexes, and row by row."""
    return [
        list(visible_cases(by, now=NOON, at_least=at_least, one_by_one=way))
        for way in (False, True)
    ]


def test_who_has_not_consented_to_the_embargo_is_listed_no_more_than_that_it_exists():
    vendor, other = party("Pallets"), party("Other")
    case = case_of(finding(), embargo_state="active", embargo_ends_at=NOON + DAY)
    joined(case, vendor, consented_until=NOON + DAY)
    joined(case, other, consented_until=NOON + DAY - timedelta(seconds=1))
    for who, tier in ((vendor, Tier.T2), (other, Tier.T0)):
        by = seats.person(seats.seat(who, MemberRole.LEAD), number=person(who.name).pk)
        assert tier_of(by, case, now=NOON) is tier
        for asked in Tier:
            assert listed(by, asked) == [[case] if asked <= tier else []] * 2


def test_a_consent_that_outlived_its_embargo_is_none():
    case = case_of(finding())
    joined(case, party("Pallets"), consented_until=NOON + DAY)
    assert [each.consented for each in facts_of(case, now=NOON).participants] == [False]


def test_who_is_nobody_in_particular_is_not_read_in_with_another_party():
    case = case_of(finding())
    mine, other = party("Mine"), party("Other")
    read_in(case, other)
    assert tier_of(impersonal(mine), case, now=NOON) is None
    assert listed(impersonal(mine), Tier.T0) == [[], []]
    assert listed(impersonal(other), Tier.T2) == [[case], [case]]


def test_who_is_nobody_in_particular_is_not_barred_with_another_party():
    case = case_of(finding())
    mine, other = party("Mine"), party("Other")
    for each in (mine, other):
        read_in(case, each)
    Bar.objects.create(case=case, party=other, reason="x", by="x", at=NOON)
    assert tier_of(impersonal(mine), case, now=NOON) is Tier.T2
    assert listed(impersonal(mine), Tier.T2) == [[case], [case]]
    assert listed(impersonal(other), Tier.T0) == [[], []]


def test_a_group_is_covered_by_the_case_that_is_awake():
    first, second = finding(), finding()
    later = finding(lead=first)
    case = case_of(later)
    merged = case_of(second, merged_into=case)
    assert cases_of([first.pk]) == {first.pk: case}
    assert cases_of([second.pk]) == {}
    assert cases_of([]) == {}
    assert list(CasesOfFindings().awake()) == [case]
    Case.objects.filter(pk=merged.pk).update(merged_into=None)
    assert cases_of([first.pk, second.pk]) == {first.pk: case, second.pk: merged}
    assert cases_of([first.pk]) == {first.pk: case}
