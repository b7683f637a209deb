"""How long it takes: from the first proof to the publication, into the feed, and until operators
say that it arrived and that it is installed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Min
from django.db.models.functions import Coalesce

from seawall.advisories.models import Release
from seawall.distribution.models import Published, SignedReceipt
from seawall.formats.receipt import ReceiptKind
from seawall.validation.models import Validation
from seawall.vocab.evidence import EvidenceLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What receipts of one kind say: how many systems, when the first and the middle one. The
    moments are the clients' own; a system counts once, with its earliest receipt."""

    systems: int = 0
    first_at: datetime | None = None
    median_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The way of one release; None where it has not come so far."""

    release: str
    revision: int
    validated_at: datetime | None
    """When the first of the case's proofs was confirmed (E1 or better)."""
    released_at: datetime
    in_feed_at: datetime | None
    delivered: Arrivals
    installed: Arrivals


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """Medians over the first releases of all advisories that came so far; None for none."""

    releases: int
    validation_to_release: timedelta | None
    release_to_feed: timedelta | None
    release_to_first_delivered: timedelta | None
    release_to_median_delivered: timedelta | None
    release_to_first_installed: timedelta | None
    release_to_median_installed: timedelta | None
    validation_to_median_installed: timedelta | None


def timeline(release: Release) -> Timeline:
    """The way of one release; four queries."""
    return timelines([release])[0]


def timelines(releases: Sequence[Release] | None = None) -> list[Timeline]:
    """The ways of releases, all of them when None, newest first; a fixed number of queries."""
    if releases is None:
        rows = Release.objects.select_related("revision__advisory__case__finding")
        releases = list(rows.order_by("-event_index"))
    validated = _validated({_lead(each) for each in releases})
    placed = dict(Published.objects.filter(replaced=False).values_list("release", "at"))
    arrived = _arrived([each.pk for each in releases])
    return [
        Timeline(
            release=each.revision.advisory.public_id,
            revision=each.revision.number,
            validated_at=validated.get(_lead(each)),
            released_at=each.released_at,
            in_feed_at=placed.get(each.pk),
            delivered=_arrivals(arrived[each.pk, ReceiptKind.DELIVERED]),
            installed=_arrivals(arrived[each.pk, ReceiptKind.INSTALLED]),
        )
        for each in releases
    ]


def overall(rows: Iterable[Timeline]) -> Overall:
    """What is usual, from the first release of each advisory."""
    first: dict[str, Timeline] = {}
    for row in rows:
        if row.release not in first or row.revision < first[row.release].revision:
            first[row.release] = row
    told = list(first.values())
    return Overall(
        releases=len(told),
        validation_to_release=_median((t.validated_at, t.released_at) for t in told),
        release_to_feed=_median((t.released_at, t.in_feed_at) for t in told),
        release_to_first_delivered=_median((t.released_at, t.delivered.first_at) for t in told),
        release_to_median_delivered=_median((t.released_at, t.delivered.median_at) for t in told),
        release_to_first_installed=_median((t.released_at, t.installed.first_at) for t in told),
        release_to_median_installed=_median((t.released_at, t.installed.median_at) for t in told),
        validation_to_median_installed=_median(
            (t.validated_at, t.installed.median_at) for t in told
        ),
    )


def _lead(release: Release) -> int:
    """The lead of the group of findings that the advisory is about."""
    finding = release.revision.advisory.case.finding
    return int(finding.lead_id or finding.pk)


def _validated(leads: set[int]) -> dict[int, datetime]:
    rows = Validation.objects.filter(level__gte=int(EvidenceLevel.E1))
    rows = rows.annotate(group=Coalesce("finding__lead", "finding")).filter(group__in=leads)
    return dict(rows.values_list("group").annotate(Min("recorded_at")).order_by())


def _arrived(releases: Sequence[int]) -> dict[tuple[int, ReceiptKind], list[datetime]]:
    """The earliest receipt of each kind of each system."""
    rows = SignedReceipt.objects.filter(release__in=releases)
    grouped = rows.values_list("release", "kind", "party", "asset").annotate(Min("at")).order_by()
    found: dict[tuple[int, ReceiptKind], list[datetime]] = defaultdict(list)
    for release, kind, _, _, at in grouped:
        found[release, ReceiptKind(kind)].append(at)
    return found


def _arrivals(moments: list[datetime]) -> Arrivals:
    if not moments:
        return Arrivals()
    ordered = sorted(moments)
    middle = ordered[(len(ordered) - 1) // 2]
    return Arrivals(systems=len(ordered), first_at=ordered[0], median_at=middle)


def _median(pairs: Iterable[tuple[datetime | None, datetime | None]]) -> timedelta | None:
    spans = [
        (end - start).total_seconds()
        for start, end in pairs
        if start is not None and end is not None
    ]
    return timedelta(seconds=median(spans)) if spans else None
