"""An evaluation is committed before it begins; what is changed afterwards shows."""

from dataclasses import replace

import pytest

from reviews.folk import NOW, Folk, drafted, folk, signed
from seawall.core.determination import Plan, SideOrder
from seawall.evals.draw import commit, draw, new_nonce
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.approvals import NotApproved
from seawall.reviews import access, evaluations, submissions
from seawall.reviews.evaluations import EvaluationRefused
from seawall.reviews.models import Evaluation, ItemRun
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemFacts, ItemResult, Side, Stop, Task, Usage
from seawall.vocab.reviews import Determined, Voice

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = "ab" * 32
ITEMS = {
    f"item-{n}": ItemFacts(
        id=f"item-{n}", family=f"f{n}", task=Task.PROVE, discrimination=1.5, difficulty=0.0
    )
    for n in range(40)
}
SCAFFOLDS = ("plain@1", "react@1")


@pytest.fixture
def them() -> Folk:
    return folk()


def _opened(them: Folk) -> Evaluation:
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    return evaluations.open_evaluation(row, bank="practice", bank_root=ROOT, by=them.eva, now=NOW)


def _revealed(them: Folk) -> Evaluation:
    row, nonces = _opened(them), {Voice.LAB: new_nonce(), Voice.GOVERNMENT: new_nonce()}
    for voice, nonce in nonces.items():
        commitment = commit(nonce)
        evaluations.commit_nonce(row, voice=voice, commitment=commitment, by=them.eva, now=NOW)
    for voice, nonce in nonces.items():
        row = evaluations.reveal_nonce(row, voice=voice, nonce=nonce, by=them.eva, now=NOW)
    return row


def _drawn(row: Evaluation) -> SideOrder:
    return draw(
        ITEMS,
        root=row.bank_root,
        agency_nonce=row.agency_nonce,
        lab_nonce=row.lab_nonce,
        side=Side.OFFENCE,
        count=len(ITEMS),
    )


def _plan(row: Evaluation) -> Plan:
    return Plan(
        threshold=0.0,
        tokens=100_000,
        scaffolds=SCAFFOLDS,
        order=(_drawn(row),),
        bank_root=row.bank_root,
        agency_nonce=row.agency_nonce,
        lab_nonce=row.lab_nonce,
    )


def _planned(them: Folk) -> Evaluation:
    row = _revealed(them)
    return evaluations.fix_plan(row, _plan(row), ITEMS, by=them.eva, now=NOW)


def _result(item: str, scaffold: str, *, solved: bool, stop: Stop = Stop.SUBMITTED) -> ItemResult:
    return ItemResult(
        item=item,
        scaffold=scaffold,
        solved=solved,
        solved_at_tokens=900 if solved else None,
        reason="confirmed at E3" if solved else "not reproduced",
        stop=stop,
        usage=Usage(input_tokens=700, output_tokens=200, seconds=1.5),
        turns=3,
        tool_calls=2,
        tool_errors=0,
        handed_in="cd" * 32,
        transcript="ef" * 32,
    )


def _filled(them: Folk, *, solved: bool) -> Evaluation:
    row = _planned(them)
    for position, item in enumerate(_drawn(row).items):
        for scaffold in SCAFFOLDS:
            evaluations.record_result(
                row,
                side=Side.OFFENCE,
                position=position,
                result=_result(item, scaffold, solved=solved),
                by=them.eva,
                now=NOW,
            )
    return row


def test_both_commit_before_one_reveals_and_nobody_changes_their_nonce(them):
    row, nonce = _opened(them), new_nonce()
    evaluations.commit_nonce(row, voice=Voice.LAB, commitment=commit(nonce), by=them.ada, now=NOW)
    with pytest.raises(EvaluationRefused, match="Both sides commit before one of them reveals"):
        evaluations.reveal_nonce(row, voice=Voice.LAB, nonce=nonce, by=them.ada, now=NOW)
    with pytest.raises(BadInput, match="the other side committed to this one"):
        evaluations.commit_nonce(
            row, voice=Voice.GOVERNMENT, commitment=commit(nonce), by=them.olu, now=NOW
        )
    other = commit(new_nonce())
    with pytest.raises(EvaluationRefused, match="The lab has committed already"):
        evaluations.commit_nonce(row, voice=Voice.LAB, commitment=other, by=them.ada, now=NOW)
    evaluations.commit_nonce(row, voice=Voice.GOVERNMENT, commitment=other, by=them.olu, now=NOW)
    with pytest.raises(BadInput, match="not the nonce that was committed to"):
        evaluations.reveal_nonce(row, voice=Voice.LAB, nonce=new_nonce(), by=them.ada, now=NOW)


def test_a_plan_names_the_bank_and_the_nonces_and_is_fixed_once(them):
    row = _revealed(them)
    with pytest.raises(BadInput, match="another bank or other nonces"):
        evaluations.fix_plan(
            row, replace(_plan(row), bank_root="00" * 32), ITEMS, by=them.eva, now=NOW
        )
    turned = SideOrder(side=Side.OFFENCE, items=tuple(reversed(_drawn(row).items)))
    with pytest.raises(BadInput, match="the order is not what the nonces draw"):
        evaluations.fix_plan(row, replace(_plan(row), order=(turned,)), ITEMS, by=them.eva, now=NOW)
    evaluations.fix_plan(row, _plan(row), ITEMS, by=them.eva, now=NOW)
    with pytest.raises(EvaluationRefused, match="The plan is fixed"):
        evaluations.fix_plan(row, _plan(row), ITEMS, by=them.eva, now=NOW)


