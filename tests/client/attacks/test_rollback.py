"""Rollback: what was seen once is never replaced by something older, role by role."""

from datetime import timedelta

import pytest

from client.attacks.conftest import EVERY_KEY, Stage
from client.attacks.operators import Outcome
from client.attacks.thieves import Signed, nothing
from feed.house import SLUG


def test_the_whole_feed_as_it_was(stage: Stage):
    stage.refused(stage.ahead, stage.old, "older metadata than was seen before")


def test_a_newer_timestamp_that_names_an_older_snapshot(stage: Stage):
    thief = stage.thief("timestamp")

    def back(signed: Signed) -> None:
        signed["meta"]["snapshot.json"]["version"] -= 1

    thief.push({"timestamp": back})
    stage.refused(stage.ahead, thief.folder, "older metadata than was seen before")


@pytest.mark.parametrize("role", ["targets", SLUG, "a bin"])
def test_a_newer_snapshot_that_names_an_older(stage: Stage, role):
    newest = stage.thief(*EVERY_KEY)
    name = newest.bins()[0] if role == "a bin" else role
    newest.push({name: nothing})
    seen = stage.behind.copy(stage.place("seen"))
    assert seen.sync(newest.folder, now=stage.now) == Outcome(code=0)

    def back(signed: Signed) -> None:
        signed["meta"][f"{name}.json"] = newest.signed("snapshot", 1)["meta"].get(
            f"{name}.json", {"version": 1}
        )

    newest.push({"snapshot": back})
    before = seen.installed()
    outcome = seen.sync(newest.folder, now=stage.now)
    assert outcome.code == 1
    assert "older metadata than was seen before" in outcome.sentence
    assert seen.installed() == before


def test_a_former_root_as_the_next(stage: Stage):
    thief = stage.thief()
    thief.replace("tuf/metadata/2.root.json", thief.read("tuf/metadata/1.root.json"))
    stage.refused(stage.behind, thief.folder, "older metadata than was seen before")


def test_an_older_revision_with_every_online_key_of_the_repository(stage: Stage):
    path = stage.house.path(1)
    thief = stage.thief("timestamp", "snapshot", "publisher")
    former = next(
        file.read_bytes() for file in (stage.old / "tuf/targets").rglob("*.SEAWALL-2026-0001.json")
    )

    def back(signed: Signed) -> None:
        signed["targets"][path] = thief.put_target(path, former)

    thief.push({thief.bin_of(path): back})
    stage.refused(stage.ahead, thief.folder, "SEAWALL-2026-0001")


def test_forgetting_the_metadata_does_not_bring_old_bins_back(stage: Stage):
    """Even with python-tuf's memory gone, the installed versions of the bins are known."""
    victim = stage.ahead.copy(stage.place("victim"))
    for file in (victim.home / "metadata").glob("[st]*.json"):
        file.unlink()
    before = victim.installed()
    outcome = victim.sync(stage.old, now=stage.now - timedelta(minutes=30))
    assert outcome.code == 1
    assert "older than the installed" in outcome.sentence
    assert victim.installed() == before
