"""Taking in what offline holders signed: published, and told in the public log."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from seawall.distribution import feeds, trust_events
from seawall.distribution.publishing import FeedWaits, publish_due
from seawall.feed.tuf.check import check
from seawall.feed.tuf.installation import RESTRICTED
from seawall.feed.tuf.papers import Papers
from seawall.feed.tuf.places import Feed
from seawall.feed.tuf.quick import demand_new, quick_papers
from seawall.feed.tuf.repository import Changed
from seawall.feed.tuf.roles import FIRST_BITS
from seawall.ledger import checkpoints
from seawall.vocab.actors import LOCAL, Actor
from seawall.vocab.errors import BadInput

OFFLINE = "offline"
"""Folder among the keys for those of a feed that was founded quickly."""


def take_in(
    feed: Feed,
    papers: Papers,
    *,
    now: datetime,
    opaque: bool = False,
    bits: int = FIRST_BITS,
    by: Actor = LOCAL,
) -> Changed:
    """Publish signed papers and bring the keys that they name into use; nothing of it when a
    signature is missing, when the feed changed since, or when it cannot be logged. `opaque`: it
    is the restricted feed. Raises
    BadInput, KeyUnusable, TreeBusy."""
    feed.fits(papers)
    signed = check(papers, now=now)
    facts = {"why": papers.why, "root": papers.next_root.signed.version}
    if papers.targets is not None:
        facts["targets"] = papers.targets.signed.version
    with transaction.atomic():
        trust_events.tell(facts, opaque=opaque, by=by, now=now)
        return feed.install(signed, now=now, bits=bits)


def found_quickly(*, now: datetime, opaque: bool = False) -> Path:
    """Found a feed with all keys on this machine; gives the folder of its "offline" keys. For
    demos and tests: raises BadInput in production, and when there is a feed already."""
    if settings.SEAWALL_PRODUCTION:
        raise BadInput(
            "a production installation has offline holders",
            mend="`seawall feed ceremony --help` says how it begins",
        )
    feed = feeds.restricted() if opaque else feeds.public()
    demand_new(feed)
    folder = Path(settings.SEAWALL_HOME) / "keys" / OFFLINE
    folder = folder / RESTRICTED if opaque else folder
    take_in(
        feed,
        quick_papers(feeds.describe(feed, opaque=opaque, now=now), folder, now=now),
        now=now,
        opaque=opaque,
    )
    return folder


def publish_after(*, now: datetime) -> str:
    """Sign the log with the key that counts now and publish what waits; gives why it waits, ""
    when it does not."""
    try:
        with transaction.atomic():
            checkpoints.sign(now=now)
        publish_due(now=now)
    except (FeedWaits, checkpoints.CheckpointRefused) as waits:
        return str(waits)
    return ""
