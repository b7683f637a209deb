"""Evaluations: committed before they begin, filled result by result, and what is found of them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from seawall.core import submissions as rules
from seawall.core.determination import Determination as Statistics
from seawall.core.determination import Plan, check_plan, commitment, determine
from seawall.core.determination.rates import Characteristics
from seawall.core.determination.simulate import of_plan
from seawall.core.four_eyes import Grave, statement_digest
from seawall.core.plain import from_plain, to_plain
from seawall.core.submissions import Step
from seawall.evals.attestation import attest_result, check_result
from seawall.evals.draw import check_draw, check_reveal
from seawall.ledger import actions as ledger
from seawall.parties import approvals
from seawall.parties.models import Approval
from seawall.reviews.models import Determination, Evaluation, ItemRun, Submission
from seawall.reviews.regimes import regime
from seawall.reviews.submissions import begin, demand, standing_of
from seawall.validation.actions import signer
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemFacts, ItemResult, Side
from seawall.vocab.reviews import Determined, SubmissionState, Voice


class EvaluationRefused(Exception):
    """What is asked does not fit how far the evaluation has come; the message says why."""


@transaction.atomic
def open_evaluation(
    row: Submission, *, bank: str, bank_root: str, by: Actor, now: datetime
) -> Evaluation:
    """Open an evaluation with the items of a bank, whose root the ledger now holds. Both sides
    then commit to a nonce each. Raises StepRefused."""
    row = Submission.objects.select_for_update().get(pk=row.pk)
    if row.state == SubmissionState.SUBMITTED.value:
        row = begin(row, by=by, now=now)
    if row.state not in (SubmissionState.EVALUATING.value, SubmissionState.DETERMINED.value):
        raise EvaluationRefused(f"The submission is {row.state}.")
    made = Evaluation.objects.create(
        submission=row, bank=bank, bank_root=bank_root, made_by=str(by), made_at=now
    )
    facts = {"submission": row.public_id, "bank_root": bank_root}
    ledger.record(by=by, what="evaluation.opened", on=made, facts=facts, at=now)
    return made


@transaction.atomic
def commit_nonce(
    row: Evaluation, *, voice: Voice, commitment: str, by: Actor, now: datetime
) -> Evaluation:
    """Keep one side's commitment; it cannot be changed. Raises EvaluationRefused or BadInput."""
    row = _locked(row)
    column = "lab_commitment" if voice is Voice.LAB else "agency_commitment"
    if getattr(row, column):
        raise EvaluationRefused(f"The {voice} has committed already.")
    if len(commitment) != 64 or set(commitment) - set("0123456789abcdef"):
        raise BadInput("not a sha256 in hex", where="commitment")
    if commitment in (row.lab_commitment, row.agency_commitment):
        raise BadInput(
            "the other side committed to this one", where="commitment", mend="draw your own"
        )
    setattr(row, column, commitment)
    row.save(update_fields=[column])
    facts = {"voice": voice.value, "commitment": commitment}
    ledger.record(by=by, what="evaluation.nonce_committed", on=row, facts=facts, at=now)
    return row


@transaction.atomic
def reveal_nonce(
    row: Evaluation, *, voice: Voice, nonce: str, by: Actor, now: datetime
) -> Evaluation:
    """Keep one side's nonce once both have committed. Raises EvaluationRefused or BadInput."""
    row = _locked(row)
    if not (row.agency_commitment and row.lab_commitment):
        raise EvaluationRefused("Both sides commit before one of them reveals.")
    lab = voice is Voice.LAB
    check_reveal(nonce, row.lab_commitment if lab else row.agency_commitment)
    column = "lab_nonce" if lab else "agency_nonce"
    setattr(row, column, nonce)
    row.save(update_fields=[column])
    facts = {"voice": voice.value, "nonce": nonce}
    ledger.record(by=by, what="evaluation.nonce_revealed", on=row, facts=facts, at=now)
    return row


def fix_plan(
    row: Evaluation, plan: Plan, items: Mapping[str, ItemFacts], *, by: Actor, now: datetime
) -> Evaluation:
    """Fix hypotheses, limits and the order drawn with both nonces, once. `items` are those of the
    whole bank: the order must be what is drawn of them. How often the plan errs is simulated, which
    takes seconds, and kept with it. Raises EvaluationRefused, or BadInput for a plan that cannot be
    used."""
    _check_fit(row, plan, items)
    check_plan(plan, items)
    rates = of_plan(plan, items)
    with transaction.atomic():
        row = _locked(row)
        _check_fit(row, plan, items)
        used = {item for order in plan.order for item in order.items}
        row.plan = {
            "plan": to_plain(plan),
            "items": [to_plain(items[item]) for item in sorted(used)],
            "rates": to_plain(rates),
        }
        row.plan_digest, row.started_at = commitment(plan, items), now
        row.save(update_fields=["plan", "plan_digest", "started_at"])
        facts = {"plan": row.plan_digest, "bank_root": row.bank_root}
        ledger.record(by=by, what="evaluation.planned", on=row, facts=facts, at=now)
    return row


