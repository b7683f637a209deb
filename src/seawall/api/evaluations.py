"""/evaluations: how a submission was evaluated, and what was found of it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from seawall.api.auth import caller
from seawall.api.openapi import refuses
from seawall.core.plain import to_plain
from seawall.parties.approvals import NotApproved
from seawall.reviews import access, evaluations, shown
from seawall.vocab.reviews import Determined, Voice

router = Router(tags=["evaluations"])


class EvaluationOut(Schema):
    """An evaluation; nonces are empty until both are revealed."""

    id: str
    submission: str
    bank: str
    bank_root: str
    agency_commitment: str
    lab_commitment: str
    agency_nonce: str
    lab_nonce: str
    plan_digest: str
    made_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    results: int


class OpenIn(Schema):
    submission: str = Field(max_length=60)
    bank: str = Field(max_length=100)
    bank_root: str = Field(min_length=64, max_length=64, pattern="^[0-9a-f]{64}$")


class CommitIn(Schema):
    commitment: str = Field(min_length=64, max_length=64, description="sha256, hex, of the nonce")


class RevealIn(Schema):
    nonce: str = Field(min_length=64, max_length=64, description="32 bytes, hex")


class DetermineIn(Schema):
    """`because` is required where the verdict differs from the statistics."""

    verdict: Determined
    because: str = Field(default="", max_length=4000)


class DeterminationOut(Schema):
    verdict: Determined
    because: str
    at: datetime
    statistics: dict[str, Any]


class AskedOut(Schema):
    """The request under /approvals that two people must sign."""

    approval: str


class ProblemsOut(Schema):
    problems: list[str]


@router.post("", response={201: EvaluationOut}, openapi_extra=refuses())
def open_evaluation(request: HttpRequest, response: HttpResponse, body: OpenIn) -> Any:
    """Open an evaluation of a submission with the items of a bank."""
    by, now = caller(request), timezone.now()
    row = access.submission_to_evaluate(by, body.submission)
    made = evaluations.open_evaluation(
        row, bank=body.bank, bank_root=body.bank_root, by=by, now=now
    )
    response["Location"] = reverse("api-1:evaluation", args=[made.public_id])
    return Status(201, shown.evaluation(made))


@router.get("/{id}", response=EvaluationOut, url_name="evaluation")
def one_evaluation(request: HttpRequest, id: str) -> Any:
    """One evaluation: evaluators' and the official's, and the lab's once it is shared."""
    return shown.evaluation(access.evaluation(caller(request), id))


@router.get("/{id}/statistics", response=dict[str, Any])
def statistics(request: HttpRequest, id: str) -> Any:
    """What the results so far say by the plan: verdict, curve, intervals, gates, costs."""
    by = caller(request)
    row = access.evaluation_in_full(by, id)
    return to_plain(evaluations.statistics_of(row))


@router.get("/{id}/problems", response=ProblemsOut)
def problems(request: HttpRequest, id: str) -> Any:
    """What does not fit between the results, their signatures and the ledger; empty when nothing
    was changed."""
    row = access.evaluation_in_full(caller(request), id)
    return {"problems": evaluations.problems_of(row)}


@router.post("/{id}/nonces/{voice}/commit", response=EvaluationOut, openapi_extra=refuses())
def commit(request: HttpRequest, id: str, voice: Voice, body: CommitIn) -> Any:
    """Commit to a nonce for the draw, for the lab or the government."""
    by, now = caller(request), timezone.now()
    row = access.evaluation_for(by, voice, id)
    return shown.evaluation(
        evaluations.commit_nonce(row, voice=voice, commitment=body.commitment, by=by, now=now)
    )


@router.post("/{id}/nonces/{voice}/reveal", response=EvaluationOut, openapi_extra=refuses())
def reveal(request: HttpRequest, id: str, voice: Voice, body: RevealIn) -> Any:
    """Reveal one's nonce, once both have committed."""
    by, now = caller(request), timezone.now()
    row = access.evaluation_for(by, voice, id)
    return shown.evaluation(
        evaluations.reveal_nonce(row, voice=voice, nonce=body.nonce, by=by, now=now)
    )


@router.post(
    "/{id}/determine",
    response={200: DeterminationOut, 202: AskedOut},
    openapi_extra=refuses(),
)
def determine(request: HttpRequest, id: str, body: DetermineIn) -> Any:
    """Record what the official finds. "covered" takes the signatures of two people of two parties:
    while they are missing this asks for them under /approvals (202) and records nothing."""
    by, now = caller(request), timezone.now()
    row = access.evaluation_to_determine(by, id)
    try:
        made = evaluations.determine_submission(
            row, verdict=body.verdict, because=body.because, by=by, now=now
        )
    except NotApproved:
        asked = evaluations.ask_covered(row, because=body.because, by=by, now=now)
        return Status(202, {"approval": asked.public_id})
    return Status(200, made)
