"""Counts of advisories for the funnel."""

from dataclasses import dataclass

from django.db.models import Count, Q

from seawall.advisories.models import Advisory


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryCounts:
    drafted: int
    published: int


def advisory_counts() -> AdvisoryCounts:
    """Advisories that exist, and those that are public."""
    return AdvisoryCounts(
        **Advisory.objects.aggregate(
            drafted=Count("pk"), published=Count("pk", filter=Q(published_at__isnull=False))
        )
    )
