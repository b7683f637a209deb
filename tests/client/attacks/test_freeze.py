"""Freeze: old news stops counting as news; and what a stolen timestamp key can stretch."""

from datetime import timedelta

import pytest

from client.attacks.conftest import EVERY_KEY, Stage
from client.attacks.operators import Outcome
from client.attacks.thieves import Change, Signed, Thief
from feed.house import SLUG

DAY = timedelta(days=1)


def until(moment: str) -> Change:
    def change(signed: Signed) -> None:
        signed["expires"] = moment

    return change


def test_the_same_feed_after_the_timestamp_has_expired(stage: Stage):
    late = stage.now + 2 * DAY
    stage.refused(stage.behind, stage.house.folder, "out of date: timestamp", now=late)


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets", SLUG, "a bin"])
def test_expired_metadata_signed_by_the_right_keys(stage: Stage, role):
    thief = stage.thief(*EVERY_KEY)
    name = thief.bin_of(stage.house.path(4)) if role == "a bin" else role
    over = (stage.now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    if role == "root":
        signed = thief.signed("root")
        thief.write("root", {**signed, "version": signed["version"] + 1, "expires": over})
    else:
        thief.push({name: until(over)})
    stage.refused(stage.behind, thief.folder, "out of date")


def test_a_stolen_timestamp_key_freezes_until_the_snapshot_expires_and_not_longer(stage: Stage):
    frozen = stage.behind.copy(stage.place("frozen"))
    thief = Thief(stage.house, stage.place("mirror"), "timestamp", of=stage.old)
    thief.push({"timestamp": until("2027-01-01T00:00:00Z")})
    before = frozen.installed()
    assert frozen.sync(thief.folder, now=stage.now) == Outcome(code=0)
    assert frozen.sync(thief.folder, now=stage.now + 6 * DAY) == Outcome(code=0)
    assert frozen.installed() == before
    outcome = frozen.sync(thief.folder, now=stage.now + 8 * DAY)
    assert outcome.code == 1
    assert "out of date: snapshot" in outcome.sentence
    assert frozen.installed() == before


def test_every_online_key_of_the_repository_freezes_until_the_bins_expire(stage: Stage):
    """Bins that were not changed are not read again, but when they end is remembered."""
    thief = stage.thief("timestamp", "snapshot")
    frozen = stage.behind.copy(stage.place("frozen"))
    stay = until("2027-05-01T00:00:00Z")
    thief.push({"snapshot": stay, "timestamp": stay})
    assert frozen.sync(thief.folder, now=stage.now) == Outcome(code=0)
    before = frozen.installed()
    outcome = frozen.sync(thief.folder, now=stage.now + 91 * DAY)
    assert outcome.code == 1
    assert "out of date: example-clearinghouse" in outcome.sentence
    assert frozen.installed() == before


def test_the_clock_set_back_to_when_the_old_feed_was_fresh(stage: Stage):
    """Nothing was seen in between but the time itself."""
    victim = stage.behind.copy(stage.place("victim"))
    thief = stage.thief("timestamp")
    thief.push({"timestamp": until("2026-12-31T00:00:00Z")})
    assert victim.sync(thief.folder, now=stage.now + 2 * DAY) == Outcome(code=0)
    before = victim.installed()
    outcome = victim.sync(thief.folder, now=stage.now)
    assert outcome.code == 1
    assert "set the clock right" in outcome.sentence
    assert victim.installed() == before


def test_a_clock_that_went_back_by_minutes_is_believed(stage: Stage):
    victim = stage.ahead.copy(stage.place("victim"))
    assert victim.sync(stage.house.folder, now=stage.now - timedelta(minutes=5)).code == 0
