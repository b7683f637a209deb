"""/cases: open, list and show cases; move their states; embargoes and candidate fixes."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from seawall.api.auth import acting, caller, coordinator
from seawall.api.openapi import refuses, takes
from seawall.api.paging import Paging, page
from seawall.cases import access, actions, embargoes, fixes, models
from seawall.cases.reading import facts_of
from seawall.cases.situations import next_steps_of
from seawall.core.access import marking
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import ExitReason
from seawall.core.report_states import ReportStep
from seawall.findings.access import finding, findings
from seawall.parties.access import NotPermitted, is_house
from seawall.validation.queries import best_evidence
from seawall.vocab.access import Act, MemberRole, Tier
from seawall.vocab.actors import Actor
from seawall.vocab.cases import EmbargoState, ReportState
from seawall.vocab.errors import BadInput

router = Router(tags=["cases"])


class FixOut(Schema):
    """`outcome` is empty while the fix was not verified; `diff` is the sha256 of the diff."""

    id: str
    label: str
    version: str
    diff: str
    outcome: str
    reasons: list[str]


class EmbargoOut(Schema):
    """`proposed_until` while a proposal is open; `ends_at` stays as agreed after the end."""

    state: str
    ends_at: datetime | None
    proposed_until: datetime | None
    reason: str = Field(description="Why it ended.")


class CaseOut(Schema):
    """`tier` says how much of the case this token may read; what it does not reach is null. T0:
    id, states, dates and marking; T1: also title, CVE, target and, of a case that it may know of,
    `merged_into`; T2: fixes."""

    id: str
    tier: str
    tlp: str = Field(description="The marking in force.")
    opened_at: datetime
    report_state: str
    embargo: EmbargoOut
    cvd: str = Field(description="The six facts of the CVD model: a capital letter is true.")
    shredded_at: datetime | None
    title: str | None
    cve: str | None
    target: str | None
    merged_into: str | None
    fixes: list[FixOut] | None


class CaseFindingOut(Schema):
    id: str
    title: str
    report: str
    finders: list[str]
    level: str
    verdict: str | None
    validation: str


class MomentOut(Schema):
    event: str
    at: datetime


class StepOut(Schema):
    """What comes next, who has to act, and by when if there is a day."""

    what: str
    who: str
    by: datetime | None
    urgent: bool


class CaseDetail(CaseOut):
    """`moments` are T0; `findings` and `next_steps` T1."""

    moments: list[MomentOut]
    findings: list[CaseFindingOut] | None
    next_steps: list[StepOut] | None


class CasePage(Schema):
    items: list[CaseOut]
    next: int | None


class CaseQuery(Paging):
    """What the list is narrowed to."""

    merged: bool = False
    report_state: ReportState | None = None
    embargo: EmbargoState | None = None


class OpenIn(Schema):
    finding: str


class StepIn(Schema):
    step: ReportStep


class EventIn(Schema):
    event: CvdEvent = Field(
        description="V vendor aware, F fix ready, D fix deployed, P public aware, "
        "X exploit public, A attacks observed."
    )


class EmbargoIn(Schema):
    """`until` belongs to "propose" and has a time zone."""

    step: Literal["propose", "accept", "reject", "end"]
    until: AwareDatetime | None = None


class VersionIn(Schema):
    """A version that is said to be fixed; `tests` is the command of the project's own tests."""

    version: str = Field(min_length=1, max_length=200)
    tests: list[str] = Field(default=[], max_length=100)


class DiffQuery(Schema):
    label: str = Field(default="", max_length=200)
    test: list[str] = Field(
        default=[], max_length=100, description="The project's own tests, one word each time."
    )


@router.get("", response=CasePage)
def cases(request: HttpRequest, asked: Query[CaseQuery]) -> Any:
    """Cases of which this token may know, newest first; those merged into others only when asked
    for."""
    by = caller(request)
    rows = access.cases(by, include_merged=asked.merged)
    if asked.report_state is not None:
        rows = rows.filter(report_state=asked.report_state)
    if asked.embargo is not None:
        rows = rows.filter(embargo_state=asked.embargo)
    found, following = page(rows, asked)
    now = timezone.now()
    known = access.earlier(by, found, now=now)
    return {"items": [_case(row, by, now, known) for row in found], "next": following}


