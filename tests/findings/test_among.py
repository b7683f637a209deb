"""What one's parties sent comes once each, whether one party did or several."""

import pytest

from findings.test_access_by_tier import MEMBER, sent
from parties import seats
from parties.members import party
from seawall.findings.among import sent_by

pytestmark = pytest.mark.django_db


def test_what_ones_party_sent_and_no_other() -> None:
    lab, other = party("Lab"), party("Other")
    both, ours = sent(lab, other), sent(lab, None)
    sent(other)
    found = sent_by(seats.person(seats.seat(lab, MEMBER)))
    assert sorted(found.values_list("report", flat=True)) == [both.pk, ours.pk]


def test_a_report_of_two_own_parties_comes_once() -> None:
    lab, team = party("Lab"), party("Team")
    both, alone = sent(lab, team), sent(team)
    sent(party("Other"))
    found = sent_by(seats.person(seats.seat(lab, MEMBER), seats.seat(team, MEMBER)))
    assert sorted(found.values_list("report", flat=True)) == [both.pk, alone.pk]


def test_nobody_without_a_party_sent_anything() -> None:
    sent(None)
    assert list(sent_by(seats.person())) == []
