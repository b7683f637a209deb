"""/reports: send a report; list and show reports."""

import re
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status

from seawall.api.auth import caller
from seawall.api.paging import Paging, page
from seawall.findings import access, actions
from seawall.findings.actions import Submitted
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput

router = Router(tags=["reports"])

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The report itself: a Seawall report, SARIF 2.1.0, OSV, CSAF 2.0 or plain "
        "text, or an archive; or multipart/form-data with it as the part `file`.",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "reporter": {"type": "string"},
                    },
                }
            },
        },
    }
}


class RejectedOut(Schema):
    where: str
    reason: str


class SubmittedOut(Schema):
    """What became of a report; `is_new` is false when the same bytes were received before."""

    report: str
    digest: str
    format: str
    is_new: bool
    findings: list[str]
    attachments: int
    rejected: list[RejectedOut]


class ReportOut(Schema):
    """`tier` says how much this token may read of what the report holds; below T2 the fields
    after `finding_count`, which counts the findings that this token may know of, are null.
    `reporters` names other senders only to coordinators."""

    id: str
    tier: str
    received_at: datetime
    finding_count: int
    digest: str | None
    format: str | None
    size_bytes: int | None
    reporters: list[str] | None
    provenance: dict[str, Any] | None
    rejected_count: int | None


class ReportPage(Schema):
    items: list[ReportOut]
    next: int | None


class ReportDetail(ReportOut):
    """`rejected` is null unless this token may read the detail of all that the report holds."""

    findings: list[str]
    rejected: list[RejectedOut] | None


@router.post("", response={200: SubmittedOut, 201: SubmittedOut}, openapi_extra=_BODY)
def submit(request: HttpRequest, response: HttpResponse, name: str = "", reporter: str = "") -> Any:
    """Send one report. 201 when it is new; 200 when the same bytes were received before.

    The reporter is the party for which the token acts; what the report or `reporter` says of it is
    a claim, and counts only from a token of the installation itself.
    """
    by = caller(request)
    require(by, Scope.SUBMIT)
    data, sent_as, sender = _read(request, name=name, reporter=reporter)
    done = actions.submit(data, name=sent_as, reporter=sender, by=by, now=timezone.now())
    response["Location"] = reverse("api-1:report", args=[done.report])
    return Status(201 if done.is_new else 200, _submitted(done))


@router.get("", response=ReportPage)
def reports(request: HttpRequest, paging: Query[Paging]) -> Any:
    """Reports, newest first."""
    by = caller(request)
    rows, following = page(access.reports(by), paging)
    tiers = access.report_tiers(by, rows)
    return {"items": [_report(by, row, tiers[row.pk]) for row in rows], "next": following}


@router.get("/{id}", response=ReportDetail, url_name="report")
def report(request: HttpRequest, id: str) -> Any:
    """One report by its id or by the sha256 of its bytes."""
    by = caller(request)
    row = access.report(by, id)
    findings = access.findings(by).filter(report=row).order_by("pk")
    rejected = access.rejected_parts(by, row)
    return _report(by, row, access.report_tiers(by, [row])[row.pk]) | {
        "findings": [finding.public_id for finding in findings],
        "rejected": None
        if rejected is None
        else [{"where": part.where, "reason": part.reason} for part in rejected],
    }


def _read(request: HttpRequest, *, name: str, reporter: str) -> tuple[bytes, str, str]:
    """The bytes of the report, the name it came under, and who sends it."""
    if request.content_type != "multipart/form-data":
        return request.body, name or _disposition_name(request), reporter
    files = request.FILES.getlist("file")
    if len(files) != 1:
        raise BadInput("one report is taken per request", where="file", mend="send one part `file`")
    (file,) = files
    sender = request.POST.get("reporter", "") or reporter
    return file.read(), name or file.name or "", sender


def _disposition_name(request: HttpRequest) -> str:
    found = re.search(r'filename="([^"]{1,255})"', request.headers.get("Content-Disposition", ""))
    return found[1] if found else ""


def _submitted(done: Submitted) -> dict[str, Any]:
    return {
        "report": done.report,
        "digest": done.digest,
        "format": done.format,
        "is_new": done.is_new,
        "findings": list(done.findings),
        "attachments": done.attachments,
        "rejected": [{"where": part.where, "reason": part.reason} for part in done.rejected],
    }


def _report(by: Actor, row: Any, tier: Tier | None) -> dict[str, Any]:
    said = dict.fromkeys(ReportOut.model_fields) | {
        "id": row.public_id,
        "tier": Tier(tier or Tier.T0).name,
        "received_at": row.received_at,
        "finding_count": row.finding_count,
    }
    if tier is None or tier < Tier.T2:
        return said
    return said | {
        "digest": row.digest,
        "format": row.format,
        "size_bytes": row.size_bytes,
        "reporters": [party.name for party in access.senders(by, row)],
        "provenance": row.provenance,
        "rejected_count": row.rejected_count,
    }