@router.post("", response={200: CaseOut, 201: CaseOut}, openapi_extra=refuses())
def open_case(request: HttpRequest, response: HttpResponse, body: OpenIn) -> Any:
    """Open a case on a finding, even on one that is not proven; for the coordinators of this
    installation. 200 when it had one."""
    by, now = coordinator(request), timezone.now()
    found = finding(by, body.finding)
    if not is_house(by, at_least=MemberRole.MEMBER):
        raise NotPermitted("It takes a coordinator of this installation to open a case.")
    row = actions.open_case(found, by=by, now=now)
    response["Location"] = reverse("api-1:case", args=[row.public_id])
    shown = _case(access.case(by, row.public_id, now=now), by, now)
    return Status(201 if row.opened_at == now else 200, shown)


@router.get("/{id}", response=CaseDetail, url_name="case")
def case(request: HttpRequest, id: str) -> Any:
    """One case with its findings, their evidence, what happened when and what comes next."""
    by, now = caller(request), timezone.now()
    row = access.case(by, id, now=now)
    tier = access.tier(by, row, now=now)
    moments = [{"event": each.event, "at": each.at} for each in row.moments.all()]
    more: dict[str, Any] = {"moments": moments, "findings": None, "next_steps": None}
    if tier >= Tier.T1:
        more["findings"] = _findings(row, by, now)
        more["next_steps"] = [
            {"what": each.what, "who": each.who, "by": each.by, "urgent": each.urgent}
            for each in next_steps_of(row)
        ]
    return _case(row, by, now) | more


@router.post("/{id}/report", response=CaseOut, openapi_extra=refuses())
def take_step(request: HttpRequest, id: str, body: StepIn) -> Any:
    """Move the report state by one step."""
    by, now = acting(request, Act.DECIDE_REPORT), timezone.now()
    row = access.case(by, id, act=Act.DECIDE_REPORT, now=now)
    actions.take_step(row, body.step, by=by, now=now)
    return _case(row, by, now)


@router.post("/{id}/events", response=CaseOut, openapi_extra=refuses())
def observe(request: HttpRequest, id: str, body: EventIn) -> Any:
    """Record that something happened in the world; an embargo that it ends is ended."""
    by, now = acting(request, Act.OBSERVE), timezone.now()
    row = access.case(by, id, act=Act.OBSERVE, now=now)
    actions.observe(row, body.event, by=by, now=now)
    return _case(access.case(by, id, now=now), by, now)


@router.post("/{id}/embargo", response=CaseOut, openapi_extra=refuses())
def embargo(request: HttpRequest, id: str, body: EmbargoIn) -> Any:
    """Propose, accept, reject or end an embargo. Whoever proposes or accepts consents to it for
    their own party; the others do so by `POST /cases/{id}/consent`."""
    act = _EMBARGO_ACTS[body.step]
    by, now = acting(request, act), timezone.now()
    row = access.case(by, id, act=act, now=now)
    match body.step:
        case "propose":
            embargoes.propose(row, until=_until(body), by=by, now=now)
        case "accept":
            embargoes.accept(row, by=by, now=now)
        case "reject":
            embargoes.reject(row, by=by, now=now)
        case "end":
            embargoes.end(row, reason=ExitReason.PUBLISHED, by=by, now=now)
    return _case(access.case(by, id, now=now), by, now)


_EMBARGO_ACTS = {
    "propose": Act.PROPOSE_EMBARGO,
    "accept": Act.ANSWER_EMBARGO,
    "reject": Act.ANSWER_EMBARGO,
    "end": Act.END_EMBARGO,
}


@router.post("/{id}/fixes", response={200: FixOut, 201: FixOut})
def add_version(request: HttpRequest, id: str, body: VersionIn) -> Any:
    """Add a fixed version; the worker verifies it against every proof of the case.

    200 when the case had it.
    """
    by, row, now = _to_fix(request, id)
    added = fixes.add_fix(row, version=body.version, test_argv=body.tests, by=by, now=now)
    return Status(201 if added.added_at == now else 200, _fix(added))


