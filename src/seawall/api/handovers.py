"""/handovers and /capacity: cases on their way to vendors, and how many a vendor takes."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from seawall.api.auth import acting, caller, coordinator
from seawall.api.openapi import refuses
from seawall.api.paging import Paging, page
from seawall.cases import access, budgets, handovers
from seawall.cases.models import CapacityBudget, Handover
from seawall.cases.situations import readiness_of
from seawall.cases.speakers import party_named
from seawall.parties.models import Party
from seawall.vocab.access import Act, Tier

router = Router(tags=["handovers"])
capacity = Router(tags=["handovers"])
rooms = Router(tags=["handovers"])


class HandoverOut(Schema):
    """`override`, for the coordinators, is why it goes although something is missing."""

    id: str
    case: str
    vendor: str
    state: str
    urgent: bool
    asked_at: datetime
    handed_over_at: datetime | None
    batch: str
    answer: str
    override: str


class HandoverPage(Schema):
    items: list[HandoverOut]
    next: int | None


class HandoverQuery(Paging):
    state: Handover.State | None = None


class AnswerIn(Schema):
    """`words` say why for a refusal, anything for an acknowledgement."""

    answer: Literal["acknowledge", "decline", "withdraw"]
    words: str = Field(default="", max_length=handovers.MAX_ANSWER)


class HandOverIn(Schema):
    """`override`: why a lead wants it handed over although it is not response-ready."""

    vendor: str = Field(min_length=1, max_length=200)
    override: str = Field(default="", max_length=1000)


class PointOut(Schema):
    """`lacks` says what to do; empty when it is there."""

    name: str
    lacks: str


class BudgetOut(Schema):
    """`open_now` and `this_week` are what the vendor has; `products` opens the raw feed."""

    party: str
    per_week: int
    open_at_once: int
    batch: int
    raw_feed: bool
    products: list[str]
    paused_until: datetime | None
    open_now: int
    this_week: int


class BudgetIn(Schema):
    """What is left out stays as it is. A pause lasts 30 days at most; what is urgent comes in a
    pause too. Only coordinators set `products`."""

    per_week: int | None = Field(default=None, ge=1, le=budgets.MOST)
    open_at_once: int | None = Field(default=None, ge=1, le=budgets.MOST)
    batch: int | None = Field(default=None, ge=1, le=budgets.MOST)
    raw_feed: bool | None = None
    products: list[str] | None = Field(default=None, max_length=budgets.MAX_PRODUCTS)
    paused_until: AwareDatetime | None = None
    resume: bool = False


class RawOut(Schema):
    """An unproven finding on a vendor's product: its summary."""

    id: str
    title: str
    target: str
    severity: str
    received_at: datetime


class RawPage(Schema):
    items: list[RawOut]
    next: int | None


@router.get("", response=HandoverPage)
def show(request: HttpRequest, asked: Query[HandoverQuery]) -> Any:
    """Handovers, newest first: coordinators see all, a vendor those that it was handed."""
    rows = access.handovers(caller(request))
    if asked.state is not None:
        rows = rows.filter(state=asked.state)
    found, following = page(rows, asked)
    return {"items": [_handover(each) for each in found], "next": following}


@router.get("/{id}", response=HandoverOut)
def one(request: HttpRequest, id: str) -> Any:
    """One handover."""
    return _handover(access.handover(caller(request), id))


@router.post("/{id}", response=HandoverOut, openapi_extra=refuses())
def answer(request: HttpRequest, id: str, body: AnswerIn) -> Any:
    """Acknowledge or decline a case, for the vendor; take one back that still waits, for the
    coordinators."""
    by, now = coordinator(request), timezone.now()
    row = access.handover(by, id, now=now)
    match body.answer:
        case "acknowledge":
            row = handovers.acknowledge(row, note=body.words, by=by, now=now)
        case "decline":
            row = handovers.decline(row, because=body.words, by=by, now=now)
        case "withdraw":
            access.case(by, row.case.public_id, act=Act.HAND_OVER, now=now)
            row = handovers.withdraw(row, by=by, now=now)
    return _handover(row)


@rooms.get("/{id}/readiness", response=list[PointOut])
def readiness(request: HttpRequest, id: str) -> Any:
    """What a vendor needs to respond, and what of it is missing; T2."""
    by = caller(request)
    row = access.case(by, id, at_least=Tier.T2)
    return [{"name": each.name, "lacks": each.lacks} for each in readiness_of(row)]


@rooms.post("/{id}/handovers", response={201: HandoverOut}, openapi_extra=refuses())
def ask(request: HttpRequest, id: str, body: HandOverIn) -> Any:
    """Put a case in a vendor's queue: it is handed over once it is response-ready and the vendor
    has room. A lead may override what is missing, with a reason."""
    by, now = acting(request, Act.HAND_OVER), timezone.now()
    row = access.case(by, id, act=Act.HAND_OVER, now=now)
    vendor = party_named(body.vendor)
    return Status(
        201, _handover(handovers.ask(row, vendor, override=body.override, by=by, now=now))
    )


@capacity.get("/{id}", response=BudgetOut)
def budget(request: HttpRequest, id: str) -> Any:
    """How many cases a vendor takes; for its members and the coordinators."""
    by = caller(request)
    return _budget(access.vendor(by, id))


@capacity.post("/{id}", response=BudgetOut, openapi_extra=refuses())
def set_budget(request: HttpRequest, id: str, body: BudgetIn) -> Any:
    """Say how many cases a vendor takes; for its leads and the coordinators."""
    by, now = coordinator(request), timezone.now()
    vendor = access.vendor(by, id)
    wanted = budgets.Wanted(**body.dict())
    budgets.set_budget(vendor, wanted, by=by, now=now)
    return _budget(vendor)


@capacity.get("/{id}/raw-feed", response=RawPage)
def raw_feed(request: HttpRequest, id: str, asked: Query[Paging]) -> Any:
    """Unproven findings on the vendor's products, newest first; empty unless it opted in."""
    by = caller(request)
    found, following = page(budgets.raw_feed(access.vendor(by, id)), asked)
    items = [
        {
            "id": each.public_id,
            "title": each.title,
            "target": each.target,
            "severity": each.severity,
            "received_at": each.received_at,
        }
        for each in found
    ]
    return {"items": items, "next": following}


def _handover(row: Handover) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "case": row.case.public_id,
        "vendor": row.vendor.public_id,
        "state": row.state,
        "urgent": row.urgent,
        "asked_at": row.asked_at,
        "handed_over_at": row.handed_over_at,
        "batch": row.batch_key,
        "answer": row.answer,
        "override": row.override,
    }


def _budget(vendor: Party) -> dict[str, Any]:
    row: CapacityBudget = budgets.row_of(vendor)
    return {
        "party": vendor.public_id,
        "per_week": row.per_week,
        "open_at_once": row.open_at_once,
        "batch": row.batch,
        "raw_feed": row.raw_feed,
        "products": row.products,
        "paused_until": row.paused_until,
        "open_now": budgets.open_handovers(vendor).count(),
        "this_week": len(budgets.handed_over_lately(vendor, now=timezone.now())),
    }
