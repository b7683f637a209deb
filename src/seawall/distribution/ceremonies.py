"""Taking in what offline holders signed: published, and told in the public log."""

from datetime import datetime

from django.db import transaction

from seawall.distribution.publishing import FeedWaits, publish_due
from seawall.feed.tuf.check import check
from seawall.feed.tuf.papers import Papers
from seawall.feed.tuf.places import Feed
from seawall.feed.tuf.repository import Changed
from seawall.feed.tuf.roles import FIRST_BITS
from seawall.ledger import actions as ledger
from seawall.ledger import checkpoints
from seawall.vocab.actors import LOCAL, Actor


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
    on = "feed:restricted" if opaque else "feed:public"
    with transaction.atomic():
        ledger.record(by=by, what="feed.trust_changed", on=on, facts=facts, at=now)
        changed = feed.install(signed, now=now, bits=bits)
    return changed


def publish_after(*, now: datetime) -> str:
    """Sign the log with the key that counts now and publish what waits; gives why it waits, ""
    when it does not."""
    with transaction.atomic():
        checkpoints.sign(now=now)
    try:
        publish_due(now=now)
    except FeedWaits as waits:
        return str(waits)
    return ""
