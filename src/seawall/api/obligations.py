"""/obligations: what directives demand, by when and why; closing them by evidence."""

from datetime import datetime
from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from seawall.api.auth import caller, coordinator
from seawall.api.paging import MAX_LIMIT
from seawall.directives import access, actions, models
from seawall.parties.access import NotFound
from seawall.vocab.errors import BadInput

router = Router(tags=["obligations"])


class AnswerOut(Schema):
    """`assumed`: nobody said, so the most severe value counts."""

    value: str
    source: str
    assumed: bool


class ClockOut(Schema):
    key: str
    label: str
    due_at: datetime


class ObligationOut(Schema):
    """`due_at` null: on the next system upgrade. `binding` false: the date is advice."""

    id: str
    asset: str
    owner: str
    vulnerability: str
    identifiers: list[str]
    purl: str
    fixed_versions: list[str]
    directive: str
    directive_version: str
    row: int
    outcome: str
    forensics: bool
    binding: bool
    started_at: datetime
    due_at: datetime | None
    clocks: list[ClockOut]
    answers: dict[str, AnswerOut]
    explanation: str
    closed_at: datetime | None
    closed_as: str
    evidence: str


class ObligationPage(Schema):
    items: list[ObligationOut]
    next: str | None


class ObligationQuery(Schema):
    """What the list is narrowed to; `asset` is a name."""

    asset: str = ""
    directive: str = ""
    closed: bool = False
    overdue: bool = False
    limit: int = Field(default=50, ge=1, le=MAX_LIMIT)
    after: str = Field(default="", description="The `next` of the page before.")


class CloseIn(Schema):
    """`evidence` says what was done and where that is recorded."""

    closed_as: Literal["remediated", "mitigated", "not affected"] = Field(alias="as")
    evidence: str = Field(max_length=10_000)


@router.get("", response=ObligationPage)
def obligations(request: HttpRequest, asked: Query[ObligationQuery]) -> Any:
    """Obligations of the token's party, of all to a directive authority; the most urgent first,
    those without a date last."""
    by = caller(request)
    rows = access.obligations(
        by, asset=asked.asset, directive=asked.directive, include_closed=asked.closed
    )
    if asked.overdue:
        rows = rows.filter(closed_at=None, due_at__lt=timezone.now())
    if asked.after:
        try:
            rows = _after(rows, access.obligation(by, asked.after))
        except NotFound:
            raise BadInput("no obligation has that id", where="after") from None
    found = list(rows[: asked.limit + 1])
    kept = found[: asked.limit]
    following = kept[-1].public_id if len(found) > len(kept) else None
    return {"items": [_obligation(row) for row in kept], "next": following}


@router.get("/{id}", response=ObligationOut)
def obligation(request: HttpRequest, id: str) -> Any:
    """One obligation with its inputs, its row and its clocks."""
    return _obligation(access.obligation(caller(request), id))


@router.post("/{id}/close", response=ObligationOut)
def close(request: HttpRequest, id: str, body: CloseIn) -> Any:
    """Close an open obligation by evidence; 404 when it is not open.

    The owner of the system closes it, not the authority."""
    by = coordinator(request)
    row = access.obligation(by, id)
    access.demand_close(by, row)
    actions.close(
        row.pk,
        closed_as=models.Obligation.Closed(body.closed_as),
        evidence=body.evidence,
        by=by,
        now=timezone.now(),
    )
    return _obligation(access.obligation(by, id))


def _after(
    rows: QuerySet[models.Obligation], last: models.Obligation
) -> QuerySet[models.Obligation]:
    """What follows `last` in the order by date, then number, dateless ones last."""
    if last.due_at is None:
        return rows.filter(due_at=None, pk__gt=last.pk)
    same_day = Q(due_at=last.due_at, pk__gt=last.pk)
    return rows.filter(Q(due_at__gt=last.due_at) | same_day | Q(due_at=None))


def _obligation(row: models.Obligation) -> dict[str, Any]:
    exposure = row.exposure
    return {
        "id": row.public_id,
        "asset": exposure.asset.name,
        "owner": exposure.asset.owner.name,
        "vulnerability": exposure.vulnerability,
        "identifiers": exposure.identifiers,
        "purl": exposure.purl,
        "fixed_versions": exposure.fixed_versions,
        "directive": row.directive,
        "directive_version": row.directive_version,
        "row": row.row,
        "outcome": row.outcome,
        "forensics": row.forensics,
        "binding": row.binding,
        "started_at": row.started_at,
        "due_at": row.due_at,
        "clocks": row.clocks,
        "answers": row.answers,
        "explanation": row.explanation,
        "closed_at": row.closed_at,
        "closed_as": row.closed_as,
        "evidence": row.evidence,
    }
