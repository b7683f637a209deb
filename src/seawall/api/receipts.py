"""/receipts: operators' signed word that a release arrived, or was installed."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from seawall.api.auth import caller
from seawall.api.openapi import refuses, takes
from seawall.api.paging import Paging, page
from seawall.distribution import access
from seawall.distribution.models import SignedReceipt
from seawall.distribution.receipts import receive
from seawall.formats.receipt import ReceiptKind
from seawall.vocab.actors import Actor

router = Router(tags=["receipts"])

_BODY = takes(
    "A DSSE envelope, signed by a registered key of the party, around an in-toto statement of the "
    "predicate type urn:seawall:receipt:v1.",
    "application/json",
)


class ReceiptOut(Schema):
    """A receipt; `asset` and `envelope` are shown to the party that sent it alone."""

    id: str
    party: str
    key: str
    kind: ReceiptKind
    release: str
    revision: int
    digest: str = Field(description="sha256 of the signed payload of the receipt, hex.")
    asset: str
    component: str
    before: str
    after: str
    client: str
    at: datetime
    received_at: datetime
    envelope: dict[str, Any] | None


class ReceiptPage(Schema):
    items: list[ReceiptOut]
    next: int | None


class ReceiptQuery(Paging):
    """What the list is narrowed to."""

    release: str = Field(default="", max_length=40, description="Such as SEAWALL-2026-0001.")


class PartyQuery(Schema):
    party: str = Field(default="", description="For whom, when the token acts for several or none.")


@router.get("", response=ReceiptPage)
def list_receipts(request: HttpRequest, asked: Query[ReceiptQuery]) -> Any:
    """The receipts of one's own parties, newest first; all of them for the coordinators."""
    by = caller(request)
    found, next_page = page(access.receipts(by, release=asked.release), asked)
    return {"items": [_out(by, row) for row in found], "next": next_page}


@router.post(
    "",
    response={200: ReceiptOut, 201: ReceiptOut},
    openapi_extra=_BODY | refuses(),
)
def send_receipt(request: HttpRequest, response: HttpResponse, asked: Query[PartyQuery]) -> Any:
    """Send a receipt. One that is here already is given as it is (200)."""
    by, now = caller(request), timezone.now()
    party = access.party_for(by, asked.party)
    row, is_new = receive(request.body, party=party, by=by, now=now)
    response["Location"] = reverse("api-1:receipt", args=[row.public_id])
    return Status(201 if is_new else 200, _out(by, row))


@router.get("/{id}", response=ReceiptOut, url_name="receipt")
def one_receipt(request: HttpRequest, id: str) -> Any:
    """One receipt."""
    by = caller(request)
    return _out(by, access.receipt(by, id))


def _out(by: Actor, row: SignedReceipt) -> dict[str, Any]:
    revision, whole = row.release.revision, access.shows_asset(by, row)
    return {
        "id": row.public_id,
        "party": row.party.name,
        "key": row.key.public_id,
        "kind": row.kind,
        "release": revision.advisory.public_id,
        "revision": revision.number,
        "digest": row.digest,
        "asset": row.asset if whole else "",
        "component": row.component,
        "before": row.before,
        "after": row.after,
        "client": row.client,
        "at": row.at,
        "received_at": row.received_at,
        "envelope": json.loads(row.envelope) if whole else None,
    }
