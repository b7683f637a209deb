"""The worker publishes what was released, and asks again only when trying may help."""

from datetime import timedelta

import pytest
from django.utils import timezone

from distribution.founded import DAY, LATER, hold_ceremony, published
from seawall.distribution import feeds, publishing, queries
from seawall.distribution.models import FeedState, Published
from seawall.distribution.queries import LOG_EVERY, TRY_AGAIN, feed_counts, is_due
from seawall.feed.tree import Tree, TreeBusy
from seawall.jobs import distribution
from seawall.jobs.carry_out import Result, carry_out
from seawall.jobs.timers import TIMERS
from seawall.ledger import checkpoints, outbox
from seawall.ledger.actions import record
from seawall.ledger.models import Event, Outbox
from seawall.vocab.actors import LOCAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]
MINUTE = timedelta(minutes=1)


def row(topic: str) -> Outbox:
    return Outbox.objects.filter(topic=topic, done_at=None).latest("pk")


def test_what_was_released_is_published_by_its_row_of_the_outbox(feed):
    published()
    work = row("advisory.released")
    assert carry_out(work.pk, now=LATER) is Result.DONE
    assert Published.objects.count() == 1
    assert carry_out(work.pk, now=LATER) is Result.NOTHING


def test_without_a_ceremony_the_row_is_done_and_the_release_waits(installation, caplog):
    published()
    assert carry_out(row("advisory.released").pk, now=LATER) is Result.DONE
    assert "releases wait" in caplog.text and Published.objects.count() == 0
    assert not is_due(now=LATER + DAY)
    hold_ceremony(feeds.public())
    assert not is_due(now=LATER + TRY_AGAIN - MINUTE)
    assert is_due(now=LATER + TRY_AGAIN)


def test_a_tree_under_change_is_waited_for(feed):
    published()
    with feed.tree.change():
        assert carry_out(row("advisory.released").pk, now=LATER) is Result.POSTPONED
    with feed.tree.change(), pytest.raises(TreeBusy):
        publishing.publish_due(by=LOCAL, now=LATER)


def test_nothing_is_due_after_a_run_until_the_timestamp_is_half_over(feed):
    published()
    assert is_due(now=LATER)
    publishing.publish_due(by=LOCAL, now=LATER)
    assert not is_due(now=LATER + MINUTE)
    ends_at = queries.timestamp_ends_at()
    assert not is_due(now=ends_at - DAY / 2 - MINUTE)
    assert is_due(now=ends_at - DAY / 2)


def test_the_log_follows_once_an_hour_when_it_grew(feed):
    published()
    publishing.publish_due(by=LOCAL, now=LATER)
    record(by=LOCAL, what="log.noted", on="log:key", at=LATER)
    assert not is_due(now=LATER + LOG_EVERY)
    checkpoints.sign(now=LATER)
    assert not is_due(now=LATER + LOG_EVERY - MINUTE)
    assert is_due(now=LATER + LOG_EVERY)


def test_the_timer_asks_once_a_minute_at_most(feed):
    published()
    assert distribution.ask_to_refresh in [call for _, call in TIMERS]
    assert distribution.ask_to_refresh() and distribution.ask_to_refresh()
    asked = Outbox.objects.filter(topic=distribution.REFRESH).count()
    assert asked in (1, 2)  # two when a minute began in between
    carry_out(row(distribution.REFRESH).pk, now=LATER)
    assert Published.objects.count() == 1


def test_the_counts_say_where_the_distribution_stands(installation, db):
    assert feed_counts().problem == ""
    published()
    counts = feed_counts()
    assert (counts.founded, counts.waiting, counts.published) == (False, 1, 0)
    assert "ceremony" in counts.problem
    hold_ceremony(feeds.public())
    publishing.publish_due(by=LOCAL, now=LATER)
    counts = feed_counts()
    assert (counts.founded, counts.waiting, counts.published) == (True, 0, 1)
    assert (counts.problem, counts.changed_at) == ("", LATER)
    assert counts.ends_at == queries.timestamp_ends_at()
    assert FeedState.objects.get().tree_version == Tree(feeds.public().tree.folder).version


def test_the_restricted_feed_is_kept_fresh_as_well(installation, db, home):
    assert not queries.restricted_is_due(now=LATER)
    restricted = feeds.restricted()
    hold_ceremony(restricted, opaque=True, now=timezone.now() - DAY * 3 / 4)
    assert distribution.ask_to_refresh()
    work = row(distribution.REFRESH_RESTRICTED)
    keys = home / "keys" / "restricted"
    keys.rename(home / "keys" / "away")
    assert carry_out(work.pk, now=timezone.now()) is Result.POSTPONED
    (home / "keys" / "away").rename(keys)
    with restricted.tree.change():
        assert carry_out(work.pk, now=timezone.now()) is Result.POSTPONED
    assert carry_out(work.pk, now=timezone.now()) is Result.DONE
    assert not queries.restricted_is_due(now=timezone.now())
    assert not distribution.ask_to_refresh()


def test_what_cannot_be_cleared_yet_is_tried_again(installation, db):
    hold_ceremony(feeds.restricted(), opaque=True)
    with feeds.restricted().tree.change() as draft:
        draft.add(f"tuf/targets/{'ab' * 16}/{'cd' * 32}.{'ef' * 16}", b"stray")
    outbox.send("deliveries.clear", due_at=LATER)
    work = row("deliveries.clear")
    with feeds.restricted().tree.change():
        assert carry_out(work.pk, now=LATER) is Result.POSTPONED
    assert carry_out(work.pk, now=LATER) is Result.DONE
    assert not [
        path for path in feeds.restricted().tree.files() if "stray" in path or "ef" * 16 in path
    ]


def test_a_root_of_the_restricted_feed_that_nobody_told_of_is_told(installation):
    hold_ceremony(feeds.restricted(), opaque=True)
    outbox.send(distribution.REFRESH_RESTRICTED, due_at=LATER)
    assert carry_out(row(distribution.REFRESH_RESTRICTED).pk, now=LATER) is Result.DONE
    [event] = Event.objects.filter(what="feed.trust_changed")
    assert event.on == "feed:restricted"
