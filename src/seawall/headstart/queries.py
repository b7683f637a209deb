"""Reading the snapshots; each answer costs one query, whatever there is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from seawall.headstart.funnel import LABELS, Stage
from seawall.headstart.models import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadStart:
    """The newest counts and when they were taken."""

    stages: tuple[Stage, ...]
    taken_at: datetime

    def count(self, key: str) -> int:
        return next((stage.count for stage in self.stages if stage.key == key), 0)

    @property
    def closed_share(self) -> float | None:
        """How much of the known exposure is closed, 0 to 1; None while none is known."""
        found = self.count("exposures")
        return self.count("closed") / found if found else None


def newest() -> HeadStart | None:
    """The newest snapshot; None before the first was taken."""
    row = Snapshot.objects.first()
    if row is None:
        return None
    stages = tuple(
        Stage(key=key, label=label, count=row.counts.get(key, 0)) for key, label in LABELS.items()
    )
    return HeadStart(stages=stages, taken_at=row.taken_at)


def by_day(*, until: date, days: int) -> list[tuple[date, dict[str, int]]]:
    """(day, counts) for each day from the first snapshot of the last `days` on, ascending; a day
    without a snapshot repeats the one before, for nothing had changed."""
    start = until - timedelta(days=days - 1)
    rows = {row.day: row.counts for row in Snapshot.objects.filter(day__gt=start, day__lte=until)}
    before = Snapshot.objects.filter(day__lte=start).first()
    told, counts = [], before.counts if before else None
    for step in range(days):
        day = start + timedelta(days=step)
        counts = rows.get(day, counts)
        if counts is not None:
            told.append((day, {key: int(counts.get(key, 0)) for key in LABELS}))
    return told
