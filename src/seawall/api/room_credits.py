"""/cases/{id}/credits, handling-ids, relays: who is named, and what others call the case."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from seawall.api.auth import acting, caller
from seawall.api.openapi import refuses
from seawall.cases import access, credits, relays
from seawall.cases.credits import Named
from seawall.cases.models import Case, Credit, HandlingId, RelayHop
from seawall.cases.speakers import party_named
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.vocab.access import Act, Tier
from seawall.vocab.findings import CreditWish

router = Router(tags=["case rooms"])


class CreditOut(Schema):
    """`wish` is null while the finder was not asked: then nobody is named. `number` is null for
    what follows from a report and was not edited."""

    number: int | None
    name: str
    role: str
    wish: str | None
    party: str | None
    named: bool


class CreditIn(Schema):
    name: str = Field(min_length=1, max_length=200)
    role: Credit.Role
    wish: CreditWish
    party: str = Field(default="", max_length=200)


class WishIn(Schema):
    wish: CreditWish


class HandlingIdOut(Schema):
    number: int
    system: str
    text: str
    url: str


class HandlingIdIn(Schema):
    """`system` such as "VINCE", "GitHub" or "JVN"; `url` is https."""

    system: str = Field(min_length=1, max_length=60)
    text: str = Field(min_length=1, max_length=200)
    url: str = Field(default="", max_length=500)


class HopOut(Schema):
    """One passing on of the case; `tier` is how much was passed on."""

    direction: str
    sender: str
    receiver: str
    system: str
    tier: str
    at: datetime


@router.get("/{id}/credits", response=list[CreditOut])
def show_credits(request: HttpRequest, id: str) -> Any:
    """Who is named in the advisory and how they wish it, from the reports and from edits. Others
    than coordinators see who is named, and their own."""
    by = caller(request)
    row = access.case(by, id, at_least=Tier.T1)
    return [_credit(each) for each in credits.credits_for(row, by=by)]


@router.post("/{id}/credits", response=list[CreditOut], openapi_extra=refuses())
def set_credit(request: HttpRequest, id: str, body: CreditIn) -> Any:
    """Say how somebody is to be named."""
    by, now = acting(request, Act.CREDIT), timezone.now()
    row = access.case(by, id, act=Act.CREDIT, now=now)
    party = party_named(body.party) if body.party else None
    credits.set_credit(
        row, name=body.name, role=body.role, wish=body.wish, party=party, by=by, now=now
    )
    return _credits(row)


@router.post("/{id}/credits/wish", response={204: None}, openapi_extra=refuses())
def state_wish(request: HttpRequest, id: str, body: WishIn) -> Any:
    """Say how one's own party wishes to be named, as a finder of the case."""
    by, now = caller(request), timezone.now()
    require(by, Scope.SUBMIT)
    credits.state_wish(access.case(by, id, now=now), body.wish, by=by, now=now)
    return Status(204, None)


@router.post("/{id}/credits/{number}/drop", response=list[CreditOut], openapi_extra=refuses())
def drop_credit(request: HttpRequest, id: str, number: int) -> Any:
    """Take an edited credit back; what the report says holds again."""
    by, now = acting(request, Act.CREDIT), timezone.now()
    row = access.case(by, id, act=Act.CREDIT, now=now)
    credits.drop_credit(access.credit(by, row, number), by=by, now=now)
    return _credits(row)


@router.get("/{id}/handling-ids", response=list[HandlingIdOut])
def show_handling_ids(request: HttpRequest, id: str) -> Any:
    """What other coordinators, vendors and systems call the case; empty below T1."""
    by = caller(request)
    return [_handling_id(each) for each in access.handling_ids(by, access.case(by, id))]


@router.post("/{id}/handling-ids", response={201: HandlingIdOut}, openapi_extra=refuses())
def add_handling_id(request: HttpRequest, id: str, body: HandlingIdIn) -> Any:
    """Keep what somebody else calls the case."""
    by, now = acting(request, Act.OBSERVE), timezone.now()
    row = access.case(by, id, act=Act.OBSERVE, now=now)
    made = relays.add_handling_id(
        row, system=body.system, text=body.text, url=body.url, by=by, now=now
    )
    return Status(201, _handling_id(made))


@router.post("/{id}/handling-ids/{number}/drop", response={204: None}, openapi_extra=refuses())
def drop_handling_id(request: HttpRequest, id: str, number: int) -> Any:
    """Take a handling id back that was wrong."""
    by, now = acting(request, Act.OBSERVE), timezone.now()
    row = access.case(by, id, act=Act.OBSERVE, now=now)
    relays.drop_handling_id(access.handling_id(by, row, number), by=by, now=now)
    return Status(204, None)


@router.get("/{id}/hops", response=list[HopOut])
def show_hops(request: HttpRequest, id: str) -> Any:
    """The relay chain: from whom the case came and to whom it was passed on, oldest first; empty
    below T1."""
    by = caller(request)
    return [_hop(each) for each in access.hops(by, access.case(by, id))]


def _credits(row: Case) -> list[dict[str, Any]]:
    return [_credit(each) for each in credits.credits_of(row)]


def _credit(each: Named) -> dict[str, Any]:
    return {
        "number": each.row.pk if each.row else None,
        "name": each.name,
        "role": each.role.value,
        "wish": each.wish.value if each.wish else None,
        "party": each.party.public_id if each.party else None,
        "named": each.is_named,
    }


def _handling_id(row: HandlingId) -> dict[str, Any]:
    return {"number": row.pk, "system": row.system, "text": row.text, "url": row.url}


def _hop(row: RelayHop) -> dict[str, Any]:
    return {
        "direction": row.direction,
        "sender": row.sender,
        "receiver": row.receiver,
        "system": row.system,
        "tier": Tier(row.tier).name,
        "at": row.at,
    }
