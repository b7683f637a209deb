"""One key, or fewer than the threshold: what a thief can do with it, which is nothing or little."""

import json
from datetime import timedelta

import pytest

from client.attacks.conftest import Stage
from client.attacks.logs import branch, give_out
from client.attacks.operators import Operator, Outcome
from client.attacks.thieves import Signed, Thief
from formats.bundles import Maker, signer
from seawall.client.errors import FeedRefused
from seawall.client.fetching import open_source
from seawall.client.trusted import root_with_digest, trust_root
from seawall.feed.tuf.keys import tuf_key

NOT_SIGNED = "not signed by enough of its keys"


def without(path: str):
    """Hide a release."""

    def change(signed: Signed) -> None:
        del signed["targets"][path]

    return change


@pytest.mark.parametrize("key", ["none", "snapshot", "publisher", "ana", "ben", "cleo"])
def test_no_key_but_the_timestamps_makes_news(stage: Stage, key):
    thief = stage.thief(*([] if key == "none" else [key]))
    path = stage.house.path(4)
    thief.push({thief.bin_of(path): without(path)})
    stage.refused(stage.behind, thief.folder, "timestamp was signed by 0/1 keys")


def test_a_timestamp_key_alone_names_no_snapshot_of_the_thief(stage: Stage):
    thief = stage.thief("timestamp")
    path = stage.house.path(4)
    thief.push({thief.bin_of(path): without(path)})
    stage.refused(stage.behind, thief.folder, "snapshot was signed by 0/1 keys")


def test_a_snapshot_key_alone_does_not_exchange_the_snapshot_that_is_due(stage: Stage):
    """The timestamp names it by its hash."""
    thief = stage.thief("snapshot")
    old = Thief(stage.house, stage.place("old"), of=stage.old)
    signed = thief.signed("snapshot")
    signed["meta"] = old.signed("snapshot")["meta"]
    data = thief.read(thief.place("snapshot"))
    made = thief.write("snapshot", signed)
    thief.replace(thief.place("snapshot"), made + b" " * (len(data) - len(made)))
    stage.refused(stage.behind, thief.folder, "parts of the feed do not belong together")


def test_a_timestamp_key_alone_can_send_operators_ahead_until_it_is_rotated(stage: Stage):
    """What it can do: number its timestamp so high that the genuine ones look old. Nothing is
    installed, nothing is hidden for longer than the snapshot lasts, and a new root ends it."""
    thief = stage.thief("timestamp")
    thief.push({"timestamp": lambda signed: signed.update(version=1_000_000)})
    victim = stage.behind.copy(stage.place("victim"))
    assert victim.sync(thief.folder, now=stage.now) == Outcome(code=0)
    before = victim.installed()
    outcome = victim.sync(stage.house.folder, now=stage.now)
    assert outcome.code == 1
    assert "older metadata than was seen before" in outcome.sentence
    assert victim.installed() == before

    rotated = Thief(stage.house, stage.place("rotated"), "ana", "ben", "snapshot", "publisher")
    fresh = signer("a fresh timestamp key")
    key = tuf_key(fresh.public)
    root = rotated.signed("root")
    root["version"] += 1
    root["keys"][key.keyid] = key.to_dict()
    root["roles"]["timestamp"]["keyids"] = [key.keyid]
    rotated.write("root", root)
    rotated.write("timestamp", rotated.signed("timestamp"), fresh)
    assert victim.sync(rotated.folder, now=stage.now) == Outcome(code=0)
    assert "SEAWALL-2026-0004" in victim.releases()


def test_timestamp_and_snapshot_keys_name_no_bin_of_the_thief(stage: Stage):
    thief = stage.thief("timestamp", "snapshot")
    path = stage.house.path(4)
    name = thief.bin_of(path)
    thief.push({name: without(path)})
    stage.refused(stage.behind, thief.folder, f"{name} was signed by 0/1 keys")


