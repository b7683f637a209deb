"""/webhooks: where a party is told of events by signed HTTP requests."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from seawall.api.auth import caller, coordinator
from seawall.api.paging import Paging, page
from seawall.notices import access, channels, models

router = Router(tags=["webhooks"])


class WebhookIn(Schema):
    """`events` empty: all. `party` may be left out by who manages one party only."""

    url: str = Field(max_length=2000)
    events: list[str] = Field(default=[], max_length=50)
    party: str = Field(default="", max_length=20)


class WebhookOut(Schema):
    """`problem` says why it failed; nothing is sent on it until it is resumed."""

    id: str
    party: str
    url: str
    events: list[str]
    works: bool
    failed_at: datetime | None
    problem: str
    made_at: datetime


class WebhookSecretOut(WebhookOut):
    secret: str = Field(description="Seen this once.")


class DeliveryOut(Schema):
    id: str
    made_at: datetime
    attempts: int
    tried_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    problem: str


class WebhookDetail(WebhookOut):
    deliveries: list[DeliveryOut] = Field(description="The newest 50.")


class WebhookPage(Schema):
    items: list[WebhookOut]
    next: int | None


@router.get("", response=WebhookPage)
def webhooks(request: HttpRequest, paging: Query[Paging]) -> Any:
    """The webhooks of the parties that the caller administers, newest first."""
    found, following = page(access.webhooks(caller(request)), paging)
    return {"items": [_webhook(row) for row in found], "next": following}


@router.post("", response={201: WebhookSecretOut})
def add(request: HttpRequest, response: HttpResponse, body: WebhookIn) -> Any:
    """Add a webhook to a public https address. Its secret is in this answer and nowhere else."""
    by, now = coordinator(request), timezone.now()
    party = access.party_for(by, body.party)
    row, secret = channels.add_webhook(party, url=body.url, events=body.events, by=by, now=now)
    response["Location"] = reverse("api-1:webhook", args=[row.public_id])
    return Status(201, _webhook(row) | {"secret": secret})


@router.get("/{id}", response=WebhookDetail, url_name="webhook")
def webhook(request: HttpRequest, id: str) -> Any:
    """One webhook with its newest deliveries; what they said is not kept."""
    row = access.webhook(caller(request), id)
    newest = row.deliveries.order_by("-pk")[:50]
    return _webhook(row) | {"deliveries": [_delivery(each) for each in newest]}


@router.post("/{id}/rotate", response=WebhookSecretOut)
def rotate(request: HttpRequest, id: str) -> Any:
    """A new secret, shown this once; for a day the old one signs beside it."""
    by = coordinator(request)
    row = access.webhook(by, id)
    secret = channels.rotate(row, by=by, now=timezone.now())
    return _webhook(row) | {"secret": secret}


@router.post("/{id}/test", response=WebhookOut)
def test(request: HttpRequest, id: str) -> Any:
    """Send a `webhook.test` as soon as the worker runs; a failed webhook is resumed."""
    by = coordinator(request)
    row = access.webhook(by, id)
    channels.test(row, by=by, now=timezone.now())
    return _webhook(access.webhook(by, id))


@router.post("/{id}/remove", response=WebhookOut)
def remove(request: HttpRequest, id: str) -> Any:
    """End a webhook at once and destroy its secrets."""
    by = coordinator(request)
    row = access.webhook(by, id)
    channels.remove(row, by=by, now=timezone.now())
    row.refresh_from_db()
    return _webhook(row)


def _webhook(row: models.Channel) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "party": row.party.public_id if row.party else "",
        "url": row.url,
        "events": row.events,
        "works": row.works,
        "failed_at": row.failed_at,
        "problem": row.problem,
        "made_at": row.made_at,
    }


def _delivery(row: models.Delivery) -> dict[str, Any]:
    return {
        "id": row.key,
        "made_at": row.made_at,
        "attempts": row.attempts,
        "tried_at": row.tried_at,
        "delivered_at": row.delivered_at,
        "given_up_at": row.given_up_at,
        "problem": row.problem,
    }
