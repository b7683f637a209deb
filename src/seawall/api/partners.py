"""/partners: applications of trusted partners, and what became of them."""

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
from seawall.reviews import access, partners, shown
from seawall.reviews.partners import Finding
from seawall.vocab.reviews import PartnerKind, PartnerState, Voice

router = Router(tags=["partners"])


class CriterionOut(Schema):
    """A criterion of the regime; `met` is null while nothing was found of it."""

    id: str
    says: str
    clause: str
    met: bool | None
    note: str


class PartnerOut(Schema):
    """An application or designation."""

    id: str
    party: str
    lab: str
    kind: PartnerKind
    state: PartnerState
    statement: str
    contact: str
    criteria: list[CriterionOut]
    yes: list[Voice]
    made_at: datetime
    decided_at: datetime | None
    refused_because: str
    appeal: str
    designated_at: datetime | None
    expires_at: datetime | None
    renewals: int
    revoked_because: str


class PartnerPage(Schema):
    items: list[PartnerOut]
    next: int | None


class ApplyIn(Schema):
    lab: str = Field(description="The lab, by id or whole name.", max_length=200)
    kind: PartnerKind
    statement: str = Field(min_length=1, max_length=4000)
    contact: str = Field(default="", max_length=200)
    party: str = Field(default="", description="For whom, when the token acts for several.")


class CriterionIn(Schema):
    id: str = Field(max_length=60)
    met: bool
    note: str = Field(default="", max_length=4000)


class SelectIn(Schema):
    """A no needs reasons; the applicant reads them."""

    voice: Voice
    yes: bool
    because: str = Field(default="", max_length=4000)


class ReasonIn(Schema):
    because: str = Field(min_length=1, max_length=4000)


@router.get("", response=PartnerPage)
def list_partners(request: HttpRequest, asked: Query[Paging]) -> Any:
    """One's own applications, those to one's lab, all for the official; newest first."""
    rows = access.partners(caller(request)).prefetch_related("selections")
    found, next_page = page(rows, asked)
    return {"items": [shown.partner(row) for row in found], "next": next_page}


@router.post("", response={201: PartnerOut}, openapi_extra=refuses())
def apply(request: HttpRequest, response: HttpResponse, body: ApplyIn) -> Any:
    """Apply to use a lab's models before their release."""
    by, now = caller(request), timezone.now()
    row = partners.apply(
        party=access.applicant_for(by, body.party),
        lab=access.lab_named(body.lab),
        kind=body.kind,
        statement=body.statement,
        contact=body.contact,
        by=by,
        now=now,
    )
    response["Location"] = reverse("api-1:partner", args=[row.public_id])
    return Status(201, shown.partner(row))


@router.get("/{id}", response=PartnerOut, url_name="partner")
def one_partner(request: HttpRequest, id: str) -> Any:
    """One application."""
    return shown.partner(access.partner(caller(request), id))


@router.post("/{id}/criteria", response=PartnerOut, openapi_extra=refuses())
def record_criterion(request: HttpRequest, id: str, body: CriterionIn) -> Any:
    """Record what was found of one criterion; the official's."""
    by, now = caller(request), timezone.now()
    row = access.partner_for(by, Voice.GOVERNMENT, id)
    found = Finding(id=body.id, met=body.met, note=body.note)
    return shown.partner(partners.record_criterion(row, found, by=by, now=now))


@router.post("/{id}/select", response=PartnerOut, openapi_extra=refuses())
def select(request: HttpRequest, id: str, body: SelectIn) -> Any:
    """Say yes or no for the lab or for the government. Both yes: its designation then waits for
    two signatures under /approvals."""
    by, now = caller(request), timezone.now()
    row = access.partner_for(by, body.voice, id)
    row = partners.select(row, voice=body.voice, yes=body.yes, because=body.because, by=by, now=now)
    return shown.partner(row)


@router.post("/{id}/appeal", response=PartnerOut, openapi_extra=refuses())
def appeal(request: HttpRequest, id: str, body: ReasonIn) -> Any:
    """Ask once that a refusal is looked at anew."""
    by, now = caller(request), timezone.now()
    row = access.own_partner(by, id)
    return shown.partner(partners.appeal(row, because=body.because, by=by, now=now))


@router.post("/{id}/renew", response=PartnerOut, openapi_extra=refuses())
def renew(request: HttpRequest, id: str) -> Any:
    """Renew a designation for another year, from 60 days before its end on; the official's."""
    by, now = caller(request), timezone.now()
    row = access.partner_for(by, Voice.GOVERNMENT, id)
    return shown.partner(partners.renew(row, by=by, now=now))


@router.post("/{id}/revoke", response=PartnerOut, openapi_extra=refuses())
def revoke(request: HttpRequest, id: str, body: ReasonIn) -> Any:
    """Take a designation back; all its grants end at once. The lab's or the official's."""
    by, now = caller(request), timezone.now()
    row = access.partner_to_revoke(by, id)
    return shown.partner(partners.revoke(row, because=body.because, by=by, now=now))


@router.post("/{id}/withdraw", response=PartnerOut, openapi_extra=refuses())
def withdraw(request: HttpRequest, id: str) -> Any:
    """Take one's application, or designation, back."""
    by, now = caller(request), timezone.now()
    return shown.partner(partners.withdraw(access.own_partner(by, id), by=by, now=now))
