"""/claims: who scans what, with which model, until when; overlaps before work starts."""

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
from seawall.claims import access, actions
from seawall.claims.actions import Wanted
from seawall.claims.overlaps import ask, coverage
from seawall.claims.scope import read_scope
from seawall.core.claim_rules import MAX_LEASE
from seawall.findings.access import report
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.vocab.claims import ClaimState, Closeness, Lease, Sharing

router = Router(tags=["claims"])

ADVICE = "A claim is advice: it blocks nobody."


class ClaimOut(Schema):
    """A claim as it may be shown; what is not shared is empty."""

    id: str
    is_own: bool
    party: str
    target: str
    versions: str = Field(description='A VERS, versions with bars between, or "*" for all.')
    model: str
    purpose: str
    exclusive: bool
    starts_at: datetime
    until_at: datetime
    ends_at: datetime = Field(description="When it ends or ended; a release comes before until_at.")
    state: ClaimState
    report: str


class OverlapOut(Schema):
    """Another's claim that meets this one: in which versions, and from when until when."""

    claim: ClaimOut
    closeness: Closeness
    versions: str
    why: str
    starts_at: datetime
    until_at: datetime
    advice: str


class ClaimedOut(Schema):
    """`claim` is null when it was only asked what would overlap."""

    claim: ClaimOut | None
    overlaps: list[OverlapOut]
    notice: str = ADVICE


class ClaimPage(Schema):
    items: list[ClaimOut]
    next: int | None


class ClaimQuery(Paging):
    """What the list is narrowed to."""

    target: str = ""


class CoverageQuery(Schema):
    """`party` asks in its name, and then others' scans are told as far as they are shared."""

    target: str
    versions: str = ""
    since: AwareDatetime | None = None
    party: str = ""


class CoveredOut(Schema):
    claim: ClaimOut
    closeness: Closeness
    versions: str = Field(description="Those asked for that the scan covers.")
    starts_at: datetime
    ends_at: datetime


class CoverageOut(Schema):
    target: str
    versions: str
    scans: list[CoveredOut]


class ClaimIn(Schema):
    """A claim; it begins now and lasts a week unless it says otherwise, at most 14 days."""

    target: str = Field(min_length=1, max_length=500)
    versions: str = Field(
        default="", max_length=20_000, description='VERS, ">=3.0|<3.1.5", a list, empty for all.'
    )
    model: str = Field(default="", max_length=200, description="The model or tool that scans.")
    model_version: str = Field(default="", max_length=100)
    purpose: str = Field(default="", max_length=500)
    exclusive: bool = Field(default=False, description="Ask others to leave it alone meanwhile.")
    sharing: Sharing = Sharing.NAME
    starts_at: AwareDatetime | None = None
    until_at: AwareDatetime | None = None
    party: str = Field(default="", description="For whom, when the token acts for several or none.")


class ClaimOptions(Schema):
    dry_run: bool = Field(default=False, description="Only say what would overlap.")


class RenewIn(Schema):
    until_at: AwareDatetime


class ReleaseIn(Schema):
    because: str = Field(default="", max_length=500)


class FinishIn(Schema):
    """`report` names what came of the scan, if anything did."""

    report: str = ""
    because: str = Field(default="", max_length=500)


@router.get("", response=ClaimPage)
def claims(request: HttpRequest, asked: Query[ClaimQuery]) -> Any:
    """The claims of one's own parties, newest first; all of them for the coordinators."""
    by = caller(request)
    rows = access.claims(by)
    if asked.target:
        rows = rows.filter(component=read_scope(asked.target).name)
    found, next_page = page(rows, asked)
    return {"items": [access.view(by, row) for row in found], "next": next_page}


@router.post("", response={200: ClaimedOut, 201: ClaimedOut}, openapi_extra=refuses())
def claim(
    request: HttpRequest, response: HttpResponse, body: ClaimIn, options: Query[ClaimOptions]
) -> Any:
    """Claim a target, and learn which claims of others it overlaps; with `dry_run` learn it
    before, and claim nothing (200). A claim is advice and is never refused for an overlap."""
    by, now = caller(request), timezone.now()
    party = access.party_for(by, body.party)
    wanted = wanted_of(body, now=now)
    if options.dry_run:
        found = ask(
            wanted.scope,
            wanted.lease,
            party=party,
            exclusive=wanted.exclusive,
            by=by,
            now=now,
        )
        return Status(200, {"claim": None, "overlaps": list(found)})
    made = actions.claim(wanted, party=party, by=by, now=now)
    response["Location"] = reverse("api-1:claim", args=[made.claim.public_id])
    shown = access.view(by, made.claim, now=now)
    return Status(201, {"claim": shown, "overlaps": list(made.overlaps)})


@router.get("/coverage", response=CoverageOut, openapi_extra=refuses())
def covered(request: HttpRequest, asked: Query[CoverageQuery]) -> Any:
    """Who scanned, or scans, these versions of a target, earliest first."""
    by, now = caller(request), timezone.now()
    require(by, Scope.READ)
    party = access.party_for(by, asked.party) if asked.party else None
    scope = read_scope(asked.target, asked.versions)
    scans = coverage(scope, by=by, now=now, party=party, since=asked.since)
    return {"target": scope.target, "versions": scope.versions, "scans": scans}


@router.get("/{id}", response=ClaimOut, url_name="claim")
def one_claim(request: HttpRequest, id: str) -> Any:
    """One claim: one's own, or another's on a target that one claims as well."""
    by = caller(request)
    return access.view(by, access.claim(by, id))


@router.post("/{id}/renew", response=ClaimOut, openapi_extra=refuses())
def renew(request: HttpRequest, id: str, body: RenewIn) -> Any:
    """Move the end of a claim later, at most 14 days from now."""
    by, now = caller(request), timezone.now()
    row = actions.renew(access.own_claim(by, id), until_at=body.until_at, by=by, now=now)
    return access.view(by, row, now=now)


@router.post("/{id}/release", response=ClaimOut, openapi_extra=refuses())
def release(request: HttpRequest, id: str, body: ReleaseIn) -> Any:
    """Give a claim up before its end, so that others may have the target."""
    by, now = caller(request), timezone.now()
    row = actions.release(access.own_claim(by, id), because=body.because, by=by, now=now)
    return access.view(by, row, now=now)


@router.post("/{id}/finish", response=ClaimOut, openapi_extra=refuses())
def finish(request: HttpRequest, id: str, body: FinishIn) -> Any:
    """Say that the scan is done, and name the report that came of it."""
    by, now = caller(request), timezone.now()
    row = access.own_claim(by, id)
    named = report(by, body.report).public_id if body.report else ""
    row = actions.finish(row, report=named, because=body.because, by=by, now=now)
    return access.view(by, row, now=now)


def wanted_of(body: ClaimIn, *, now: datetime) -> Wanted:
    """The claim that a body asks for; BadInput when its target or versions cannot be read."""
    starts = body.starts_at or now
    lease = Lease(starts_at=starts, until_at=body.until_at or starts + MAX_LEASE / 2)
    return Wanted(
        scope=read_scope(body.target, body.versions),
        lease=lease,
        model=body.model,
        model_version=body.model_version,
        purpose=body.purpose,
        exclusive=body.exclusive,
        sharing=body.sharing,
    )