def _check_fit(row: Evaluation, plan: Plan, items: Mapping[str, ItemFacts]) -> None:
    """Raise unless this plan can be fixed now for the evaluation."""
    if row.plan:
        raise EvaluationRefused("The plan is fixed.")
    if not (row.agency_nonce and row.lab_nonce):
        raise EvaluationRefused("The order is drawn once both nonces are revealed.")
    drawn = {"agency_nonce": row.agency_nonce, "lab_nonce": row.lab_nonce, "root": row.bank_root}
    named = {"agency_nonce": plan.agency_nonce, "lab_nonce": plan.lab_nonce, "root": plan.bank_root}
    if drawn != named:
        raise BadInput("the plan names another bank or other nonces", where="plan")
    if not all(check_draw(order, items, **drawn) for order in plan.order):
        raise BadInput("the order is not what the nonces draw", where="order")


def rates_of(row: Evaluation) -> tuple[Characteristics, ...]:
    """How often the plan errs, as it was simulated before the first item ran."""
    return tuple(from_plain(Characteristics, each) for each in row.plan.get("rates", ()))


def plan_of(row: Evaluation) -> tuple[Plan, dict[str, ItemFacts]]:
    """The plan, and what the statistics know of its items. Raises EvaluationRefused before it is
    fixed."""
    if not row.plan:
        raise EvaluationRefused("The evaluation has no plan yet.")
    items = [from_plain(ItemFacts, each) for each in row.plan["items"]]
    return from_plain(Plan, row.plan["plan"]), {item.id: item for item in items}


@transaction.atomic
def record_result(
    row: Evaluation,
    *,
    side: Side,
    position: int,
    result: ItemResult,
    transcript: Sequence[Any] = (),
    by: Actor,
    now: datetime,
) -> ItemRun:
    """Keep one result, signed, and its digest in the ledger. A position is kept once for each
    scaffold and attempt; a second result that counts is refused. Raises EvaluationRefused."""
    row = _locked(row)
    if row.ended_at is not None:
        raise EvaluationRefused("The evaluation has ended.")
    plan, _ = plan_of(row)
    items = plan.items(side)
    if not 0 <= position < len(items) or items[position] != result.item:
        raise EvaluationRefused(f"{result.item} is not at position {position} of the {side} order.")
    if result.scaffold not in plan.scaffolds:
        raise EvaluationRefused(f"The plan has no scaffold {result.scaffold}.")
    tried = ItemRun.objects.filter(
        evaluation=row, side=side.value, position=position, scaffold=result.scaffold
    )
    if any(not _failed(each) for each in tried):
        raise EvaluationRefused(f"There is a result for position {position} already.")
    envelope = attest_result(
        result,
        side=side,
        position=position,
        evaluation=row.public_id,
        plan_digest=row.plan_digest,
        bank_root=row.bank_root,
        signer=signer(),
    )
    run = ItemRun(
        evaluation=row,
        side=side.value,
        position=position,
        attempt=tried.count(),
        item=result.item,
        scaffold=result.scaffold,
        result=to_plain(result),
        envelope=envelope,
        at=now,
    )
    if transcript:
        run.transcript = list(transcript)
    run.save()
    digest = statement_digest(envelope)
    facts = {"side": side.value, "position": position, "attempt": run.attempt, "envelope": digest}
    ledger.record(by=by, what="evaluation.result", on=row, facts=facts, at=now)
    return run


def _failed(run: ItemRun) -> bool:
    return bool(run.result["stop"] == "endpoint failed")


@transaction.atomic
def end(row: Evaluation, *, because: str = "", by: Actor, now: datetime) -> Evaluation:
    """Say that no more results come; twice is no error."""
    row = _locked(row, even_withdrawn=True)
    if row.ended_at is None:
        row.ended_at, row.ended_because = now, because[:500]
        row.save(update_fields=["ended_at", "ended_because"])
        ledger.record(by=by, what="evaluation.ended", on=row, facts={}, at=now)
    return row


def results_of(row: Evaluation) -> list[tuple[int, ItemResult]]:
    """The results so far, as the rules want them."""
    runs = ItemRun.objects.filter(evaluation=row).defer("sealed_transcript", "envelope")
    return [(run.position, from_plain(ItemResult, run.result)) for run in runs]


def statistics_of(row: Evaluation) -> Statistics:
    """What the results say by the plan."""
    plan, items = plan_of(row)
    return determine(plan, items, results_of(row))


