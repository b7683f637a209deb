"""/deliveries: what was made for one's own party, encrypted to its key."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from seawall.api.auth import caller
from seawall.api.downloads import attachment
from seawall.api.openapi import refuses
from seawall.api.paging import Paging, page
from seawall.distribution import access, deliveries
from seawall.distribution.models import Delivery

router = Router(tags=["deliveries"])
restricted = Router(tags=["deliveries"])


class DeliveryOut(Schema):
    """A delivery. `path` is the target of the restricted TUF repository that holds it."""

    id: str
    recipient: str
    party: str
    case: str
    parts: list[str]
    path: str
    sha256: str = Field(description="Of the encrypted file, hex.")
    size_bytes: int
    made_at: datetime
    fetched_at: datetime | None
    removed_at: datetime | None


class DeliveryPage(Schema):
    items: list[DeliveryOut]
    next: int | None


@router.get("", response=DeliveryPage)
def list_deliveries(request: HttpRequest, asked: Query[Paging]) -> Any:
    """What was made for one's own parties, newest first; everything for the coordinators."""
    found, next_page = page(access.deliveries(caller(request)), asked)
    return {"items": [_out(row) for row in found], "next": next_page}


@router.get("/{id}", response=DeliveryOut)
def one_delivery(request: HttpRequest, id: str) -> Any:
    """One delivery."""
    return _out(access.delivery(caller(request), id))


@router.get("/{id}/file", response=bytes, openapi_extra=refuses())
def delivery_file(request: HttpRequest, id: str) -> HttpResponse:
    """The encrypted file, for members of the party that it was made for; each download is in the
    ledger."""
    by, now = caller(request), timezone.now()
    row = access.delivery_to_fetch(by, id)
    data = deliveries.fetch(row, by=by, now=now)
    return attachment(data, name=f"{row.public_id}.tar.age")


@restricted.get("/metadata/{name}", response=bytes)
def repository_metadata(request: HttpRequest, name: str) -> HttpResponse:
    """A file of metadata of the restricted TUF repository, for members of a party that is a
    recipient now: `timestamp.json` is where a client begins."""
    by, now = caller(request), timezone.now()
    access.demand_recipient(by, access.recipients(by), now=now)
    return attachment(deliveries.metadata(name), name=name)


@restricted.get("/targets/{folder}/{name}", response=bytes, openapi_extra=refuses())
def repository_target(request: HttpRequest, folder: str, name: str) -> HttpResponse:
    """The same file as `GET /deliveries/{id}/file`, at the address at which TUF looks for it."""
    by, now = caller(request), timezone.now()
    digest, _, rest = name.partition(".")
    row = access.delivery_at(by, f"{folder}/{rest}", digest=digest)
    return attachment(deliveries.fetch(row, by=by, now=now), name=name)


def _out(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "recipient": row.recipient.public_id,
        "party": row.recipient.party.name,
        "case": row.case.public_id,
        "parts": row.parts,
        "path": row.path,
        "sha256": row.ciphertext_digest,
        "size_bytes": row.ciphertext_bytes,
        "made_at": row.made_at,
        "fetched_at": row.fetched_at,
        "removed_at": row.removed_at,
    }
