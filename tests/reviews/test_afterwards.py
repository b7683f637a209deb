"""What was allowed before a withdrawal, a refusal or a window's end is not allowed after it."""

from typing import Any

import pytest

from reviews.folk import DAY, NOW, designated, drafted, folk, signed
from reviews.test_evaluations import _drawn, _opened, _planned, _result
from seawall.core.four_eyes import Grave
from seawall.evals.draw import commit, new_nonce
from seawall.ledger.models import Event
from seawall.parties import approvals
from seawall.parties.approvals import NotApproved
from seawall.reviews import deletion, evaluations, grants, partners, submissions
from seawall.reviews.evaluations import EvaluationRefused
from seawall.reviews.grants import GrantRefused
from seawall.reviews.models import ItemRun, Submission
from seawall.vocab.evals import Side
from seawall.vocab.reviews import Voice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def them() -> Any:
    return folk()


def test_no_result_is_kept_of_a_model_that_was_taken_back(them):
    row = _planned(them)
    item = _drawn(row).items[0]
    submissions.withdraw(row.submission, by=them.ada, now=NOW)
    with pytest.raises(EvaluationRefused, match="The lab withdrew the model"):
        evaluations.record_result(
            row,
            side=Side.OFFENCE,
            position=0,
            result=_result(item, "plain@1", solved=True),
            transcript=["kept?"],
            by=them.eva,
            now=NOW,
        )
    assert not ItemRun.objects.exists()
    ended = evaluations.end(row, by=them.eva, now=NOW)
    assert ended.ended_at == NOW


def test_no_evaluation_of_a_withdrawn_model_begins_or_goes_on(them):
    row = _opened(them)
    stale = Submission.objects.get(pk=row.submission_id)
    submissions.withdraw(row.submission, by=them.ada, now=NOW)
    with pytest.raises(EvaluationRefused, match="The submission is withdrawn"):
        evaluations.open_evaluation(
            stale, bank="practice", bank_root="ab" * 32, by=them.eva, now=NOW
        )
    with pytest.raises(EvaluationRefused, match="The lab withdrew the model"):
        evaluations.commit_nonce(
            row, voice=Voice.LAB, commitment=commit(new_nonce()), by=them.ada, now=NOW
        )


def test_signatures_from_before_a_refusal_designate_nobody_after_the_appeal(them):
    row = designated(them)
    partners.withdraw(row, by=them.hal, now=NOW)
    row = partners.apply(
        party=them.hospital,
        lab=them.lab,
        kind=partners.PartnerKind.HOSPITAL,
        statement="Once more.",
        by=them.hal,
        now=NOW,
    )
    for criterion in partners.rulebook().criteria:
        found = partners.Finding(id=criterion.id, met=True)
        row = partners.record_criterion(row, found, by=them.olu, now=NOW)
    speak = {"by": them.ada, "now": NOW}
    for voice in Voice:
        row = partners.select(row, voice=voice, yes=True, **speak)
    signed(row.public_id, them.ada, them.olu)
    later = {"by": them.ada, "now": NOW + DAY / 24}
    row = partners.select(row, voice=Voice.LAB, yes=False, because="Not now.", **later)
    row = partners.appeal(row, because="We are ready.", by=them.hal, now=NOW + DAY / 24)
    for voice in Voice:
        row = partners.select(row, voice=voice, yes=True, **later)
    with pytest.raises(NotApproved):
        partners.designate(row, **later)
    facts = partners.facts_for_designation(row)
    open_now = {"what": Grave.DESIGNATION, "on": row.public_id, "facts": facts}
    assert approvals.approved_for(**open_now, now=NOW + DAY / 24).reason
    signed(row.public_id, them.ada, them.olu, now=NOW + DAY / 24)
    assert partners.designate(row, **later).state == "designated"


@pytest.mark.parametrize("state", ["draft", "window closed", "withdrawn"])
def test_no_access_is_given_to_what_is_not_offered(them, state):
    partner, row = designated(them), drafted(them)
    stale = Submission.objects.get(pk=row.pk)
    Submission.objects.filter(pk=row.pk).update(state=state)
    with pytest.raises(GrantRefused, match=f"The submission is {state}"):
        grants.request(
            submission=stale,
            partner=partner,
            purpose="scan",
            starts_at=NOW,
            ends_at=NOW + DAY,
            by=them.ada,
            now=NOW,
        )


def test_the_ledger_holds_no_words_of_people(them):
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    Submission.objects.update(state="determined")
    row = submissions.open_window(row, by=them.ada, now=NOW)
    row = submissions.close_window(row, by=them.ada, now=NOW + DAY)
    row = submissions.withdraw(row, because="Osprey is ours", by=them.ada, now=NOW + DAY)
    deletion.delete(row, by=them.ada, now=NOW + DAY)
    told = "".join(Event.objects.values_list("entry", flat=True)).lower()
    assert "submission.deleted" in told
    for secret in ("osprey", "models.example.org", "safeguard", row.codename):
        assert secret not in told
