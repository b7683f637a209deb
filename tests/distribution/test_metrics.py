"""Times from the proof to the installed fix, for each release and usually."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from claims.folk import party
from distribution.founded import LATER, NOON, hold_ceremony, published, revised
from seawall.cli.main import root
from seawall.distribution import feeds
from seawall.distribution.metrics import Arrivals, overall, timeline, timelines
from seawall.distribution.models import ClientKey, SignedReceipt
from seawall.distribution.publishing import publish_due
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]
HOUR = timedelta(hours=1)


def receipt(release, hours: int, *, kind="installed", asset="a", of="Bob") -> None:
    whose = Party.objects.filter(name=of).first() or party(of)
    key, _ = ClientKey.objects.get_or_create(
        party=whose,
        public_key=f"{whose.pk:064x}",
        defaults={"name": "x", "registered_by": "x", "registered_at": NOON},
    )
    SignedReceipt.objects.create(
        party=whose,
        key=key,
        release=release,
        kind=kind,
        digest=f"{SignedReceipt.objects.count():064x}",
        asset=asset,
        at=release.released_at + hours * HOUR,
        received_at=LATER,
        envelope="{}",
    )


def test_the_way_of_a_release_from_the_proof_to_the_middle_system(feed):
    release = published()
    publish_due(by=LOCAL, now=LATER + HOUR)
    for hours, asset in ((5, "a"), (2, "b"), (9, "c"), (50, "a")):
        receipt(release, hours, asset=asset)
    receipt(release, 1, kind="delivered")
    way = timeline(release)
    assert (way.release, way.revision) == ("SEAWALL-2026-0001", 1)
    assert (way.validated_at, way.released_at, way.in_feed_at) == (NOON, LATER, LATER + HOUR)
    assert way.installed == Arrivals(
        systems=3, first_at=LATER + 2 * HOUR, median_at=LATER + 5 * HOUR
    )
    assert way.delivered.systems == 1 and way.delivered.first_at == LATER + HOUR


def test_what_has_not_come_so_far_has_no_time(installation):
    way = timeline(published())
    assert way.in_feed_at is None and way.installed == way.delivered == Arrivals()
    usual = overall([way])
    assert usual.release_to_feed is None and usual.release_to_median_installed is None
    assert usual.validation_to_release == timedelta(days=1)
    assert overall([]).releases == 0


def test_what_is_usual_is_the_median_over_first_releases(feed):
    first, second, third = published(1), published(2), published(3)
    for release, hours in ((first, 1), (second, 4), (third, 10)):
        receipt(release, hours)
    again = revised(first, now=LATER + 5 * HOUR)
    receipt(again, 0)
    usual = overall(timelines())
    assert usual.releases == 3
    assert usual.release_to_first_installed == 4 * HOUR
    assert usual.validation_to_median_installed == timedelta(days=1, hours=4)


def test_the_same_queries_for_one_and_for_three(feed, django_assert_num_queries):
    published(1)
    with django_assert_num_queries(4):
        timelines()
    receipt(published(2), 1), receipt(published(3), 2)
    with django_assert_num_queries(4):
        assert len(timelines()) == 3


def test_the_command_tells_them(feed):
    empty = CliRunner().invoke(root, ["feed", "metrics"])
    assert empty.stdout == "Nothing was released yet.\n"
    release = published()
    publish_due(by=LOCAL, now=LATER + HOUR)
    receipt(release, 3)
    told = CliRunner().invoke(root, ["feed", "metrics"])
    assert told.exit_code == 0, told.output
    assert "SEAWALL-2026-0001 (1)" in told.stdout and "+3 h 0 min" in told.stdout
    assert "release to feed: 1 h 0 min" in told.stdout
    said = json.loads(CliRunner().invoke(root, ["feed", "metrics", "--json"]).stdout)
    assert said["overall_seconds"]["release_to_feed"] == 3600
    assert said["releases"][0]["installed"]["systems"] == 1


def test_the_status_counts_releases_and_receipts(installation):
    receipt(published(), 1)
    told = CliRunner().invoke(root, ["status"]).stdout
    assert "Feed: 0 of 1 releases in it, 1 waiting; receipts: 0 delivered, 1 installed." in told
    assert "seawall feed ceremony" in told
    hold_ceremony(feeds.public())
    publish_due(by=LOCAL, now=LATER)
    told = CliRunner().invoke(root, ["status", "--json"]).stdout
    assert json.loads(told)["feed"]["published"] == 1
