"""The state of the feed for the status, the pages and the timers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from seawall.advisories.models import Release
from seawall.distribution import feeds
from seawall.distribution.log_files import CHECKPOINT
from seawall.distribution.models import Delivery, FeedState, Published, SignedReceipt
from seawall.distribution.publishing import is_founded, waiting
from seawall.feed.tuf.files import read_expiry
from seawall.feed.tuf.places import Feed
from seawall.feed.tuf.roles import metadata_path
from seawall.formats.receipt import ReceiptKind
from seawall.ledger import checkpoints
from seawall.signing.checkpoints import TreeHead
from seawall.signing.notes import Note

TRY_AGAIN = timedelta(minutes=10)
"""After an attempt that failed, or that left releases waiting for witnesses."""
LOG_EVERY = timedelta(hours=1)
"""The log in the tree follows so often when nothing is released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCounts:
    """Where the distribution stands. `problem` says why releases wait; "" when none does or
    nothing is known. `ends_at` is when clients will take the feed for frozen."""

    founded: bool
    releases: int
    published: int
    waiting: int
    changed_at: datetime | None
    ends_at: datetime | None
    problem: str
    delivered: int
    installed: int
    deliveries: int


def feed_counts() -> FeedCounts:
    """Count now; a fixed number of queries."""
    state, feed = FeedState.objects.first(), feeds.public()
    founded = is_founded(feed)
    receipts = SignedReceipt.objects.aggregate(
        delivered=Count("pk", filter=Q(kind=ReceiptKind.DELIVERED.value)),
        installed=Count("pk", filter=Q(kind=ReceiptKind.INSTALLED.value)),
    )
    waits = waiting().count()
    problem = state.problem if state else ""
    if not problem and waits and not founded:
        problem = "There was no key ceremony yet: `seawall feed ceremony --help` says how."
    return FeedCounts(
        founded=founded,
        releases=Release.objects.count(),
        published=Published.objects.filter(replaced=False).count(),
        waiting=waits,
        changed_at=state.changed_at if state else None,
        ends_at=timestamp_ends_at() if founded else None,
        problem=problem,
        deliveries=Delivery.objects.count(),
        **receipts,
    )


def timestamp_ends_at(feed: Feed | None = None) -> datetime:
    """When the newest signed timestamp ends, after which clients no longer believe the feed; of
    the public feed when none is given."""
    data = (feed or feeds.public()).tree.read(metadata_path("timestamp", 0))
    return datetime.fromisoformat(read_expiry(data).replace("Z", "+00:00"))


def restricted_is_due(*, now: datetime) -> bool:
    """Whether the restricted feed must be signed anew."""
    feed = feeds.restricted()
    return is_founded(feed) and _is_half_over(feed, now)


def is_due(*, now: datetime) -> bool:
    """Whether something waits to be published or to be signed anew, and trying may help."""
    feed, state = feeds.public(), FeedState.objects.first()
    if not is_founded(feed):
        return False
    waits = waiting().exists()
    if state is not None and (state.problem or waits) and now < state.tried_at + TRY_AGAIN:
        return False
    if waits or _is_half_over(feed, now):
        return True
    changed_at = state.changed_at if state else None
    return (changed_at is None or now >= changed_at + LOG_EVERY) and _log_grew()


def _is_half_over(feed: Feed, now: datetime) -> bool:
    return timestamp_ends_at(feed) - now <= feed.repository.lifetimes.timestamp / 2


def _log_grew() -> bool:
    """Whether the newest checkpoint is newer than that in the tree."""
    newest, tree = checkpoints.newest(), feeds.public().tree
    if newest is None or not tree.exists(CHECKPOINT):
        return newest is not None
    shown = TreeHead.parse(Note.parse(tree.read(CHECKPOINT).decode()).text)
    return newest.size > shown.size
