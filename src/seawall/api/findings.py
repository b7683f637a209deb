"""/findings: list and show findings with their best evidence; undo a duplicate link."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from seawall.api.auth import caller
from seawall.api.paging import Paging, page
from seawall.findings import access, models
from seawall.findings.access import FindingFilter
from seawall.parties.sealing import Shredded
from seawall.validation import queries
from seawall.validation.models import BULKY
from seawall.validation.queries import Evidence
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.evidence import EvidenceLevel, Verdict

router = Router(tags=["findings"])


class EvidenceOut(Schema):
    """`verdict` is null while no proof was run."""

    level: str
    word: str
    verdict: str | None
    validation: str


class KnownOut(Schema):
    """What one learns when the same vulnerability was reported before; `handled`: a case
    coordinates it."""

    since: datetime
    handled: bool


class FindingOut(Schema):
    """`tier` says how much of it this token may read; what it does not reach is null. T0: id,
    state and date; T1: also report, title, target, severity, identifiers, evidence and `known`;
    T2: everything else but the reproducer, which is T3. `duplicate_of` is null as well while the
    earlier finding is not shown."""

    id: str
    tier: str
    state: str
    received_at: datetime
    shredded_at: datetime | None
    report: str | None
    title: str | None
    target: str | None
    severity: str | None
    identifiers: list[str] | None
    has_reproducer: bool | None
    reproducer_problem: str | None
    known: KnownOut | None
    duplicate_of: str | None
    evidence: EvidenceOut | None


class LinkOut(Schema):
    """Why another finding is the same vulnerability, or may be when `joins` is false."""

    finding: str
    signal: str
    explanation: str
    strength: str
    joins: bool
    made_by: str
    undone_because: str | None


class FindingDetail(FindingOut):
    """`content` and `links` are T2, `validations` T1; links are for the coordinators."""

    content: dict[str, Any] | None
    links: list[LinkOut] | None
    validations: list[str] | None


class FindingPage(Schema):
    items: list[FindingOut]
    next: int | None


class FindingQuery(Paging):
    """What the list is narrowed to."""

    target: str = ""
    identifier: str = ""
    text: str = ""
    report: str = ""
    distinct: bool = False
    level: Literal["E0", "E1", "E2", "E3", "E4"] = "E0"
    verdict: Verdict | None = None


@router.get("", response=FindingPage)
def findings(request: HttpRequest, asked: Query[FindingQuery]) -> Any:
    """Findings, newest first. `level` is the least evidence wanted.

    A list narrowed by more than `report` holds only findings of which this token may read the
    summary (T1)."""
    by = caller(request)
    where = FindingFilter(
        target=asked.target,
        identifier=asked.identifier,
        text=asked.text,
        report=asked.report,
        distinct=asked.distinct,
    )
    weighs = asked.level != "E0" or asked.verdict is not None
    rows = access.findings(by, where, at_least=Tier.T1 if weighs else Tier.T0)
    rows = queries.at_least(rows, EvidenceLevel[asked.level])
    if asked.verdict is not None:
        rows = queries.with_verdict(rows, asked.verdict)
    found, following = page(rows, asked)
    return {"items": _findings(by, found), "next": following}


@router.get("/{id}", response=FindingDetail)
def finding(request: HttpRequest, id: str) -> Any:
    """One finding with its links and validations, as far as this token may read it; 410 when it
    was shredded."""
    by = caller(request)
    row = access.finding(by, id)
    if row.shredded_at is not None:
        raise Shredded(row.shredded_at)
    tier = access.tiers(by, [row])[row.pk]
    detail: dict[str, Any] = {"content": None, "links": None, "validations": None}
    if tier >= Tier.T1:
        detail["validations"] = [v.public_id for v in row.validations.defer(*BULKY)]
    if tier >= Tier.T2:
        detail["content"] = row.content
        detail["links"] = [_link(link, row) for link in access.links_of(by, row)]
    return _findings(by, [row])[0] | detail


def _findings(by: Actor, rows: list[models.Finding]) -> list[dict[str, Any]]:
    tiers = access.tiers(by, rows)
    evidence = queries.best_evidence([row.pk for row in rows])
    known = access.known(rows)
    leads = {row.lead_id for row in rows if row.lead_id}
    shown = set(access.findings(by).filter(pk__in=leads).values_list("pk", flat=True))
    return [
        _finding(row, tiers[row.pk], evidence[row.pk], known.get(row.pk), row.lead_id in shown)
        for row in rows
    ]


def _finding(
    row: models.Finding, tier: Tier, evidence: Evidence, known: access.Known | None, shows: bool
) -> dict[str, Any]:
    """`shows`: whether the earlier finding may be named."""
    said = dict.fromkeys(FindingOut.model_fields) | {
        "id": row.public_id,
        "tier": tier.name,
        "state": row.state,
        "received_at": row.received_at,
        "shredded_at": row.shredded_at,
    }
    if tier >= Tier.T1:
        said |= {
            "report": row.report.public_id,
            "title": row.title,
            "target": row.target,
            "severity": row.severity,
            "identifiers": [identifier.text for identifier in row.identifiers.all()],
            "has_reproducer": row.reproducer_id is not None,
            "known": {"since": known.since, "handled": known.handled} if known else None,
            "duplicate_of": row.lead.public_id if row.lead and shows else None,
            "evidence": {
                "level": evidence.level.name,
                "word": evidence.level.word,
                "verdict": evidence.verdict.value if evidence.verdict else None,
                "validation": evidence.validation,
            },
        }
    if tier >= Tier.T2:
        said["reproducer_problem"] = row.reproducer_problem
    return said


def _link(link: models.DuplicateLink, row: models.Finding) -> dict[str, Any]:
    other = link.later if link.earlier_id == row.pk else link.earlier
    return {
        "finding": other.public_id,
        "signal": link.signal,
        "explanation": link.explanation,
        "strength": link.get_strength_display().lower(),
        "joins": link.joins,
        "made_by": link.made_by,
        "undone_because": link.undone_because if link.undone_at else None,
    }