@router.post(
    "/{id}/fixes/diff",
    response={200: FixOut, 201: FixOut},
    openapi_extra=takes("A unified diff against the affected version.", "text/x-diff"),
)
def add_diff(request: HttpRequest, id: str, asked: Query[DiffQuery]) -> Any:
    """Add a unified diff, sent as the body; the worker verifies it like a version."""
    by, row, now = _to_fix(request, id)
    added = fixes.add_fix(
        row,
        diff=request.body,
        label=asked.label,
        test_argv=asked.test,
        by=by,
        now=now,
    )
    return Status(201 if added.added_at == now else 200, _fix(added))


def _to_fix(request: HttpRequest, id: str) -> tuple[Actor, models.Case, datetime]:
    """Who adds a fix to which case. A token of the installation coordinates and needs that scope;
    a person's token submits."""
    by, now = caller(request), timezone.now()
    if by.is_installation:
        return coordinator(request), access.case(by, id, now=now), now
    return acting(request, Act.ADD_FIX), access.case(by, id, act=Act.ADD_FIX, now=now), now


def _until(body: EmbargoIn) -> datetime:
    if body.until is None:
        raise BadInput("a proposal says when it ends", where="until", mend="2026-12-31T12:00:00Z")
    return body.until


def _findings(row: models.Case, by: Actor, now: datetime) -> list[dict[str, Any]]:
    """The findings of the case of which the caller reads the summary, with their evidence."""
    group = {each.pk for each in actions.findings_of(row)}
    members = list(
        findings(by, at_least=Tier.T1, now=now)
        .filter(pk__in=group)
        .prefetch_related("report__receipts__reporter")
        .order_by("pk")
    )
    evidence = best_evidence([member.pk for member in members])
    shown = []
    for member in members:
        best = evidence[member.pk]
        shown.append(
            {
                "id": member.public_id,
                "title": member.title,
                "report": member.report.public_id,
                "finders": list(member.report.finders()) or ["unknown"],
                "level": best.level.name,
                "verdict": best.verdict.value if best.verdict else None,
                "validation": best.validation,
            }
        )
    return shown


def _case(
    row: models.Case, by: Actor, now: datetime, known: Collection[int] | None = None
) -> dict[str, Any]:
    """`known`: of which earlier cases the caller may know, when that was asked for many."""
    tier = access.tier(by, row, now=now)
    known = access.earlier(by, [row], now=now) if known is None else known
    shown: dict[str, Any] = dict.fromkeys(("title", "cve", "target", "merged_into", "fixes"))
    shown |= {
        "id": row.public_id,
        "tier": tier.name,
        "tlp": marking(facts_of(row, now=now)).value,
        "opened_at": row.opened_at,
        "report_state": row.report_state,
        "embargo": _embargo(row),
        "cvd": str(row.cvd),
        "shredded_at": row.shredded_at,
    }
    if tier >= Tier.T1:
        shown |= {
            "title": row.title,
            "cve": row.cve,
            "target": row.finding.target,
            "merged_into": row.merged_into.public_id
            if row.merged_into and row.merged_into_id in known
            else None,
        }
    if tier >= Tier.T2:
        shown["fixes"] = [_fix(each) for each in row.fixes.all()]
    return shown


def _embargo(row: models.Case) -> dict[str, Any]:
    held = embargoes.embargo_of(row)
    return {
        "state": row.embargo_state,
        "ends_at": row.embargo_ends_at,
        "proposed_until": held.proposed_until,
        "reason": str(held.reason or ""),
    }


def _fix(fix: models.CandidateFix) -> dict[str, Any]:
    newest = next(iter(fix.verifications.all()), None)
    return {
        "id": fix.public_id,
        "label": fix.label,
        "version": fix.version,
        "diff": fix.diff_digest,
        "outcome": newest.outcome if newest else "",
        "reasons": list(newest.value().reasons) if newest else [],
    }
