"""/merges: proposals to merge cases, and deciding them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from seawall.api.auth import caller, coordinator
from seawall.api.openapi import refuses
from seawall.api.paging import Paging, page
from seawall.cases import access, fixes, models
from seawall.cases.reading import demand_act
from seawall.vocab.access import Act

router = Router(tags=["cases"])


class ProposalOut(Schema):
    """`accepted` is null while nobody decided."""

    id: str
    earlier: str
    later: str
    explanation: str
    made_at: datetime
    accepted: bool | None
    decided_by: str
    decided_at: datetime | None


class ProposalPage(Schema):
    items: list[ProposalOut]
    next: int | None


class ProposalQuery(Paging):
    decided: bool = False


class DecisionIn(Schema):
    accept: bool


@router.get("", response=ProposalPage)
def proposals(request: HttpRequest, asked: Query[ProposalQuery]) -> Any:
    """Proposals that wait for a decision, newest first; `decided` adds the others.

    For coordinators, as far as they may read the detail of both cases."""
    rows = access.proposals(caller(request), undecided_only=not asked.decided)
    found, following = page(rows, asked)
    return {"items": [_proposal(row) for row in found], "next": following}


@router.get("/{id}", response=ProposalOut)
def proposal(request: HttpRequest, id: str) -> Any:
    """One proposal."""
    return _proposal(access.proposal(caller(request), id))


@router.post("/{id}", response=ProposalOut, openapi_extra=refuses())
def decide(request: HttpRequest, id: str, body: DecisionIn) -> Any:
    """Accept or decline. Accepting links the findings; undo it with POST /duplicates/undo."""
    by = coordinator(request)
    row = access.proposal(by, id)
    now = timezone.now()
    for case in (row.earlier, row.later):
        demand_act(Act.MERGE, by, case, now=now)
    fixes.decide_merge(row, accept=body.accept, by=by, now=now)
    return _proposal(access.proposal(by, id))


def _proposal(row: models.MergeProposal) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "earlier": row.earlier.public_id,
        "later": row.later.public_id,
        "explanation": row.explanation,
        "made_at": row.made_at,
        "accepted": row.accepted,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
    }
