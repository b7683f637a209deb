"""Packs: what a first sync fetches in one piece, made anew only when it has become old."""

import json
from datetime import timedelta

import pytest
import zstandard

from feed.house import SLUG, make_house
from feed.tuf_follower import Follower
from seawall.core.feed_paths import release_path
from seawall.feed.tuf import packs

PACKS = f"{SLUG}-packs"


def release(number: int) -> str:
    return release_path(SLUG, f"SEAWALL-2026-{number:04d}")


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setattr(packs, "FROM", 8)
    monkeypatch.setattr(packs, "PER_PACK", 16)
    monkeypatch.setattr(packs, "AT_ONCE", 2)
    return make_house(tmp_path / "house", releases=0, bits=3)


def publish(house, numbers, text="first"):
    house.change({release(n): f'{{"n": {n}, "text": "{text}é"}}'.encode() for n in numbers})


def repack(house):
    """Refresh until nothing more is packed; gives how often."""
    runs = 0
    while house.refresh(house.now + timedelta(seconds=1)):
        runs += 1
    return runs


def listed(house):
    state = house.repository.state()
    role = state.role(PACKS)
    data = json.loads(house.tree.read(f"tuf/metadata/{role.version}.{PACKS}.json"))
    return data["signed"]["targets"]


def unpacked(follower, path):
    lines = zstandard.ZstdDecompressor().stream_reader(follower.read(path)).read().splitlines()
    return {line["path"]: line["text"] for line in map(json.loads, lines)}


def test_a_small_feed_has_no_packs(house):
    publish(house, range(1, 8))
    assert repack(house) == 0
    assert listed(house) == {}


def test_a_pack_holds_the_releases_as_they_are(house, tmp_path):
    publish(house, range(1, 9))
    house.change({f"{SLUG}/patches/ab/cd/{'ab' * 32}.patch": b"\xff"})
    assert repack(house) == 1
    [path] = listed(house)
    assert path == f"{PACKS}/0-0000.jsonl.zst"
    texts = unpacked(Follower(tmp_path / "client", house), path)
    assert texts == {release(n): f'{{"n": {n}, "text": "firsté"}}' for n in range(1, 9)}
    assert listed(house)[path]["custom"]["releases"] == 8


def test_a_pack_is_made_anew_when_a_quarter_of_it_changed(house, tmp_path):
    publish(house, range(1, 17))
    repack(house)
    [first] = listed(house).values()
    for n in range(1, 5):
        publish(house, [n], "second")
        assert repack(house) == 0
    publish(house, [5], "second")
    assert repack(house) == 1
    [(path, second)] = listed(house).items()
    assert second["hashes"] != first["hashes"]
    texts = unpacked(Follower(tmp_path / "client", house), path)
    assert sum("second" in text for text in texts.values()) == 5


def test_more_releases_are_spread_over_more_packs_a_few_in_one_run(house, tmp_path):
    publish(house, range(1, 17))
    repack(house)
    publish(house, range(17, 61))
    assert repack(house) == 2
    assert sorted(listed(house)) == [f"{PACKS}/2-000{n}.jsonl.zst" for n in range(4)]
    follower = Follower(tmp_path / "client", house)
    texts = {}
    for path in listed(house):
        part = unpacked(follower, path)
        assert not texts.keys() & part.keys()
        texts |= part
    assert texts.keys() == {release(n) for n in range(1, 61)}


def test_packs_follow_when_bins_move(house):
    publish(house, range(1, 17))
    repack(house)
    with house.tree.change() as draft:
        house.repository.grow(SLUG, 6, draft=draft, now=house.now)
    assert repack(house) == 1
    [pack] = listed(house).values()
    assert pack["custom"]["bins"] == f"{SLUG}-6"


def test_who_is_up_to_date_never_asks_for_packs(house, tmp_path):
    publish(house, range(1, 17))
    repack(house)
    follower = Follower(tmp_path / "client", house)
    follower.read(release(1))
    publish(house, [1], "second")
    follower.read(release(1))
    assert not [path for path in follower.fetcher.asked if "packs" in path]
