"""What was synced, for who asks it: the releases as an index, whose they are and how fresh."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from seawall.client.home import DEFAULT, feed_home
from seawall.client.store import Store
from seawall.matching.layers import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """A feed as of its last sync. After `expires_at` nobody can say that nothing newer was
    published."""

    name: str
    source: str
    synced_at: datetime
    expires_at: datetime
    releases: int

    def is_expired(self, now: datetime) -> bool:
        """Whether what was signed as fresh no longer is."""
        return self.expires_at <= now

    def in_words(self, now: datetime) -> str:
        """One line: which feed, and how fresh."""
        line = f"Feed {self.name}: {self.releases:,} releases, synced {ago(now - self.synced_at)}"
        if self.is_expired(now):
            return (
                f"{line}, EXPIRED on {self.expires_at:%Y-%m-%d %H:%M} UTC: newer advisories may be"
                " missing; run seawall sync."
            )
        return f"{line}, good until {self.expires_at:%Y-%m-%d %H:%M} UTC."


def feed_state(store: Store, name: str) -> FeedState | None:
    """The state of a feed; None before its first sync came to an end."""
    synced_at, expires_at = store.moment("synced_at"), store.moment("expires_at")
    if synced_at is None or expires_at is None:
        return None
    return FeedState(
        name=name,
        source=str(store.get("source", "")),
        synced_at=synced_at,
        expires_at=expires_at,
        releases=store.count(),
    )


def open_index(
    name: str = DEFAULT, *, beside_others: bool = False
) -> tuple[FeedState, tuple[Layer, ...]] | None:
    """The index of a synced feed, newest layer first; None when it was never synced. With
    `beside_others` its advisories replace those of the same ids in layers after it.

    Raises BadInput for what is no name, StoreBroken.
    """
    from seawall.client.index import refresh_index

    home: Path = feed_home(name)
    store = Store.open_existing(home)
    if store is None:
        return None
    with store:
        state = feed_state(store, name)
        if state is None:
            return None
        return state, refresh_index(home, store, beside_others=beside_others)


def ago(age: timedelta) -> str:
    """A time span in its largest unit: "3 hours ago"."""
    seconds = int(age.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            number = seconds // length
            return f"{number} {unit}{'s' * (number != 1)} ago"
    return "just now"
