"""Counts of cases for the funnel."""

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from seawall.cases.models import CandidateFix, Case, Verification
from seawall.vocab.fixes import FixOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCounts:
    """`fixed` cases have a fix whose newest verification succeeded."""

    open: int
    fixed: int


def case_counts() -> CaseCounts:
    """Cases that are awake, and how many of them have a verified fix."""
    newest = Verification.objects.filter(fix=OuterRef("pk")).order_by("-pk").values("outcome")[:1]
    verified = CandidateFix.objects.annotate(newest=Subquery(newest)).filter(
        newest=FixOutcome.VERIFIED.value
    )
    awake = Case.objects.filter(merged_into=None)
    return CaseCounts(open=awake.count(), fixed=awake.filter(fixes__in=verified).distinct().count())
