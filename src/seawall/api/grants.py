"""/grants: partners' access to models under review; the gateway serves what they allow."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from seawall.api.auth import caller
from seawall.api.openapi import refuses
from seawall.api.paging import Paging, page
from seawall.findings.access import report
from seawall.reviews import access, grants, shown
from seawall.reviews.grants import Quotas
from seawall.reviews.models import BoundKey
from seawall.vocab.reviews import Provisioning

router = Router(tags=["grants"])


class GrantOut(Schema):
    """A grant; `submission` is empty for its partner, who knows the alias alone."""

    id: str
    alias: str
    partner: str
    partner_party: str
    submission: str
    state: Provisioning
    purpose: str
    starts_at: datetime
    ends_at: datetime
    requests_per_minute: int
    tokens_per_day: int
    concurrent: int
    hours: list[int]
    retain_days: int
    keys: int
    ended_because: str


class GrantPage(Schema):
    items: list[GrantOut]
    next: int | None


class QuotasIn(Schema):
    requests_per_minute: int = Field(default=60, ge=1, le=100_000)
    tokens_per_day: int = Field(default=10_000_000, ge=1, le=10**12)
    concurrent: int = Field(default=8, ge=1, le=1000)
    hours: list[int] | None = Field(
        default=None, min_length=2, max_length=2, description="Usual hours, [from, to) in UTC."
    )


class GrantIn(Schema):
    submission: str = Field(max_length=60)
    partner: str = Field(max_length=60)
    purpose: str = Field(min_length=1, max_length=500)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    quotas: QuotasIn = QuotasIn()
    retain_days: int = Field(default=30, ge=0, le=3650)


class KeyIn(Schema):
    """A key to bind: base64url without padding of the JWK's thumbprint (RFC 7638), or of the
    sha256 of the DER certificate (RFC 8705)."""

    binding: BoundKey.Binding
    thumbprint: str = Field(min_length=43, max_length=43)
    certificate: str = Field(default="", max_length=16_384)
    """The certificate itself as PEM, for mutual TLS: it is taken whoever signed it."""
    expires_at: AwareDatetime | None = None


class KeyOut(Schema):
    """The access token is shown here once and kept nowhere."""

    number: int
    token: str
    expires_at: datetime


class BecauseIn(Schema):
    because: str = Field(default="", max_length=500)


class MadeWithIn(Schema):
    report: str = Field(max_length=60, description="The report that was made with the model.")


class MadeWithOut(Schema):
    report: str
    grant: str
    at: datetime


@router.get("", response=GrantPage)
def list_grants(request: HttpRequest, asked: Query[Paging]) -> Any:
    """One's own grants; all of a model for its lab, all for the official. Newest first."""
    by = caller(request)
    found, next_page = page(access.grants(by).prefetch_related("keys"), asked)
    return {"items": [shown.grant(by, row) for row in found], "next": next_page}


@router.post("", response={201: GrantOut}, openapi_extra=refuses())
def request_grant(request: HttpRequest, response: HttpResponse, body: GrantIn) -> Any:
    """Give a partner access to a model, inside its window: the lab's or the official's. It begins
    to work once its partner has bound a key."""
    by, now = caller(request), timezone.now()
    quotas = body.quotas
    row = grants.request(
        submission=access.submission_to_grant(by, body.submission),
        partner=access.partner(by, body.partner),
        purpose=body.purpose,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        quotas=Quotas(
            requests_per_minute=quotas.requests_per_minute,
            tokens_per_day=quotas.tokens_per_day,
            concurrent=quotas.concurrent,
            hours=(quotas.hours[0], quotas.hours[1]) if quotas.hours else None,
        ),
        retain_days=body.retain_days,
        by=by,
        now=now,
    )
    response["Location"] = reverse("api-1:grant", args=[row.public_id])
    return Status(201, shown.grant(by, row))


@router.get("/{id}", response=GrantOut, url_name="grant")
def one_grant(request: HttpRequest, id: str) -> Any:
    """One grant by id or alias."""
    by = caller(request)
    return shown.grant(by, access.grant(by, id))


@router.post("/{id}/approve", response=GrantOut, openapi_extra=refuses())
def approve(request: HttpRequest, id: str) -> Any:
    """Say yes to a grant."""
    by, now = caller(request), timezone.now()
    return shown.grant(by, grants.approve(access.grant_to_change(by, id), by=by, now=now))


@router.post("/{id}/keys", response={201: KeyOut}, openapi_extra=refuses())
def bind_key(request: HttpRequest, id: str, body: KeyIn) -> Any:
    """Bind a key of one's own and get an access token that works with this key alone."""
    by, now = caller(request), timezone.now()
    bound = grants.bind_key(
        access.grant_to_use(by, id),
        binding=body.binding,
        thumbprint=body.thumbprint,
        certificate=body.certificate,
        expires_at=body.expires_at,
        by=by,
        now=now,
    )
    return Status(
        201, {"number": bound.key.pk, "token": bound.token, "expires_at": bound.key.expires_at}
    )


@router.post("/{id}/keys/{number}/revoke", response={204: None}, openapi_extra=refuses())
def unbind_key(request: HttpRequest, id: str, number: int) -> Any:
    """Revoke a key and its token at once: its partner's, the lab's or the official's."""
    by, now = caller(request), timezone.now()
    grants.unbind_key(access.bound_key(by, id, number), by=by, now=now)
    return Status(204, None)


@router.post("/{id}/suspend", response=GrantOut, openapi_extra=refuses())
def suspend(request: HttpRequest, id: str, body: BecauseIn) -> Any:
    """Stop a grant for the time being; streams that run are cut within a second."""
    by, now = caller(request), timezone.now()
    row = grants.suspend(access.grant_to_change(by, id), because=body.because, by=by, now=now)
    return shown.grant(by, row)


@router.post("/{id}/resume", response=GrantOut, openapi_extra=refuses())
def resume(request: HttpRequest, id: str) -> Any:
    """Take a suspension back."""
    by, now = caller(request), timezone.now()
    return shown.grant(by, grants.resume(access.grant_to_change(by, id), by=by, now=now))


@router.post("/{id}/revoke", response=GrantOut, openapi_extra=refuses())
def revoke(request: HttpRequest, id: str, body: BecauseIn) -> Any:
    """End a grant for good; streams that run are cut within a second."""
    by, now = caller(request), timezone.now()
    row = grants.revoke(access.grant_to_change(by, id), because=body.because, by=by, now=now)
    return shown.grant(by, row)


@router.post("/{id}/reports", response={201: MadeWithOut}, openapi_extra=refuses())
def made_with(request: HttpRequest, id: str, body: MadeWithIn) -> Any:
    """Say that a report of one's own was made with the grant's model: it counts for its head
    start."""
    by, now = caller(request), timezone.now()
    row = access.grant_to_use(by, id)
    made = grants.attribute(report(by, body.report), row, by=by, now=now)
    return Status(201, {"report": made.report.public_id, "grant": row.public_id, "at": made.at})
