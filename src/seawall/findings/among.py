"""Access to few findings at once: candidates that an index gave, each judged by the policy.

For search and counts, where the whole set of what somebody may see is large and not needed.
"""

from datetime import datetime

from django.db.models import QuerySet

from seawall.findings.models import Finding, Receipt
from seawall.findings.reading import tiers_of
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor

MOST = 100


def readable_among(
    by: Actor, candidates: QuerySet[Finding], *, now: datetime, at_least: Tier = Tier.T1
) -> list[Finding]:
    """Those of the newest MOST candidates of which `by` may read `at_least` that tier, newest
    first; a fixed number of queries."""
    require(by, Scope.READ)
    rows = list(candidates.select_related("report", "lead").order_by("-pk")[:MOST])
    held = tiers_of(by, rows, now=now)
    return [row for row in rows if (tier := held[row.pk]) is not None and tier >= at_least]


def sent_by(by: Actor) -> QuerySet[Finding]:
    """What the parties of `by` sent; whoever shows one of these asks `readable_among` first."""
    require(by, Scope.READ)
    if len(by.parties) == 1:
        # A party sends a report once, so that no row comes twice; the first are there at once.
        return Finding.objects.filter(report__receipts__reporter__in=by.parties)
    receipts = Receipt.objects.filter(reporter__in=by.parties).order_by()
    return Finding.objects.filter(report__in=receipts.values("report"))
