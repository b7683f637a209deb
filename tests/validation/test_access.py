"""Validations are for who reads the summary of their finding."""

from datetime import timedelta

import pytest

from cases.test_reading import finding
from findings.test_access_in_time import THEN, opened
from parties import seats
from parties.members import NOON, party, person
from seawall.findings.models import Finding
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.sealing import Shredded
from seawall.validation import access
from seawall.validation.models import Validation
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL, PUBLIC, Actor

pytestmark = pytest.mark.django_db


def ran(row: Finding) -> Validation:
    return Validation.objects.create(
        finding=row, reproducer_digest="", verdict="flaky", level=0, recorded_at=NOON
    )


def read_in(tier: Tier, *rows: Finding) -> Actor:
    """Somebody who reads THEN that much of these findings, and nothing else at any time."""
    vera = person("Vera")
    for row in rows:
        opened(row, vera, tier)
    return seats.person(seats.seat(party("Pallets"), MemberRole.LEAD), number=vera.pk)


def test_validations_are_for_who_reads_the_summary_of_their_finding():
    house, lab = party("House", house=True), party("Ann Lab")
    cora = seats.person(seats.seat(house, MemberRole.MEMBER), number=person("Cora").pk)
    look = seats.person(seats.seat(house, MemberRole.VIEWER), number=person("Look").pk)
    ann = seats.person(seats.seat(lab, MemberRole.LEAD), number=person("Ann").pk)
    one, other, gone = (ran(finding()) for _ in range(3))
    Finding.objects.filter(pk=gone.finding_id).update(shredded_at=NOON)
    for by in (cora, look, LOCAL):
        assert set(access.validations(by)) == {one, other}
        assert list(access.validations(by, finding_id=one.finding_id)) == [one]
        for row in (one, other):
            assert access.validation(by, f" {row.public_id.lower()} ") == row
        with pytest.raises(Shredded):
            access.validation(by, gone.public_id)
    assert access.tiers(look, [one, other]) == {one.pk: Tier.T1, other.pk: Tier.T1}
    wrong = one.public_id.replace("-2026-", "-2025-")
    asked = [(LOCAL, wrong), (LOCAL, "V-2026-999999"), (LOCAL, "")]
    for by, id in [*asked, (ann, one.public_id), (ann, gone.public_id)]:
        with pytest.raises(NotFound, match=f"There is no validation {id}"):
            access.validation(by, id)
    for by in (PUBLIC, seats.token("submit")):
        with pytest.raises(NotPermitted):
            access.validations(by)
    event = Event(on=f"validation:{one.public_id}", what="validation.recorded")
    told = [access.may_read_event(by, event, NOON) for by in (cora, look, LOCAL, ann)]
    assert told == [True, True, True, False]
    absent = Event(on="validation:V-2026-999999", what="validation.recorded")
    assert not access.may_read_event(LOCAL, absent, NOON)


def test_whoever_reads_the_summary_does_so_while_they_may():
    row, other = ran(finding()), ran(finding())
    vera = read_in(Tier.T1, row.finding)
    assert list(access.validations(vera, now=THEN)) == [row]
    assert access.validation(vera, row.public_id, now=THEN) == row
    assert access.tiers(vera, [row], now=THEN) == {row.pk: Tier.T1}
    assert list(access.validations(vera)) == []
    with pytest.raises(NotFound):
        access.validation(vera, row.public_id)
    with pytest.raises(NotFound):
        access.tiers(vera, [row])
    with pytest.raises(NotFound):
        access.validation(vera, other.public_id, now=THEN)


def test_the_journal_tells_of_validations_to_who_reads_detail():
    row = ran(finding())
    event = Event(on=f"validation:{row.public_id}", what="validation.recorded")
    assert not access.may_read_event(read_in(Tier.T1, row.finding), event, THEN)


def test_who_knows_of_a_finding_and_no_more_gets_no_validation():
    row = ran(finding())
    vera = read_in(Tier.T0, row.finding)
    with pytest.raises(NotFound, match=f"There is no validation {row.public_id}"):
        access.validation(vera, row.public_id, now=THEN)


def test_who_reads_another_validation_learns_of_none_that_was_shredded():
    gone, row = ran(finding(shredded_at=NOON)), ran(finding())
    vera = read_in(Tier.T2, row.finding)
    assert access.validation(vera, row.public_id, now=THEN) == row
    with pytest.raises(NotFound, match=f"There is no validation {gone.public_id}"):
        access.validation(vera, gone.public_id, now=THEN)


def test_the_moment_is_told_at_which_that_very_finding_was_shredded():
    moments = [NOON + timedelta(days=n) for n in range(3)]
    rows = [ran(finding(shredded_at=at)) for at in moments]
    for row, at in zip(rows, moments, strict=True):
        with pytest.raises(Shredded) as said:
            access.validation(LOCAL, row.public_id)
        assert said.value.at == at
