"""/matches: which findings two parties both hold, without showing them to each other or here."""

import base64
import binascii
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from seawall.api.auth import caller
from seawall.api.openapi import refuses
from seawall.api.paging import Paging, page
from seawall.claims import access, matching
from seawall.claims.models import MatchSession
from seawall.core.match_rules import SessionState
from seawall.dedup.private_points import SIZES
from seawall.vocab.errors import BadInput

router = Router(tags=["private matching"])
_LIMIT = (32 * SIZES[-1] + 64) * 4 // 3 + 8


class HandOut(Schema):
    """What one side has sent; the commitment is in the ledger too."""

    party: str
    points: int = Field(description="How many points; always one of the sizes.")
    commitment: str
    sent_at: datetime
    answered_at: datetime | None
    read_at: datetime | None


class SessionOut(Schema):
    id: str
    name: str = Field(description="What both sides hash the session by.")
    starter: str
    joiner: str
    at_most: int = Field(description="Points that each side may send.")
    state: SessionState
    made_at: datetime
    expires_at: datetime
    ended_because: str
    hands: list[HandOut]


class SessionPage(Schema):
    items: list[SessionOut]
    next: int | None


class SessionDetail(SessionOut):
    side: Literal["starter", "joiner", ""] = Field(
        description="Which side the caller is; empty for who only looks on."
    )


class StartIn(Schema):
    """`with` is the other party, by id or whole name."""

    with_party: str = Field(alias="with", min_length=1, max_length=200)
    at_most: int = 1024
    party: str = Field(default="", description="For whom, when the token acts for several or none.")


class BytesIn(Schema):
    """Bytes in base64; `party` says for which side, where that is not clear."""

    data: str = Field(max_length=_LIMIT)
    party: str = ""


class BytesOut(Schema):
    data: str = Field(description="Base64.")


class EndIn(Schema):
    because: str = Field(default="", max_length=500)
    party: str = ""


class SideQuery(Schema):
    party: str = ""


@router.get("", response=SessionPage)
def sessions(request: HttpRequest, asked: Query[Paging]) -> Any:
    """Sessions of one's own parties, newest first."""
    rows, next_page = page(access.sessions(caller(request)), asked)
    now = timezone.now()
    return {"items": [_session(row, now) for row in rows], "next": next_page}


@router.post("", response={201: SessionDetail}, openapi_extra=refuses())
def start(request: HttpRequest, response: HttpResponse, body: StartIn) -> Any:
    """Open a session with another party, who then sees it and may join; `seawall match start`
    does this and what follows."""
    by, now = caller(request), timezone.now()
    starter = access.party_for(by, body.party)
    joiner = access.other_party(body.with_party)
    row = matching.start(starter=starter, joiner=joiner, at_most=body.at_most, by=by, now=now)
    response["Location"] = reverse("api-1:match", args=[row.public_id])
    return Status(201, _session(row, now) | {"side": "starter"})


@router.get("/{id}", response=SessionDetail, url_name="match")
def session(request: HttpRequest, id: str, asked: Query[SideQuery]) -> Any:
    """One session: who has sent points and answers."""
    by = caller(request)
    row = access.session(by, id)
    return _session(row, timezone.now()) | {"side": _side(row, by.parties)}


@router.put("/{id}/points", response=HandOut, openapi_extra=refuses())
def send_points(request: HttpRequest, id: str, body: BytesIn) -> Any:
    """Send one's blinded points; they cannot be changed. Every list has one of the sizes, with
    points of the curve, each once."""
    by = caller(request)
    row, side = access.side_in(by, id, body.party)
    data = _bytes(body.data)
    hand = matching.send_points(row, data, side=side, by=by, now=timezone.now())
    return _hand(hand)


@router.get("/{id}/points", response=BytesOut, openapi_extra=refuses())
def points(request: HttpRequest, id: str, asked: Query[SideQuery]) -> Any:
    """The other side's points, once both sides have sent theirs."""
    row, side = access.side_in(caller(request), id, asked.party)
    found = matching.points_for(row, side=side, now=timezone.now())
    return {"data": base64.b64encode(found).decode()}


@router.put("/{id}/answer", response=HandOut, openapi_extra=refuses())
def send_answer(request: HttpRequest, id: str, body: BytesIn) -> Any:
    """Send the other side's points, multiplied and sealed for that side; one answer for good."""
    by = caller(request)
    row, side = access.side_in(by, id, body.party)
    data = _bytes(body.data)
    hand = matching.send_answer(row, data, side=side, by=by, now=timezone.now())
    return _hand(hand)


@router.get("/{id}/answer", response=BytesOut, openapi_extra=refuses())
def answer(request: HttpRequest, id: str, asked: Query[SideQuery]) -> Any:
    """The other side's sealed answer, once both sides have answered."""
    by = caller(request)
    row, side = access.side_in(by, id, asked.party)
    found = matching.read_answer(row, side=side, by=by, now=timezone.now())
    return {"data": base64.b64encode(found).decode()}


@router.post("/{id}/end", response=SessionOut, openapi_extra=refuses())
def end(request: HttpRequest, id: str, body: EndIn) -> Any:
    """Decline a session or give it up; its points and answers are forgotten."""
    by, now = caller(request), timezone.now()
    row, side = access.side_in(by, id, body.party)
    matching.end(row, because=body.because, side=side, by=by, now=now)
    ended, _ = access.side_in(by, id, body.party)
    return _session(ended, now)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("not base64", where="data") from error


def _side(row: MatchSession, parties: frozenset[int]) -> str:
    if row.starter_id in parties:
        return "starter"
    return "joiner" if row.joiner_id in parties else ""


def _hand(hand: Any) -> dict[str, Any]:
    return {
        "party": hand.party.name,
        "points": hand.size,
        "commitment": hand.commitment,
        "sent_at": hand.sent_at,
        "answered_at": hand.answered_at,
        "read_at": hand.read_at,
    }


def _session(row: MatchSession, now: datetime) -> dict[str, Any]:
    names = {row.starter_id: row.starter, row.joiner_id: row.joiner}
    hands = []
    for hand in row.hands.all():
        hand.party = names[hand.party_id]
        hands.append(_hand(hand))
    return {
        "id": row.public_id,
        "name": row.name,
        "starter": row.starter.name,
        "joiner": row.joiner.name,
        "at_most": row.at_most,
        "state": matching.state(row, now=now),
        "made_at": row.made_at,
        "expires_at": row.expires_at,
        "ended_because": row.ended_because,
        "hands": hands,
    }
