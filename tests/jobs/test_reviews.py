"""Windows, grants and designations end on their day; late, early or twice does no harm."""

import pytest

from reviews.folk import DAY, NOW, Folk, designated, drafted, folk
from seawall.jobs.carry_out import carry_out
from seawall.ledger.models import Event, Outbox
from seawall.reviews import grants, partners, submissions
from seawall.reviews.models import Grant, Partner, Submission

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def them() -> Folk:
    return folk()


def _granted(them: Folk) -> Grant:
    partner = designated(them)
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    Submission.objects.update(state="determined")
    row = submissions.open_window(row, by=them.ada, now=NOW)
    made = grants.request(
        submission=row,
        partner=partner,
        purpose="scan",
        starts_at=NOW,
        ends_at=NOW + 5 * DAY,
        by=them.ada,
        now=NOW,
    )
    return grants.approve(made, by=them.olu, now=NOW)


def _due(topic: str) -> Outbox:
    return Outbox.objects.filter(topic=topic).latest("pk")


def test_a_grant_ends_on_its_day(them):
    _granted(them)
    asked = _due(grants.EXPIRE)
    assert asked.due_at == NOW + 5 * DAY
    assert carry_out(asked.pk, now=NOW + 5 * DAY) == "done"
    assert Grant.objects.get().state == "expired"
    assert carry_out(asked.pk, now=NOW + 6 * DAY) == "nothing to do"


def test_a_window_closes_on_its_day_and_its_grants_with_it(them):
    _granted(them)
    asked = _due(submissions.CLOSE)
    assert asked.due_at == NOW + 20 * DAY
    carry_out(asked.pk, now=asked.due_at)
    assert (Submission.objects.get().state, Grant.objects.get().state) == (
        "window closed",
        "expired",
    )


def test_a_window_that_was_closed_before_is_left_alone(them):
    row = _granted(them).submission
    submissions.close_window(row, by=them.ada, now=NOW + DAY)
    carry_out(_due(submissions.CLOSE).pk, now=NOW + 20 * DAY)
    assert Event.objects.filter(what="submission.window_closed").count() == 1


def test_a_designation_ends_after_a_year_unless_it_was_renewed(them):
    row = _granted(them).partner
    first = _due(partners.EXPIRE)
    partners.renew(row, by=them.olu, now=NOW + 320 * DAY)
    carry_out(first.pk, now=NOW + 365 * DAY)
    assert Partner.objects.get().state == "designated"
    second = _due(partners.EXPIRE)
    assert second.due_at == NOW + 730 * DAY
    carry_out(second.pk, now=second.due_at)
    assert (Partner.objects.get().state, Grant.objects.get().state) == ("expired", "expired")