def test_a_publishers_key_alone_can_only_exchange_a_bin_of_the_very_version(stage: Stage):
    """The snapshot names bins by version, not by hash (2,048 hashes would not fit the size of a
    sync). So a thief of this key who also runs the mirror can give a bin of the version that is
    due, with other content: hide a release for whoever has not read that version. It cannot make
    one, nor an older revision of an installed one, and the next version of the bin ends it."""
    thief = stage.thief("publisher")
    path = stage.house.path(4)
    name = thief.bin_of(path)
    thief.push({name: without(path)}, bump=False, upward=False)
    victim = stage.behind.copy(stage.place("victim"))
    assert victim.sync(thief.folder, now=stage.now) == Outcome(code=0)
    assert "SEAWALL-2026-0004" not in victim.releases()
    healed = Thief(stage.house, stage.place("next"), "timestamp", "snapshot", "publisher")
    healed.push({name: lambda signed: None})
    assert victim.sync(healed.folder, now=stage.now) == Outcome(code=0)
    assert victim.releases() == {
        f"SEAWALL-2026-{n:04d}": r for n, r in stage.house.revisions.items()
    }


def test_an_installed_release_that_is_hidden_stays_installed(stage: Stage):
    """Even with every online key of the repository."""
    thief = stage.thief("timestamp", "snapshot", "publisher")
    path = stage.house.path(2)
    thief.push({thief.bin_of(path): without(path)})
    victim = stage.behind.copy(stage.place("victim"))
    assert victim.sync(thief.folder, now=stage.now) == Outcome(code=0)
    assert "SEAWALL-2026-0002" not in victim.releases()
    held = victim._rows("SELECT id FROM releases WHERE id = 'SEAWALL-2026-0002' AND NOT offered")
    assert held == [("SEAWALL-2026-0002",)]


@pytest.mark.parametrize("role", ["root", "targets"])
@pytest.mark.parametrize("holder", ["ana", "cleo"])
def test_one_holder_of_three_is_below_the_threshold(stage: Stage, role, holder):
    """With all online keys on top."""
    thief = stage.thief(holder, "timestamp", "snapshot", "publisher")
    if role == "targets":
        thief.push({"targets": lambda signed: None})
    else:
        root = thief.signed("root")
        key = tuf_key(thief.own.public)
        root["version"] += 1
        root["keys"] = {key.keyid: key.to_dict()}
        for each in root["roles"].values():
            each.update(keyids=[key.keyid], threshold=1)
        thief.write("root", root, thief.stolen[holder], thief.own)
    stage.refused(stage.behind, thief.folder, f"{NOT_SIGNED}: {role} was signed by 1/2 keys")


def test_one_holder_who_signs_twice_is_still_one(stage: Stage):
    thief = stage.thief("ana", "timestamp", "snapshot")
    thief.stolen["ben"] = thief.stolen["ana"]
    thief.push({"targets": lambda signed: None})
    stage.refused(stage.behind, thief.folder, "the feed does not verify")


def test_the_threshold_of_new_root_keys_signed_by_none_of_the_old(stage: Stage):
    thief = stage.thief("timestamp", "snapshot", "publisher")
    root = thief.signed("root")
    key = tuf_key(thief.own.public)
    root["version"] += 1
    root["keys"][key.keyid] = key.to_dict()
    root["roles"]["root"].update(keyids=[key.keyid], threshold=1)
    thief.write("root", root, thief.own)
    stage.refused(stage.behind, thief.folder, f"{NOT_SIGNED}: root was signed by 0/2 keys")


def test_a_gap_in_the_chain_of_roots(stage: Stage):
    """Root 3 is genuine, root 2 is withheld: keys of root 3 are not believed without it."""
    house = Thief(stage.house, stage.place("house"), "ana", "ben")
    fresh = signer("a fresh timestamp key")
    key = tuf_key(fresh.public)
    root = house.signed("root")
    for version in (2, 3):
        root["version"] = version
        root["keys"][key.keyid] = key.to_dict()
        root["roles"]["timestamp"]["keyids"] = [key.keyid]
        house.write("root", root)
    timestamp = house.signed("timestamp")
    timestamp["version"] += 1
    house.write("timestamp", timestamp, fresh)
    whole = stage.behind.copy(stage.place("whole"))
    assert whole.sync(house.folder, now=stage.now) == Outcome(code=0)
    (house.folder / "tuf/metadata/2.root.json").unlink()
    stage.refused(stage.behind, house.folder, "timestamp was signed by 0/1 keys")


