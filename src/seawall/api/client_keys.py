"""/client-keys: the keys with which a party's clients sign receipts."""

import base64
import binascii
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from seawall.api.auth import caller
from seawall.api.openapi import refuses
from seawall.api.paging import Paging, page
from seawall.distribution import access, keys
from seawall.distribution.models import ClientKey
from seawall.vocab.errors import BadInput

router = Router(tags=["receipts"])


class ClientKeyOut(Schema):
    id: str
    party: str
    public_key: str
    name: str
    registered_at: datetime
    revoked_at: datetime | None


class ClientKeyPage(Schema):
    items: list[ClientKeyOut]
    next: int | None


class ClientKeyIn(Schema):
    """A key to register."""

    public_key: str = Field(max_length=64, description="The 32 bytes of an Ed25519 key, hex.")
    name: str = Field(min_length=1, max_length=100, description="Such as the machine it is on.")
    proof: str = Field(
        max_length=200,
        description=(
            "Base64 of the key's signature under three lines, each with its line feed: "
            "`seawall-client-key v1`, the public key in hex, and the public part of the token "
            "that registers it, the middle of `swl_…_…`."
        ),
    )
    party: str = Field(default="", description="For whom, when the token acts for several or none.")


@router.get("", response=ClientKeyPage, url_name="client-keys")
def list_keys(request: HttpRequest, asked: Query[Paging]) -> Any:
    """The keys of one's own parties, newest first; all of them for the coordinators."""
    found, next_page = page(access.client_keys(caller(request)), asked)
    return {"items": [_out(row) for row in found], "next": next_page}


@router.post("", response={201: ClientKeyOut}, openapi_extra=refuses())
def register(request: HttpRequest, response: HttpResponse, body: ClientKeyIn) -> Any:
    """Register a key, with proof that one has its private half. The same key twice is one key."""
    by, now = caller(request), timezone.now()
    party = access.party_for(by, body.party)
    row = keys.register(
        body.public_key, name=body.name, proof=_base64(body.proof), party=party, by=by, now=now
    )
    response["Location"] = reverse("api-1:client-keys")
    return Status(201, _out(row))


@router.post("/{id}/revoke", response=ClientKeyOut, openapi_extra=refuses())
def revoke(request: HttpRequest, id: str) -> Any:
    """Take a key back for good: receipts that it signs are refused from now on."""
    by, now = caller(request), timezone.now()
    return _out(keys.revoke(access.client_key(by, id), by=by, now=now))


def _out(row: ClientKey) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "party": row.party.name,
        "public_key": row.public_key,
        "name": row.name,
        "registered_at": row.registered_at,
        "revoked_at": row.revoked_at,
    }


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("this is not base64", where="proof") from error
