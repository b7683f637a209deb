"""Drafts that follow their case."""

import pytest
from django.utils import timezone

from cases.casework import finding, prove
from notices.world import work
from seawall.advisories.actions import AdvisoryInvalid
from seawall.cases.actions import open_case
from seawall.vocab.actors import LOCAL
from seawall.vocab.problems import Problem
from validation.records import NOON

pytestmark = pytest.mark.django_db


def test_the_log_says_which_rules_a_draft_breaks_and_nothing_of_the_case(home, caplog, monkeypatch):
    def broken(*args, **more):
        raise AdvisoryInvalid((Problem(test="6.1.7", message="Escape from the sandbox twice"),))

    monkeypatch.setattr("seawall.jobs.advisories.draft", broken)
    row = finding("Escape from the sandbox")
    prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    assert "case.changed done" in work(timezone.now(), ("case.changed",))
    (told,) = [each.getMessage() for each in caplog.records if "drafted" in each.getMessage()]
    assert told == f"{case.public_id}: no advisory could be drafted; see 6.1.7"
