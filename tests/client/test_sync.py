"""A feed is followed: what changed comes, is verified, and becomes the state in one step."""

import json
import shutil
from datetime import timedelta

import pytest

from client.attacks.operators import Operator, Outcome
from client.mirrors import serve
from feed.house import SLUG, make_house
from formats.bundles import PATCH, PATCH_SHA256
from seawall.client.errors import Unreachable
from seawall.client.fetching import open_source
from seawall.client.home import Busy, locked
from seawall.client.index import refresh_index
from seawall.client.store import Store
from seawall.client.sync import SyncRefused, sync
from seawall.core.feed_paths import patch_path


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=3)


@pytest.fixture
def operator(house, tmp_path):
    return Operator.trusting(tmp_path / "operator", house.root)


def synced(operator, house, source=None, **more):
    with open_source(str(source or house.folder)) as opened:
        return sync(operator.home, opened, now=house.now, **more)


def store_of(operator):
    return Store.open(operator.home)


def test_the_first_sync_brings_all_and_the_next_one_nothing(operator, house):
    first = synced(operator, house)
    assert first.first
    assert [(i.id, i.revision, i.before) for i in first.installed] == [
        (f"SEAWALL-2026-000{n}", 1, 0) for n in (1, 2, 3)
    ]
    assert (first.releases, first.log_size) == (3, 3)
    second = synced(operator, house)
    assert (second.first, second.installed, second.releases) == (False, (), 3)


def test_an_unchanged_feed_costs_two_requests_and_one_new_release_little(operator, house):
    synced(operator, house)
    with serve(house.folder, packed=True) as mirror:
        again = synced(operator, house, mirror.url)
        assert (again.requests, again.received < 10_000) == (2, True)
        house.publish()
        delta = synced(operator, house, mirror.url)
        assert [i.id for i in delta.installed] == ["SEAWALL-2026-0004"]
        assert delta.received < 50_000
        assert not any("000" in path and "0004" not in path for path in mirror.got if "rel" in path)


def test_an_address_and_carried_media_take_turns(operator, house, tmp_path):
    with serve(house.folder) as mirror:
        synced(operator, house, mirror.url)
    house.publish()
    media = tmp_path / "media"
    shutil.copytree(house.folder, media)
    assert synced(operator, house, media).releases == 4
    with store_of(operator) as store:
        assert store.get("source") == str(media)
    house.revise(1)
    with serve(house.folder) as mirror:
        [revised] = synced(operator, house, mirror.url).installed
    assert (revised.id, revised.revision, revised.before) == ("SEAWALL-2026-0001", 2, 1)


def test_a_release_is_found_by_every_name_and_its_documents_by_digest(operator, house):
    synced(operator, house)
    house.revise(1)
    synced(operator, house)
    with store_of(operator) as store:
        for name in ("SEAWALL-2026-0001", "cve-2026-10001"):
            held = store.release(name)
            assert (held.id, held.revision, held.offered) == ("SEAWALL-2026-0001", 2, True)
        assert store.release("CVE-1999-1") is None
        revisions = [part.revision for part in store.parts(PATCH_SHA256)]
        assert revisions[0] == 2
        assert 1 in revisions
        assert store.former_payload(held.path, 1) not in (None, held.payload)


def test_a_sync_that_was_cut_off_goes_on_where_it_was(operator, house):
    house.publish(5)
    with serve(house.folder) as mirror:
        wanted = "SEAWALL-2026-0007"
        [path] = [
            p.relative_to(house.folder).as_posix()
            for p in (house.folder / "tuf/targets").rglob(f"*.{wanted}.json")
        ]
        mirror.instead[path] = 500
        with pytest.raises(Unreachable, match="answers 500"):
            synced(operator, house, mirror.url)
        assert operator.releases() == {}
        mirror.instead.clear()
        mirror.begin()
        assert synced(operator, house, mirror.url).releases == 8
    assert sorted(p.rpartition(".SEAWALL-")[2] for p in mirror.got if "/releases/" in p) == [
        "2026-0007.json",
        "2026-0008.json",
    ]


def test_patches_come_along_and_are_held_by_their_digest(operator, house):
    synced(operator, house)
    with store_of(operator) as store:
        assert store.file(PATCH_SHA256) == PATCH
        assert store.target(patch_path(SLUG, PATCH_SHA256)) == (PATCH_SHA256, len(PATCH))


