"""The head start of one model under review: what it found, and how much of that was closed before
the model was out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce

from seawall.advisories.models import Advisory
from seawall.cases.models import Case, Verification
from seawall.findings.models import Finding
from seawall.inventory.models import Exposure
from seawall.reviews.models import Submission
from seawall.validation.models import Validation
from seawall.vocab.evidence import EvidenceLevel
from seawall.vocab.fixes import FixOutcome

LABELS = {
    "findings": "Vulnerabilities found with the model",
    "proven": "Proven by execution in the target's own code (E3)",
    "fixed": "With a fix verified against every proof",
    "published": "Published",
    "exposures": "Exposures found in operators' systems",
    "remediated": "Exposures closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One stage: how many there are, how many before each release, and when each came."""

    key: str
    label: str
    count: int
    before_partners: int
    """Until the release to other trusted partners."""
    before_public: int
    """Until the public release."""
    moments: tuple[datetime, ...]
    """In order; one for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHeadStart:
    """How much of what a model found was closed before it was out. Duplicates count once, with
    their earliest moment."""

    partner_release_at: datetime
    public_release_at: datetime
    lines: tuple[Line, ...]
    share: float | None
    """The head start: exposures closed before the public release, of all that were found; None
    while none was found."""
    fixed_share: float | None
    """Vulnerabilities with a verified fix before the public release, of all found."""

    def line(self, key: str) -> Line:
        return next(line for line in self.lines if line.key == key)


def head_start_of(row: Submission) -> ModelHeadStart:
    """Count the stages now; a fixed number of queries."""
    public = row.released_at or row.public_release_at
    findings = Finding.objects.filter(report__made_with__submission=row)
    group = Coalesce(F("lead"), F("pk"))
    leads = dict(
        findings.annotate(group=group).values_list("group").annotate(Min("received_at")).order_by()
    )
    proven = dict(
        Validation.objects.filter(finding__in=findings, level__gte=int(EvidenceLevel.E3))
        .annotate(group=Coalesce(F("finding__lead"), F("finding")))
        .values_list("group")
        .annotate(Min("recorded_at"))
        .order_by()
    )
    opened = Case.objects.filter(Q(finding__in=leads) | Q(finding__lead__in=leads))
    cases = Case.objects.filter(
        pk__in=opened.annotate(awake=Coalesce(F("merged_into"), F("pk"))).values("awake")
    )
    fixed = dict(
        Verification.objects.filter(fix__case__in=cases, outcome=FixOutcome.VERIFIED.value)
        .values_list("fix__case")
        .annotate(Min("recorded_at"))
        .order_by()
    )
    advisories = Advisory.objects.filter(case__in=cases, published_at__isnull=False)
    published = list(advisories.values_list("published_at", flat=True))
    named = {cve for cve in cases.values_list("cve", flat=True) if cve}
    named |= {advisory.public_id for advisory in advisories}
    exposures = list(
        Exposure.objects.filter(vulnerability__in=named).values_list("found_at", "closed_at")
    )
    found = {
        "findings": leads.values(),
        "proven": proven.values(),
        "fixed": fixed.values(),
        "published": published,
        "exposures": [found_at for found_at, _ in exposures],
        "remediated": [closed_at for _, closed_at in exposures if closed_at],
    }
    lines = tuple(
        _line(key, moments, partners=row.partner_release_at, public=public)
        for key, moments in found.items()
    )
    by_key = {line.key: line for line in lines}
    return ModelHeadStart(
        partner_release_at=row.partner_release_at,
        public_release_at=public,
        lines=lines,
        share=_share(by_key["remediated"].before_public, by_key["exposures"].count),
        fixed_share=_share(by_key["fixed"].before_public, by_key["findings"].count),
    )


def _line(key: str, moments: Iterable[datetime], *, partners: datetime, public: datetime) -> Line:
    ordered = tuple(sorted(moments))
    return Line(
        key=key,
        label=LABELS[key],
        count=len(ordered),
        before_partners=sum(at <= partners for at in ordered),
        before_public=sum(at <= public for at in ordered),
        moments=ordered,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
