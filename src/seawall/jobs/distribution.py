"""Bringing releases into the public tree, keeping its signatures fresh, and taking out of the
restricted tree what may no longer be had."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from seawall.advisories.releases import TOPIC as RELEASED
from seawall.distribution import deliveries, feeds, trust_events
from seawall.distribution.publishing import FeedWaits, publish_due
from seawall.distribution.queries import is_due, restricted_is_due
from seawall.distribution.recipients import CLEAR
from seawall.feed.tree import TreeBusy
from seawall.feed.tuf.edit import NotFounded
from seawall.jobs.registry import Postponed, Work, handles
from seawall.ledger import outbox
from seawall.signing.keys import KeyUnusable

REFRESH, REFRESH_RESTRICTED = "feed.refresh", "feed.refresh_restricted"
_BUSY = timedelta(seconds=30)
_KEYS = timedelta(hours=1)
_log = logging.getLogger(__name__)


@handles(RELEASED)
def publish(work: Work) -> None:
    """Publish what was released. What cannot be published waits: `ask_to_refresh` asks again."""
    _publish(work)


@handles(REFRESH)
def refresh(work: Work) -> None:
    """Publish what waits and sign anew what ends soon."""
    _publish(work)


@handles(REFRESH_RESTRICTED)
def refresh_restricted(work: Work) -> None:
    """Sign anew what ends soon in the restricted feed."""
    try:
        feed = feeds.restricted()
        feed.refresh(now=work.now)
        with transaction.atomic():
            trust_events.catch_up(feed, opaque=True, by=work.actor, now=work.now)
    except TreeBusy as busy:
        raise Postponed(str(busy), delay=_BUSY) from busy
    except (NotFounded, KeyUnusable) as lacking:
        raise Postponed(str(lacking), delay=_KEYS) from lacking


@handles(CLEAR)
def clear(work: Work) -> None:
    """Take deliveries out of the restricted tree that may no longer be had."""
    try:
        deliveries.clear(by=work.actor, now=work.now)
    except TreeBusy as busy:
        raise Postponed(str(busy), delay=_BUSY) from busy
    except (NotFounded, KeyUnusable) as lacking:
        raise Postponed(str(lacking), delay=_KEYS) from lacking


@transaction.atomic
def ask_to_refresh() -> bool:
    """Ask for it when something is due; whether that was so. Costs a few reads when nothing is."""
    now = timezone.now()
    due = [(REFRESH, is_due(now=now)), (REFRESH_RESTRICTED, restricted_is_due(now=now))]
    for topic in [topic for topic, wanted in due if wanted]:
        outbox.send(topic, key=f"{topic}:{now:%Y-%m-%dT%H:%M}", due_at=now)
    return any(wanted for _, wanted in due)


def _publish(work: Work) -> None:
    try:
        publish_due(by=work.actor, now=work.now)
    except FeedWaits as waits:
        _log.warning("releases wait to be published: %s", waits)
    except TreeBusy as busy:
        raise Postponed(str(busy), delay=_BUSY) from busy
