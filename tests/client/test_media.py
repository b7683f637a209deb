"""Media: a copy of a feed that serves who begins and who is far behind, with nothing missing."""

import shutil

import pytest

from client.attacks.operators import Operator, Outcome
from client.mirrors import serve
from client.test_sync import synced
from feed.house import make_house
from formats.bundles import PATCH_SHA256
from seawall.client.errors import Unreachable
from seawall.client.fetching import open_source
from seawall.client.media import write_media
from seawall.client.store import Store


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=2)


@pytest.fixture
def connected(house, tmp_path):
    return Operator.trusting(tmp_path / "connected", house.root)


def saved(connected, house, media, source=None):
    synced(connected, house, source)
    with open_source(str(source or house.folder)) as opened:
        return write_media(connected.home, opened, media, now=house.now)


def test_who_begins_and_who_is_behind_sync_from_it(connected, house, tmp_path):
    behind = Operator.trusting(tmp_path / "behind", house.root)
    assert behind.sync(house.folder, now=house.now) == Outcome(code=0)
    for _ in range(300):
        house.append_to_log(write=False)
    house.publish(3)
    house.revise(1)
    media = tmp_path / "media"
    saved(connected, house, media)
    begins = Operator.trusting(tmp_path / "begins", house.root)
    shutil.rmtree(house.tree.folder)
    for operator in (behind, begins):
        assert operator.sync(media, now=house.now) == Outcome(code=0)
        assert operator.releases() == connected.releases()
        assert len(operator.releases()) == 5
    with Store.open(begins.home) as store:
        assert store.file(PATCH_SHA256) is not None


def test_what_is_held_is_not_fetched_again(connected, house, tmp_path):
    with serve(house.folder) as mirror:
        synced(connected, house, mirror.url)
        mirror.begin()
        with open_source(mirror.url) as opened:
            write_media(connected.home, opened, tmp_path / "media", now=house.now)
    assert not any("/releases/" in path or "/patches/" in path for path in mirror.got)


def test_packs_are_unpacked_onto_it(connected, house, tmp_path, monkeypatch):
    monkeypatch.setattr("seawall.client.downloads._WORTH_PACKS", 0)
    monkeypatch.setattr("seawall.feed.tuf.packs.FROM", 2)
    house.refresh()
    saved(connected, house, tmp_path / "media")
    assert len(list((tmp_path / "media").rglob("*.SEAWALL-2026-*.json"))) == 2


def test_a_copy_that_was_cut_off_is_an_older_one(connected, house, tmp_path):
    media = tmp_path / "media"
    saved(connected, house, media)
    named = [media / "tuf/metadata/timestamp.json", media / "log/checkpoint"]
    before = [path.read_bytes() for path in named]
    house.publish()
    with serve(house.folder) as mirror:
        synced(connected, house, mirror.url)
        mirror.instead["tuf/metadata/1.root.json"] = 500
        with pytest.raises(Unreachable), open_source(mirror.url) as opened:
            write_media(connected.home, opened, media, now=house.now)
    assert [path.read_bytes() for path in named] == before
    fresh = Operator.trusting(tmp_path / "fresh", house.root)
    assert fresh.sync(media, now=house.now) == Outcome(code=0)
    assert len(fresh.releases()) == 2
