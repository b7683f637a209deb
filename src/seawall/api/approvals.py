"""/approvals: ask for grave steps and see how their approval stands. Only people sign, on pages."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from seawall.advisories import access as advisories
from seawall.advisories.releasing import ask_release
from seawall.api.auth import coordinator, reader
from seawall.cases import access as cases
from seawall.cases.grave import ask_shred
from seawall.core.four_eyes import Grave
from seawall.findings import access as findings
from seawall.findings.exporting import ask_export
from seawall.parties import approvals
from seawall.parties.models import Approval
from seawall.vocab.access import Act
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed

router = Router(tags=["approvals"])


class SignatureOut(Schema):
    person: str
    party: str
    how: str = Field(description='"passkey" when a passkey signed the digest itself.')
    at: datetime


class ApprovalOut(Schema):
    """`digest` is the sha256 of the statement's canonical JSON; it is what people sign."""

    id: str
    what: str
    on: str
    statement: dict[str, Any]
    digest: str
    asked_at: datetime
    expires_at: datetime
    used_at: datetime | None
    withdrawn_at: datetime | None
    approved: bool = Field(description="Whether the step may be taken now.")
    signatures: list[SignatureOut]


class ApprovalsOut(Schema):
    items: list[ApprovalOut]


class ApprovalsQuery(Schema):
    open: bool = Field(default=True, description="Only those that can still be signed or used.")


class AskIn(Schema):
    """`on` is an advisory for a release, a finding for an export, a case for shredding."""

    what: Literal["release under embargo", "export of a reproducer", "shredding"]
    on: str = Field(max_length=100)


@router.get("", response=ApprovalsOut)
def list_approvals(request: HttpRequest, asked: Query[ApprovalsQuery]) -> Any:
    """The newest approvals of which the caller may know, at most 200."""
    by, now = reader(request), timezone.now()
    rows = approvals.approvals(by, now=now, open_only=asked.open)
    return {"items": _told(rows, now)}


@router.post("", response={201: ApprovalOut})
def ask(request: HttpRequest, response: HttpResponse, body: AskIn) -> Any:
    """Ask for a grave step. The same question that is still open is given as it is."""
    by, now = coordinator(request), timezone.now()
    row = _ask(body, by, now)
    response["Location"] = reverse("api-1:approval", args=[row.public_id])
    return Status(201, _told([row], now)[0])


@router.get("/{id}", response=ApprovalOut, url_name="approval")
def approval(request: HttpRequest, id: str) -> Any:
    """One approval with its signatures."""
    by, now = reader(request), timezone.now()
    return _told([approvals.approval(by, id, now=now)], now)[0]


def _ask(body: AskIn, by: Actor, now: datetime) -> Approval:
    match Grave(body.what):
        case Grave.RELEASE:
            advisory = advisories.advisory(by, body.on, now=now)
            advisories.demand_publish(by, advisory, now=now)
            return ask_release(advisory, by=by, now=now)
        case Grave.EXPORT:
            return ask_export(findings.finding(by, body.on, now=now), by=by, now=now)
    return ask_shred(cases.case(by, body.on, act=Act.SHRED, now=now), by=by, now=now)


def _told(rows: list[Approval], now: datetime) -> list[dict[str, Any]]:
    answers = approvals.decisions(rows, now=now)
    return [
        {
            "id": row.public_id,
            "what": row.what,
            "on": row.on,
            "statement": row.statement,
            "digest": row.digest,
            "asked_at": row.asked_at,
            "expires_at": row.expires_at,
            "used_at": row.used_at,
            "withdrawn_at": row.withdrawn_at,
            "approved": isinstance(answers[row.pk], Allowed),
            "signatures": [
                {
                    "person": each.person.public_id,
                    "party": each.party.public_id,
                    "how": each.how,
                    "at": each.at,
                }
                for each in row.signatures.all()
            ],
        }
        for row in rows
    ]
