"""A submission from the draft to its deletion."""

import pytest

from reviews.folk import CONTENT, DAY, NOW, Folk, drafted, folk
from seawall.jobs.carry_out import carry_out
from seawall.ledger.models import Event, Outbox
from seawall.parties.access import NotFound
from seawall.parties.sealing import Shredded
from seawall.reviews import access, deletion, submissions
from seawall.reviews.models import Submission
from seawall.reviews.submissions import StepRefused, content_of
from seawall.signing.dsse import Envelope
from seawall.signing.statements import open_statement
from seawall.validation.actions import signer
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def them() -> Folk:
    return folk()


def test_a_draft_is_the_labs_alone(them):
    row = drafted(them)
    assert access.submission(them.ada, row.public_id) == row
    for other in (them.olu, them.eva, them.hal, them.cora):
        with pytest.raises(NotFound, match=f"There is no submission {row.public_id}."):
            access.submission(other, row.public_id)


def test_once_submitted_official_and_evaluators_know_of_it_and_nobody_else(them):
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    assert row.state == "submitted"
    for knows in (them.ada, them.olu, them.eva):
        assert access.submission(knows, row.codename) == row
    for other in (them.hal, them.cora):
        assert list(access.submissions(other)) == []


def test_what_is_pinned_is_sealed_and_the_ledger_holds_a_commitment_only(them):
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    assert content_of(row) == CONTENT
    assert b"osprey-2026-11-20" not in bytes(Submission.objects.get().sealed)
    assert not any("osprey-2026" in event.entry for event in Event.objects.all())


def test_the_window_opens_thirty_days_before_the_partners_at_the_earliest(them):
    row = submissions.submit(drafted(them, days=40), by=them.ada, now=NOW)
    Submission.objects.update(state="determined")
    with pytest.raises(StepRefused, match="2026-12-03 12:00 UTC at the earliest"):
        submissions.open_window(row, by=them.ada, now=NOW)
    row = submissions.open_window(row, by=them.ada, now=NOW + 10 * DAY)
    assert (row.opens_at, row.closes_at) == (NOW + 10 * DAY, NOW + 40 * DAY)
    assert not submissions.close_when_due(row, by=them.ada, now=NOW + 39 * DAY)
    assert submissions.close_when_due(row, by=them.ada, now=NOW + 40 * DAY)


def test_a_lab_withdraws_and_gets_signed_evidence_that_it_is_deleted(them):
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    row = submissions.withdraw(row, because="we changed our mind", by=them.ada, now=NOW)
    with pytest.raises(StepRefused):
        submissions.withdraw(row, by=them.ada, now=NOW)
    kept = Submission.objects.get()
    row = deletion.delete(row, by=them.ada, now=NOW)
    for copy in (kept, Submission.objects.get()):
        with pytest.raises(Shredded):
            content_of(copy)
    envelope = Envelope.from_json(row.deletion["envelope"])
    said = open_statement(envelope, trusted=[signer().public])
    assert said["predicate"]["destroyed"] == {
        "keys": 1,
        "call_transcripts": 0,
        "item_transcripts": 0,
    }
    assert Event.objects.get(index=row.deletion["ledger_index"]).what == "submission.deleted"


def test_the_lab_sees_the_assessment_when_the_official_shares_it(them):
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    Submission.objects.update(state="determined")
    assert not access.sees_assessment(them.ada, Submission.objects.get())
    submissions.share(row, parts=["verdict"], by=them.olu, now=NOW)
    assert access.sees_assessment(them.ada, Submission.objects.get())
    submissions.share(row, parts=[], by=them.olu, now=NOW)
    assert not access.sees_assessment(them.ada, Submission.objects.get())


def test_what_is_withdrawn_is_deleted_at_once_by_the_worker(them):
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    submissions.withdraw(row, by=them.ada, now=NOW)
    asked = Outbox.objects.get(topic=submissions.RETENTION)
    assert carry_out(asked.pk, now=NOW) == "done"
    row = Submission.objects.get()
    assert (row.deleted_at, row.deletion["keys"]) == (NOW, 1)


def test_after_a_window_it_is_kept_as_long_as_the_terms_say(them):
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    Submission.objects.update(state="determined")
    row = submissions.open_window(row, by=them.ada, now=NOW)
    submissions.close_window(row, by=them.ada, now=NOW + DAY)
    due = Outbox.objects.get(topic=submissions.RETENTION).due_at
    assert due == NOW + 31 * DAY
    assert not deletion.delete_when_due(row, by=LOCAL, now=due - DAY)
    assert deletion.delete_when_due(row, by=LOCAL, now=due)
    assert not deletion.delete_when_due(row, by=LOCAL, now=due)
