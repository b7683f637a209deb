"""Which reports and findings an actor may see; doors obtain them only here.

Until parties can log in, whoever may read may read everything of this installation.
"""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from seawall.core.public_ids import id_number
from seawall.findings.files import content
from seawall.findings.models import Attachment, DuplicateLink, Finding, RejectedPart, Report
from seawall.formats.identifiers import spell_identifier
from seawall.parties.access import NotFound as NotFound
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.vocab.actors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """What a list of findings is narrowed to; empty parts do not narrow."""

    target: str = ""
    """The start of a target, such as "pkg:pypi/jinja2"."""
    identifier: str = ""
    text: str = ""
    """Part of the title, letter case aside."""
    report: str = ""
    distinct: bool = False
    """Only the earliest finding of each vulnerability."""


def reports(by: Actor) -> QuerySet[Report]:
    """Reports, newest first, each with `finding_count` and `rejected_count`."""
    require(by, Scope.READ)
    return (
        Report.objects.annotate(
            finding_count=_count_of(Finding), rejected_count=_count_of(RejectedPart)
        )
        .prefetch_related("receipts__reporter")
        .order_by("-pk")
    )


def report(by: Actor, public_id: str) -> Report:
    """One report by `R-2026-000001` or by the digest of its bytes; raises NotFound."""
    number = id_number("R", public_id)
    found = reports(by).filter(Q(pk=number) if number else Q(digest=public_id.lower())).first()
    if found is None or (number and not _same(found.public_id, public_id)):
        raise NotFound(f"There is no report {public_id}.")
    return found


def findings(by: Actor, where: FindingFilter | None = None) -> QuerySet[Finding]:
    """Findings, newest first, ready to be shown without further queries."""
    require(by, Scope.READ)
    rows = Finding.objects.select_related("report", "lead", "reproducer").prefetch_related(
        "identifiers"
    )
    if where is None:
        return rows
    if where.target:
        rows = rows.filter(target__startswith=where.target)
    if where.identifier:
        rows = rows.filter(identifiers__text=spell_identifier(where.identifier))
    if where.text:
        rows = rows.filter(title__icontains=where.text)
    if where.report:
        rows = rows.filter(report=report(by, where.report).pk)
    if where.distinct:
        rows = rows.filter(lead=None)
    return rows


def finding(by: Actor, public_id: str) -> Finding:
    """One finding by `F-2026-000001`; raises NotFound."""
    rows, number = findings(by), id_number("F", public_id)
    found = rows.filter(pk=number).first() if number else None
    if found is None or not _same(found.public_id, public_id):
        raise NotFound(f"There is no finding {public_id}.")
    return found


def links_of(by: Actor, finding: Finding) -> list[DuplicateLink]:
    """All links of a finding, undone ones included, oldest first."""
    require(by, Scope.READ)
    return list(
        DuplicateLink.objects.filter(Q(earlier=finding) | Q(later=finding)).select_related(
            "earlier", "later"
        )
    )


def attachment_bytes(by: Actor, attachment: Attachment) -> bytes:
    """The content of an attachment; raises what `files.content` raises."""
    require(by, Scope.READ)
    return content(attachment)


def _count_of(kind: type[Finding] | type[RejectedPart]) -> Coalesce:
    """How many rows of `kind` a report has; each kind counted for itself, so that they do not
    multiply."""
    rows = kind.objects.filter(report=OuterRef("pk")).order_by().values("report")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


def _same(one: str, other: str) -> bool:
    """Whether two public ids are the same, year included."""
    return one.split("-")[:2] == other.upper().strip().split("-")[:2]