def problems_of(row: Evaluation) -> list[str]:
    """What does not fit between the results, their signatures and the ledger, in sentences; empty
    when nothing was changed since it was recorded."""
    from seawall.ledger.models import Event

    plan, items = plan_of(row)
    found = []
    if commitment(plan, items) != row.plan_digest:
        found.append("The plan is not the one that was committed to.")
    events = Event.objects.filter(what="evaluation.result", on=f"evaluation:{row.public_id}")
    recorded = {_envelope_in(event.entry) for event in events}
    runs = list(ItemRun.objects.filter(evaluation=row).defer("sealed_transcript"))
    for run in runs:
        said = check_result(
            from_plain(ItemResult, run.result),
            run.envelope,
            side=Side(run.side),
            position=run.position,
            evaluation=row.public_id,
            plan_digest=row.plan_digest,
            bank_root=row.bank_root,
            trusted=[signer().public],
        )
        if said:
            found.append(f"Position {run.position} ({run.scaffold}): {said}")
        elif statement_digest(run.envelope) not in recorded:
            found.append(f"Position {run.position} ({run.scaffold}): the ledger has another.")
    if len(runs) != len(recorded):
        found.append(f"The ledger recorded {len(recorded)} results; {len(runs)} are here.")
    return found


def _envelope_in(entry: str) -> str:
    return str(json.loads(entry)["facts"]["envelope"])


def facts_for(row: Submission, verdict: Determined, statistics: Statistics) -> dict[str, Any]:
    """What two people sign before a model is called covered."""
    return {
        "submission": row.public_id,
        "verdict": verdict.value,
        "plan": statistics.commitment,
        "results": statistics.results_digest,
        "statistics": statistics.determined.value,
    }


@transaction.atomic
def ask_covered(evaluation: Evaluation, *, because: str = "", by: Actor, now: datetime) -> Approval:
    """Ask for the two signatures that designating a covered frontier model takes. Raises
    StepRefused or BadInput."""
    row = _determining(evaluation.submission, now=now)
    statistics = statistics_of(evaluation)
    _check_reasons(Determined.COVERED, statistics, because)
    facts = facts_for(row, Determined.COVERED, statistics)
    facts |= {"evaluation": evaluation.public_id, "because": because.strip()}
    return approvals.ask(
        what=Grave.DESIGNATION,
        on=row.public_id,
        facts=facts,
        effect=f"{row.public_id} is determined to be a covered frontier model.",
        by=by,
        now=now,
    )


@transaction.atomic
def determine_submission(
    evaluation: Evaluation,
    *,
    verdict: Determined,
    because: str = "",
    by: Actor,
    now: datetime,
) -> Determination:
    """Record what the official finds. "Covered" takes the signatures of two people of two
    parties; a verdict other than the numbers' takes reasons. Raises StepRefused, NotApproved or
    BadInput."""
    row = _determining(evaluation.submission, now=now)
    statistics = statistics_of(evaluation)
    because = because.strip()
    _check_reasons(verdict, statistics, because)
    if verdict is Determined.COVERED:
        facts = facts_for(row, verdict, statistics)
        facts |= {"evaluation": evaluation.public_id, "because": because}
        approvals.use(what=Grave.DESIGNATION, on=row.public_id, facts=facts, by=by, now=now)
    end(evaluation, by=by, now=now)
    made = Determination.objects.create(
        submission=row,
        evaluation=evaluation,
        verdict=verdict.value,
        statistics=to_plain(statistics),
        because=because,
        by=str(by),
        at=now,
    )
    if row.state == SubmissionState.EVALUATING.value:
        row.state, row.determined_at = SubmissionState.DETERMINED.value, now
        row.save(update_fields=["state", "determined_at"])
    facts = {
        "evaluation": evaluation.public_id,
        "verdict": verdict.value,
        "plan": statistics.commitment,
        "results": statistics.results_digest,
    }
    ledger.record(by=by, what="submission.determined", on=row, facts=facts, at=now)
    return made


def carry_out(approval: Approval, *, by: Actor, now: datetime) -> None:
    """Determine as two people approved. Raises what `determine_submission` raises."""
    from seawall.reviews.access import evaluation_to_determine

    facts = approval.statement["facts"]
    evaluation = evaluation_to_determine(by, str(facts["evaluation"]))
    determine_submission(
        evaluation,
        verdict=Determined(facts["verdict"]),
        because=str(facts["because"]),
        by=by,
        now=now,
    )


def _check_reasons(verdict: Determined, statistics: Statistics, because: str) -> None:
    if verdict is not statistics.determined and not because.strip():
        raise BadInput(
            f"the numbers say {statistics.determined}",
            where="because",
            mend="give the reasons for another verdict",
        )
    if len(because) > 4000:
        raise BadInput("more than 4000 characters", where="because")


def _determining(row: Submission, *, now: datetime) -> Submission:
    row = Submission.objects.select_for_update().get(pk=row.pk)
    demand(rules.may_take(Step.DETERMINE, standing_of(row), regime(row.regime), now=now))
    return row


def _locked(row: Evaluation, *, even_withdrawn: bool = False) -> Evaluation:
    """The row, locked. Raises EvaluationRefused once the lab took the model back or its contents
    were deleted: nothing more is learned of it then."""
    rows = Evaluation.objects.select_for_update(of=("self",)).select_related("submission")
    row = rows.get(pk=row.pk)
    if not even_withdrawn and row.submission.withdrawn_at is not None:
        raise EvaluationRefused("The lab withdrew the model.")
    if not even_withdrawn and row.submission.deleted_at is not None:
        raise EvaluationRefused("What the submission held was deleted.")
    return row
