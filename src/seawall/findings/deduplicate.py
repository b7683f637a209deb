"""Looking for earlier findings that a report repeats."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from seawall.dedup.grouping import group
from seawall.dedup.links import Link
from seawall.dedup.signature import NO_FACTS, Facts, Signature, of_finding
from seawall.findings.duplicates import Reason, link
from seawall.findings.models import DuplicateLink, Finding
from seawall.vocab.actors import Actor

MAX_CANDIDATES = 2_000
"""Earlier findings that one report is compared with, the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many links were made, and how many were only noted for a person."""

    joined: int
    noted: int


def candidates(finding_ids: Collection[int]) -> list[int]:
    """These findings and those that could repeat them: of a like-named component, or naming one
    of the same identifiers; at most MAX_CANDIDATES besides. What was shredded has neither."""
    asked = Finding.objects.filter(pk__in=finding_ids, shredded_at=None)
    names = set(asked.exclude(component="").values_list("component", flat=True))
    texts = set(asked.exclude(identifiers=None).values_list("identifiers__text", flat=True))
    others = (
        Finding.objects.filter(Q(component__in=names) | Q(identifiers__text__in=texts))
        .exclude(pk__in=finding_ids)
        .order_by("-pk")
        .values_list("pk", flat=True)
        .distinct()[:MAX_CANDIDATES]
    )
    return sorted({*asked.values_list("pk", flat=True), *others})


def deduplicate(
    finding_ids: Collection[int], *, facts: Mapping[int, Facts], by: Actor, now: datetime
) -> Found:
    """Link these findings with earlier ones, and with each other, where `dedup` says so.

    `facts` are what execution showed about any of the `candidates`. Pairs that somebody has
    undone stay apart. Doing it again links nothing twice.
    """
    rows = {
        str(row.pk): row
        for row in Finding.objects.filter(pk__in=finding_ids, shredded_at=None)
        .select_related("report")
        .prefetch_related("report__receipts__reporter")
        .order_by("pk")
    }
    signatures = [_signature(row, facts.get(row.pk, NO_FACTS)) for row in rows.values()]
    settled = _settled(finding_ids)
    joined = noted = 0
    for found in group(signatures):
        for each in found.links:
            joined += _link(rows, each, joins=True, settled=settled, by=by, now=now)
        for each in found.near:
            noted += _link(rows, each, joins=False, settled=settled, by=by, now=now)
    return Found(joined=joined, noted=noted)


def _signature(row: Finding, facts: Facts) -> Signature:
    return of_finding(
        row.value(),
        key=str(row.pk),
        source=row.report.public_id,
        finders=row.report.finders(),
        facts=facts,
    )


def _link(
    rows: Mapping[str, Finding],
    found: Link,
    *,
    joins: bool,
    settled: Mapping[tuple[int, int], bool],
    by: Actor,
    now: datetime,
) -> bool:
    """Make a link; False when there is nothing to be made any more."""
    one, other = rows[found.a], rows[found.b]
    known = settled.get((min(one.pk, other.pk), max(one.pk, other.pk)))
    if known or (known is not None and not joins):
        return False
    reason = Reason(
        signal=found.signal.value,
        explanation=found.explanation,
        strength=found.strength,
        joins=joins,
    )
    link(one, other, reason=reason, by=by, now=now)
    return True


def _settled(finding_ids: Collection[int]) -> dict[tuple[int, int], bool]:
    """Pairs that have a link: True when it joins or was undone, False when it is only shown."""
    rows = DuplicateLink.objects.filter(earlier__in=finding_ids, later__in=finding_ids)
    return {
        (earlier, later): joins or undone_at is not None
        for earlier, later, joins, undone_at in rows.values_list(
            "earlier_id", "later_id", "joins", "undone_at"
        )
    }
