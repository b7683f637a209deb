"""/findings: list and show findings with their best evidence; undo a duplicate link."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from seawall.api.auth import caller
from seawall.api.paging import Paging, page
from seawall.findings import access, models
from seawall.findings.access import FindingFilter
from seawall.validation import queries
from seawall.validation.models import BULKY
from seawall.validation.queries import Evidence
from seawall.vocab.evidence import EvidenceLevel, Verdict

router = Router(tags=["findings"])


class EvidenceOut(Schema):
    """`verdict` is null while no proof was run."""

    level: str
    word: str
    verdict: str | None
    validation: str


class FindingOut(Schema):
    id: str
    report: str
    title: str
    target: str
    severity: str
    identifiers: list[str]
    has_reproducer: bool
    reproducer_problem: str
    duplicate_of: str | None
    evidence: EvidenceOut
    received_at: datetime


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
    content: dict[str, Any]
    links: list[LinkOut]
    validations: list[str]


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
    """Findings, newest first. `level` is the least evidence wanted."""
    where = FindingFilter(
        target=asked.target,
        identifier=asked.identifier,
        text=asked.text,
        report=asked.report,
        distinct=asked.distinct,
    )
    rows = access.findings(caller(request), where)
    rows = queries.at_least(rows, EvidenceLevel[asked.level])
    if asked.verdict is not None:
        rows = queries.with_verdict(rows, asked.verdict)
    found, following = page(rows, asked)
    evidence = queries.best_evidence([row.pk for row in found])
    return {"items": [_finding(row, evidence[row.pk]) for row in found], "next": following}


@router.get("/{id}", response=FindingDetail)
def finding(request: HttpRequest, id: str) -> Any:
    """One finding, whole, with its links and validations."""
    by = caller(request)
    row = access.finding(by, id)
    evidence = queries.best_evidence([row.pk])[row.pk]
    return _finding(row, evidence) | {
        "content": row.content,
        "links": [_link(link, row) for link in access.links_of(by, row)],
        "validations": [v.public_id for v in row.validations.defer(*BULKY)],
    }


def _finding(row: models.Finding, evidence: Evidence) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "report": row.report.public_id,
        "title": row.title,
        "target": row.target,
        "severity": row.severity,
        "identifiers": [identifier.text for identifier in row.identifiers.all()],
        "has_reproducer": row.reproducer_id is not None,
        "reproducer_problem": row.reproducer_problem,
        "duplicate_of": row.lead.public_id if row.lead else None,
        "evidence": {
            "level": evidence.level.name,
            "word": evidence.level.word,
            "verdict": evidence.verdict.value if evidence.verdict else None,
            "validation": evidence.validation,
        },
        "received_at": row.received_at,
    }


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