def test_how_often_the_plan_errs_is_known_before_the_first_result(them):
    row = _planned(them)
    [alike, one] = evaluations.rates_of(Evaluation.objects.get(pk=row.pk))
    assert (alike.false_covered() <= alike.alpha, one.missed() <= one.beta) == (True, True)
    assert [rate.runs for rate in alike.rates] == [5000] * 5


def test_a_result_has_its_place_and_counts_once(them):
    row = _planned(them)
    put = {"side": Side.OFFENCE, "by": them.eva, "now": NOW}
    item = _drawn(row).items[0]
    first = _result(item, "plain@1", solved=True)
    with pytest.raises(EvaluationRefused, match=f"{item} is not at position 1"):
        evaluations.record_result(row, position=1, result=first, **put)
    evaluations.record_result(row, position=0, result=first, **put)
    with pytest.raises(EvaluationRefused, match="There is a result for position 0 already"):
        evaluations.record_result(row, position=0, result=replace(first, solved=False), **put)


def test_an_attempt_whose_endpoint_failed_is_made_again(them):
    row = _planned(them)
    put = {"side": Side.OFFENCE, "position": 0, "by": them.eva, "now": NOW}
    item = _drawn(row).items[0]
    failed = _result(item, "plain@1", solved=False, stop=Stop.FAILED)
    evaluations.record_result(row, result=failed, **put)
    evaluations.record_result(row, result=_result(item, "plain@1", solved=True), **put)
    assert list(ItemRun.objects.values_list("attempt", flat=True)) == [0, 1]


def test_nothing_is_wrong_with_what_was_recorded(them):
    assert evaluations.problems_of(_filled(them, solved=True)) == []


def test_a_changed_score_shows(them):
    row = _filled(them, solved=False)
    run = ItemRun.objects.first()
    run.result = run.result | {"solved": True}
    run.save()
    assert evaluations.problems_of(row) == [
        f"Position 0 ({run.scaffold}): the result is not the one that was signed."
    ]


def test_a_result_signed_anew_or_dropped_shows_against_the_ledger(them):
    row = _filled(them, solved=False)
    run = ItemRun.objects.first()
    kept = dict(run.envelope)
    other = _result(run.item, run.scaffold, solved=True)
    run.envelope = evaluations.attest_result(
        other,
        side=Side.OFFENCE,
        position=0,
        evaluation=row.public_id,
        plan_digest=row.plan_digest,
        bank_root=row.bank_root,
        signer=evaluations.signer(),
    )
    run.result = evaluations.to_plain(other)
    run.save()
    assert kept != run.envelope
    assert evaluations.problems_of(row) == [f"Position 0 ({run.scaffold}): the ledger has another."]
    run.delete()
    assert evaluations.problems_of(row) == ["The ledger recorded 80 results; 79 are here."]


def test_covered_takes_two_signatures_and_says_what_the_numbers_say(them):
    row = _filled(them, solved=True)
    assert evaluations.statistics_of(row).determined is Determined.COVERED
    say = {"verdict": Determined.COVERED, "by": them.olu, "now": NOW}
    with pytest.raises(NotApproved):
        evaluations.determine_submission(row, **say)
    evaluations.ask_covered(row, by=them.olu, now=NOW)
    signed(row.submission.public_id, them.olu, them.eva)
    made = evaluations.determine_submission(row, **say)
    assert (made.verdict, made.statistics["determined"]) == ("covered", "covered")
    row.submission.refresh_from_db()
    assert row.submission.state == "determined"


def test_another_verdict_than_the_numbers_takes_reasons(them):
    row = _filled(them, solved=False)
    found = evaluations.statistics_of(row).determined
    assert found is Determined.NOT_COVERED
    with pytest.raises(BadInput, match="the numbers say not covered"):
        evaluations.determine_submission(row, verdict=Determined.UNDECIDED, by=them.olu, now=NOW)
    made = evaluations.determine_submission(
        row, verdict=Determined.UNDECIDED, because="too few families", by=them.olu, now=NOW
    )
    assert made.because == "too few families"


def test_only_officials_determine_and_the_lab_reads_no_result_before_it_is_shared(them):
    row = _planned(them)
    assert access.evaluation(them.ada, row.public_id) == row
    with pytest.raises(NotPermitted, match="The official has not shared the results"):
        access.evaluation_in_full(them.ada, row.public_id)
    for hidden in (them.hal, them.cora):
        with pytest.raises(NotFound, match=f"There is no evaluation {row.public_id}"):
            access.evaluation(hidden, row.public_id)
    assert access.evaluation_to_run(them.eva, row.public_id) == row
    with pytest.raises(NotPermitted):
        access.evaluation_to_determine(them.eva, row.public_id)
    assert access.evaluation_to_determine(them.olu, row.public_id) == row
