"""Counts of exposures for the funnel."""

from dataclasses import dataclass

from django.db.models import Count, Q

from seawall.inventory.models import Exposure


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureCounts:
    found: int
    closed: int


def exposure_counts(vulnerabilities: frozenset[str] | None = None) -> ExposureCounts:
    """Exposures ever found and those closed; only of these identifiers when given."""
    rows = Exposure.objects.all()
    if vulnerabilities is not None:
        rows = rows.filter(vulnerability__in=vulnerabilities)
    return ExposureCounts(
        **rows.aggregate(found=Count("pk"), closed=Count("pk", filter=Q(closed_at__isnull=False)))
    )