def test_a_release_key_alone_makes_no_release(stage: Stage):
    thief = stage.thief()
    path = stage.house.path(4)
    forged = _forged(stage)
    [place] = (thief.folder / "tuf/targets").rglob("*.SEAWALL-2026-0004.json")
    place.write_bytes(forged)
    stage.refused(stage.behind, thief.folder, f"{path} (is not what was signed|is longer)")


def test_release_and_online_keys_make_no_release_without_the_log(stage: Stage):
    thief = stage.thief("timestamp", "snapshot", "publisher")
    path = stage.house.path(4)
    forged = _forged(stage, log_key="the thief's own")
    named = thief.put_target(path, forged)
    thief.push({thief.bin_of(path): lambda signed: signed["targets"].update({path: named})})
    stage.refused(stage.behind, thief.folder, "is not proven to be in the log")


def test_a_log_key_alone_changes_nothing_but_the_log(stage: Stage):
    thief = stage.thief()
    other = branch(stage.house.maker, 1)
    for _ in range(9):
        other.append("feed.published", "feed:evil", {})
    give_out(thief, other)
    stage.refused(stage.behind, thief.folder, "was forked")


def test_every_online_key_and_the_log_are_the_publisher_until_the_offline_keys_say_no(
    stage: Stage,
):
    """All five keys lie on one machine: who has it can publish, in public. A witness, or anybody
    who reads the log, sees it; new release keys in trust.json end it, for what is installed too."""
    thief = stage.thief("timestamp", "snapshot", "publisher")
    other = branch(stage.house.maker, len(stage.house.maker.entries))
    data, path = other.bundle(4, revision=2), stage.house.path(4)
    named = thief.put_target(path, data)
    thief.push({thief.bin_of(path): lambda signed: signed["targets"].update({path: named})})
    give_out(thief, other)
    victim = stage.behind.copy(stage.place("victim"))
    assert victim.sync(thief.folder, now=stage.now) == Outcome(code=0)
    assert victim.releases()["SEAWALL-2026-0004"] == 2


@pytest.mark.parametrize("first", ["no root", "another root", "no signatures"])
def test_who_begins_with_a_root_of_the_thief_is_told(stage: Stage, first):
    """The first root comes from elsewhere; a mirror's own is not taken."""
    home = stage.place("home")
    if first == "no root":
        victim = Operator(home=home)
        home.mkdir()
        assert "no root" in victim.sync(stage.house.folder, now=stage.now).sentence
    elif first == "another root":
        with pytest.raises(FeedRefused, match="no root with the SHA-256 00"):
            root_with_digest(open_source(str(stage.house.folder)), "00" * 32)
    else:
        root = json.loads(stage.house.root)
        del root["signatures"][0]
        with pytest.raises(FeedRefused, match="the root does not verify"):
            trust_root(home, json.dumps(root).encode())


def _forged(stage: Stage, *, log_key: str = "") -> bytes:
    """A release 4 of revision 1 that says something else, signed by the true release key."""
    maker = branch(stage.house.maker, len(stage.house.maker.entries))
    if log_key:
        maker.log_key = signer(log_key)
    assert isinstance(maker, Maker)
    return maker.bundle(4, cve="CVE-2026-66666")


def test_a_frozen_operator_is_told_when_it_asks_again(stage: Stage):
    thief = stage.thief()
    victim = stage.ahead.copy(stage.place("victim"))
    outcome = victim.sync(thief.folder, now=stage.now + timedelta(hours=30))
    assert outcome.code == 1
    assert "the mirror is stale, or something withholds news" in outcome.sentence
