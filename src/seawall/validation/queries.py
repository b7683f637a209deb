"""The best evidence per finding, and counts for the funnel."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from seawall.dedup.signature import Facts
from seawall.findings.models import Finding
from seawall.validation.models import BULKY, Validation
from seawall.vocab.evidence import EvidenceLevel, Side, ValidationRecord, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about one finding: "pending" when its proof has not been run yet."""

    level: EvidenceLevel
    verdict: Verdict | None
    validation: str
    """Public id of the validation that says so, "" when there is none."""


_CLAIMED = Evidence(level=EvidenceLevel.E0, verdict=None, validation="")


def best_evidence(finding_ids: Collection[int]) -> dict[int, Evidence]:
    """The best evidence of each of these findings, in one query; each id has an entry."""
    rows = Validation.objects.filter(finding__in=finding_ids, is_best=True).defer(*BULKY)
    found = {row.finding_id: _evidence(row) for row in rows}
    return {pk: found.get(pk, _CLAIMED) for pk in finding_ids}


def at_least(findings: QuerySet[Finding], level: EvidenceLevel) -> QuerySet[Finding]:
    """Those of `findings` whose best evidence reaches `level`."""
    if level == EvidenceLevel.E0:
        return findings
    return findings.filter(level__gte=int(level))


def with_verdict(findings: QuerySet[Finding], verdict: Verdict) -> QuerySet[Finding]:
    """Those of `findings` whose best evidence has this verdict."""
    return findings.filter(verdict=verdict.value)


def count_by_verdict() -> dict[str, int]:
    """How many findings have which best verdict; findings not run yet are not counted."""
    rows = (
        Validation.objects.filter(is_best=True)
        .values_list("verdict")
        .annotate(count=Count("pk"))
        .order_by("verdict")
    )
    return dict(rows)


def count_proven(level: EvidenceLevel = EvidenceLevel.E3) -> int:
    """Vulnerabilities (duplicates count once) with a finding proven to at least `level`."""
    return (
        Validation.objects.filter(is_best=True, level__gte=int(level))
        .annotate(lead=Coalesce(F("finding__lead"), F("finding")))
        .values("lead")
        .distinct()
        .count()
    )


def count_pending() -> int:
    """Findings with a reproducer that can be run and never was."""
    return Finding.objects.filter(
        Q(reproducer__isnull=False, reproducer_problem=""),
        ~Q(pk__in=Validation.objects.values("finding")),
    ).count()


def has_run(job_key: str) -> bool:
    """Whether the run that this job asked for is recorded."""
    return Validation.objects.filter(job_key=job_key).exists()


def validation_by_id(pk: int) -> Validation:
    return Validation.objects.select_related("finding__report").get(pk=pk)


def best_validation(finding_id: int) -> Validation | None:
    """The row behind the best evidence, record and attestation included."""
    return Validation.objects.filter(finding=finding_id, is_best=True).first()


def _evidence(row: Validation) -> Evidence:
    return Evidence(
        level=EvidenceLevel(row.level), verdict=Verdict(row.verdict), validation=row.public_id
    )


def facts_of(finding_ids: Collection[int]) -> dict[int, Facts]:
    """What execution showed about these findings, for the search for duplicates."""
    rows = Validation.objects.filter(
        finding__in=finding_ids, is_best=True, verdict=Verdict.CONFIRMED.value
    )
    return {row.finding_id: _facts(row.value()) for row in rows}


def _facts(record: ValidationRecord) -> Facts:
    reports = (run.sanitizer for run in record.runs if run.side == Side.AFFECTED and run.fired)
    return Facts(
        reproducer=record.reproducer_digest,
        sanitizer=next((report for report in reports if report is not None), None),
    )
