"""Scan claims: who scans what, with which model, until when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ClaimState(StrEnum):
    """Where a claim stands at a moment."""

    PLANNED = "planned"
    """It begins later."""
    ACTIVE = "active"
    EXPIRED = "expired"
    """Its time ran out; nobody said how the scan went."""
    RELEASED = "released"
    """Given up before its end."""
    FINISHED = "finished"
    """The scan is done."""


class Sharing(StrEnum):
    """What others who claim or ask for the same target are told beside target and dates."""

    DATES = "dates only"
    NAME = "organisation name and dates"
    ALL = "name, dates, model and purpose"


class Closeness(StrEnum):
    """How far two claims are about the same thing."""

    SAME = "same target, common versions"
    MAYBE = "possibly the same target"
    """A package and what may be its repository, or versions that cannot be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The time of a claim; it ends by itself at `until_at` unless `ended_at` comes first."""

    starts_at: datetime
    until_at: datetime
    ended_at: datetime | None = None
    finished: bool = False
    """Whether it was ended by a finished scan; released otherwise."""

    @property
    def ends_at(self) -> datetime:
        """When it ends or ended; never before it begins."""
        if self.ended_at is None:
            return self.until_at
        return max(self.starts_at, min(self.until_at, self.ended_at))
