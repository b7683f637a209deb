"""Validations are for who reads the summary of their finding."""

import pytest

from cases.test_reading import finding
from parties import seats
from parties.members import NOON, party, person
from seawall.findings.models import Finding
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.sealing import Shredded
from seawall.validation import access
from seawall.validation.models import Validation
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL, PUBLIC

pytestmark = pytest.mark.django_db


def ran(row: Finding) -> Validation:
    return Validation.objects.create(
        finding=row, reproducer_digest="", verdict="flaky", level=0, recorded_at=NOON
    )


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
