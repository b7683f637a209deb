"""Counts and reads that other apps and jobs need."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from seawall.findings.files import content as content
from seawall.findings.models import Finding, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The first part of the head-start funnel."""

    reports: int
    findings: int
    distinct: int
    with_reproducer: int


def intake() -> Intake:
    """How much was reported, and how many vulnerabilities that is."""
    counts = Finding.objects.aggregate(
        findings=Count("pk"),
        distinct=Count("pk", filter=Q(lead=None)),
        with_reproducer=Count("pk", filter=Q(reproducer__isnull=False)),
    )
    return Intake(reports=Report.objects.count(), **counts)


def findings_of(report_id: int) -> list[Finding]:
    """The findings of one report in the order of the report, with their reproducers."""
    return list(
        Finding.objects.filter(report=report_id)
        .select_related("report", "reproducer__report")
        .order_by("pk")
    )


def in_groups(leads: Collection[int]) -> Q:
    """Which cases cover the groups of these leads, as a condition on cases: a case's finding is
    the lead of its group or, when an earlier one was linked since, one that follows it. Both are
    looked up by an index."""
    followers = Finding.objects.filter(lead__in=leads).order_by().values("pk")
    return Q(finding__in=leads) | Q(finding__in=followers)


def findings_by_id(ids: Sequence[int]) -> dict[int, Finding]:
    return Finding.objects.select_related("report", "reproducer__report").in_bulk(list(ids))