def test_files_that_nothing_needs_any_more_are_forgotten(operator, house):
    synced(operator, house)
    with store_of(operator) as store:
        old = store.release("SEAWALL-2026-0001").sha256
    house.revise(1)
    synced(operator, house)
    with store_of(operator) as store:
        assert store.file(old) is None
        assert store.file(store.release("SEAWALL-2026-0001").sha256) is not None


def test_what_the_feed_no_longer_lists_stays_and_is_said(operator, house):
    synced(operator, house)
    house.withdraw(house.path(2))
    report = synced(operator, house)
    assert (report.no_longer_offered, report.releases) == (("SEAWALL-2026-0002",), 3)
    assert operator.releases() == {"SEAWALL-2026-0001": 1, "SEAWALL-2026-0003": 1}
    assert synced(operator, house).no_longer_offered == ("SEAWALL-2026-0002",)


def test_what_is_refused_is_kept_as_evidence_and_changes_nothing(operator, house, tmp_path):
    synced(operator, house)
    before = operator.installed()
    mirror = tmp_path / "mirror"
    house.publish()
    shutil.copytree(house.folder, mirror)
    [bundle] = (mirror / "tuf/targets").rglob("*.SEAWALL-2026-0004.json")
    bundle.write_bytes(bundle.read_bytes().replace(b"3.1.5", b"3.1.4"))
    with pytest.raises(SyncRefused) as refused:
        synced(operator, house, mirror)
    assert operator.installed() == before
    kept = json.loads((refused.value.evidence / "refused.json").read_text())
    assert (kept["refused"], kept["source"]) == (str(refused.value), str(mirror))
    assert all((refused.value.evidence / name).is_file() for name in kept["files"])
    assert any(name.endswith("timestamp.json") for name in kept["files"])


def test_when_trust_changes_everything_installed_is_verified_again(operator, house):
    synced(operator, house)
    with store_of(operator) as store, store.change():
        changed = store.get("trust").replace('"need": 0', '"need": 0 ')
        store.put(trust=changed)
        store.db.execute("UPDATE releases SET payload = 'f', log_index = 9, revision = 1")
    assert Operator(home=operator.home).sync(house.folder, now=house.now) == Outcome(
        code=1, sentence="the feed offers another revision 1 of SEAWALL-2026-0001"
    )


def test_only_one_process_syncs_a_feed(operator, house):
    with locked(operator.home), pytest.raises(Busy):
        synced(operator, house)
    synced(operator, house)


def test_an_expired_feed_is_refused(operator, house):
    synced(operator, house)
    with pytest.raises(SyncRefused, match="out of date"), open_source(str(house.folder)) as source:
        sync(operator.home, source, now=house.now + timedelta(days=2))


def ids_of(layers):
    return [layer.index.advisories for layer in layers], [sorted(x.replaces) for x in layers]


def test_the_index_is_made_of_a_whole_and_what_changed_since(operator, house):
    synced(operator, house)
    house.publish()
    house.revise(1)
    synced(operator, house)
    folder = operator.home / "index"
    assert sorted(p.name for p in folder.iterdir()) == ["base-1", "since-1-2"]
    with store_of(operator) as store:
        changed = ["SEAWALL-2026-0001", "SEAWALL-2026-0004"]
        assert ids_of(refresh_index(operator.home, store)) == ([2, 3], [changed, []])


def test_an_index_that_is_missing_or_damaged_is_made_again(operator, house):
    synced(operator, house)
    path = operator.home / "index" / "base-1"
    whole = path.read_bytes()
    with store_of(operator) as store:
        for damaged in (b"", whole[:-20], None):
            path.unlink() if damaged is None else path.write_bytes(damaged)
            assert ids_of(refresh_index(operator.home, store)) == ([3], [[]])
            assert path.read_bytes() == whole


def test_the_whole_index_is_made_anew_when_much_changed(operator, house, monkeypatch):
    monkeypatch.setattr("seawall.client.index._FEW", 1)
    synced(operator, house)
    house.publish(2)
    synced(operator, house)
    assert [p.name for p in (operator.home / "index").iterdir()] == ["base-2"]


def test_packs_bring_the_releases_of_a_first_sync(operator, house, monkeypatch):
    monkeypatch.setattr("seawall.client.downloads._WORTH_PACKS", 0)
    monkeypatch.setattr("seawall.feed.tuf.packs.FROM", 2)
    house.refresh()
    house.publish()
    with serve(house.folder) as mirror:
        assert synced(operator, house, mirror.url).releases == 4
    single = [p.rpartition(".SEAWALL-")[2] for p in mirror.got if ".SEAWALL-" in p]
    assert single == ["2026-0004.json"]
