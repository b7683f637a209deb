"""/feed: where the distribution stands, and how long releases take."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from seawall.api.auth import caller, reader
from seawall.distribution import access, queries
from seawall.distribution.metrics import Arrivals, Overall, Timeline, overall
from seawall.parties.access import is_house

router = Router(tags=["feed"])


class FeedOut(Schema):
    """The feed. What waits, and why, is for the coordinators; null for others."""

    url: str = Field(description="Where it is reached; empty when nobody said.")
    founded: bool = Field(description="Whether a key ceremony took place.")
    published: int
    changed_at: datetime | None
    ends_at: datetime | None = Field(description="When clients take it for frozen.")
    releases: int | None
    waiting: int | None
    problem: str | None
    deliveries: int | None


class ArrivalsOut(Schema):
    """Receipts of one kind: a system counts once, with its earliest receipt."""

    systems: int
    first_at: datetime | None
    median_at: datetime | None


class TimelineOut(Schema):
    release: str
    revision: int
    validated_at: datetime | None
    released_at: datetime
    in_feed_at: datetime | None
    delivered: ArrivalsOut
    installed: ArrivalsOut


class OverallOut(Schema):
    """Medians in seconds over the first releases of all advisories; null where none came so
    far."""

    releases: int
    validation_to_release: float | None
    release_to_feed: float | None
    release_to_first_delivered: float | None
    release_to_median_delivered: float | None
    release_to_first_installed: float | None
    release_to_median_installed: float | None
    validation_to_median_installed: float | None


class TimesOut(Schema):
    overall: OverallOut
    releases: list[TimelineOut]


class TimesQuery(Schema):
    """`limit` bounds the releases that are listed; the medians are over all."""

    limit: int = Field(default=50, ge=1, le=500)


@router.get("", response=FeedOut)
def feed(request: HttpRequest) -> Any:
    """Where the distribution stands."""
    by = reader(request)
    counts, house = queries.feed_counts(), is_house(by)
    return {
        "url": settings.SEAWALL_FEED_URL,
        "founded": counts.founded,
        "published": counts.published,
        "changed_at": counts.changed_at,
        "ends_at": counts.ends_at,
        "releases": counts.releases if house else None,
        "waiting": counts.waiting if house else None,
        "problem": counts.problem if house else None,
        "deliveries": counts.deliveries if house else None,
    }


@router.get("/times", response=TimesOut)
def times(request: HttpRequest, asked: Query[TimesQuery]) -> Any:
    """How long releases take, from the proof to the receipts; for the coordinators, and for
    authorities, who see numbers of systems and not whose they are. Newest first."""
    rows = access.timelines(caller(request))
    return {
        "overall": _overall(overall(rows)),
        "releases": [_timeline(row) for row in rows[: asked.limit]],
    }


def _timeline(row: Timeline) -> dict[str, Any]:
    return {
        "release": row.release,
        "revision": row.revision,
        "validated_at": row.validated_at,
        "released_at": row.released_at,
        "in_feed_at": row.in_feed_at,
        "delivered": _arrivals(row.delivered),
        "installed": _arrivals(row.installed),
    }


def _arrivals(row: Arrivals) -> dict[str, Any]:
    return {"systems": row.systems, "first_at": row.first_at, "median_at": row.median_at}


def _overall(row: Overall) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in OverallOut.model_fields:
        value = getattr(row, name)
        told[name] = value.total_seconds() if isinstance(value, timedelta) else value
    return told
