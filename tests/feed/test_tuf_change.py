"""A change of the repository writes what changed and nothing else."""

import json
import re

import pytest
from tuf.api.metadata import Metadata

from feed.house import NOW, SLUG, make_house
from feed.tuf_follower import Follower
from seawall.feed.tree import Tree
from seawall.feed.tuf.edit import NotFounded
from seawall.feed.tuf.repository import Repository
from seawall.signing.keys import FileKeys, KeyUnusable
from seawall.vocab.errors import BadInput

ONE = f"{SLUG}/notes/a/b/one.json"
TWO = f"{SLUG}/notes/a/b/two.json"


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=0, bits=5)


def files(house):
    return {path: house.tree.read(path) for path in house.tree.files()}


def test_one_target_is_one_bin_a_snapshot_and_a_timestamp(house):
    before = files(house)
    changed = house.change({ONE: b"x"})
    after = files(house)
    assert len(changed.roles) == 3
    assert changed.roles[1:] == ("snapshot", "timestamp")
    assert re.fullmatch(rf"{SLUG}-5-[01][0-9a-f]", changed.roles[0])
    new = {path for path in after if after[path] != before.get(path)}
    assert new == {
        f"tuf/metadata/2.{changed.roles[0]}.json",
        "tuf/metadata/2.snapshot.json",
        "tuf/metadata/timestamp.json",
        f"tuf/targets/{SLUG}/notes/a/b/"
        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881.one.json",
    }
    assert before.keys() <= after.keys()


def test_what_is_written_does_not_grow_with_what_is_there(house):
    house.change({f"{SLUG}/notes/a/b/{n}.json": b"x" for n in range(400)})
    before = files(house)
    house.change({ONE: b"x"})
    after = files(house)
    new = {path: len(after[path]) for path in after if after[path] != before.get(path)}
    assert len(new) == 4
    bin = next(size for path, size in new.items() if f"{SLUG}-5-" in path)
    assert bin < 40 * 180
    assert sum(new.values()) - bin < 5_000


def test_the_same_change_again_changes_nothing(house):
    house.change({ONE: b"x", TWO: b"y"})
    version = house.tree.version
    assert not house.change({ONE: b"x"})
    assert not house.change({f"{SLUG}/notes/a/b/never.json": None})
    assert house.tree.version == version


def test_a_target_is_withdrawn(house, tmp_path):
    follower = Follower(tmp_path / "client", house)
    house.change({ONE: b"x", TWO: b"y"})
    assert follower.read(ONE) == b"x"
    house.withdraw(ONE)
    assert follower.read(ONE) is None
    assert follower.read(TWO) == b"y"
    assert house.repository.state().bins[0].targets == 1


def test_two_changes_in_one_draft_see_each_other(house, tmp_path):
    with house.tree.change() as draft:
        house.repository.change({ONE: b"x"}, draft=draft, now=NOW)
        house.repository.change({TWO: b"y", ONE: b"z"}, draft=draft, now=NOW)
    follower = Follower(tmp_path / "client", house)
    assert (follower.read(ONE), follower.read(TWO)) == (b"z", b"y")
    assert house.repository.state().bins[0].targets == 2


@pytest.mark.parametrize(
    "path", ["trust.json", f"{SLUG}/one.json", "other/notes/a/b/one.json", f"{SLUG}-packs/x"]
)
def test_a_path_that_no_publisher_may_sign_is_refused(house, path):
    before = files(house)
    with pytest.raises(BadInput, match="no publisher of this feed may sign this path"):
        house.change({ONE: b"x", path: b"y"})
    assert files(house) == before


def test_without_its_online_keys_nothing_is_published(house):
    (house.home / "keys" / "snapshot.pem").unlink()
    before = files(house)
    with pytest.raises(KeyUnusable, match="may sign snapshot"):
        house.change({ONE: b"x"})
    assert files(house) == before


def test_a_foreign_key_in_the_place_of_an_online_key_signs_nothing(house):
    (house.home / "keys" / "publisher.pem").unlink()
    house.keys.ensure("publisher")
    with pytest.raises(KeyUnusable, match=f"may sign {SLUG}-5-"):
        house.change({ONE: b"x"})


def test_before_the_ceremony_nothing_is_published(tmp_path):
    tree = Tree(tmp_path / "tree")
    repository = Repository.open(tree, FileKeys(tmp_path / "keys"))
    with pytest.raises(NotFounded), tree.change() as draft:
        repository.change({ONE: b"x"}, draft=draft, now=NOW)
    assert repository.state().roles == ()


def test_metadata_is_compact_and_what_is_signed_is_what_is_read(house):
    house.change({ONE: b"x", TWO: b"y", f'{SLUG}/notes/a/b/é" .json': b"z"})
    for path in house.metadata.iterdir():
        data = path.read_bytes()
        compact = json.dumps(json.loads(data), separators=(",", ":"), ensure_ascii=False)
        assert len(data) == len(compact.encode())
        if not path.name.endswith((".root.json", "1.targets.json")):
            assert Metadata.from_bytes(data).signed_bytes in data


def test_bins_move_when_they_hold_too_many_and_clients_follow(tmp_path):
    house = make_house(tmp_path / "house", releases=0, bits=1, most_per_bin=4)
    follower = Follower(tmp_path / "client", house)
    paths = [f"{SLUG}/notes/a/b/{n}.json" for n in range(70)]
    bits = []
    for n, path in enumerate(paths):
        house.change({path: str(n).encode()})
        assert follower.read(path) == str(n).encode()
        bits.append(house.repository.state().bins[0].bits)
    assert bits == [1] * 8 + [4] * 56 + [7] * 6
    fresh = Follower(tmp_path / "fresh", house)
    for n in (0, 8, 40, 69):
        assert follower.read(paths[n]) == fresh.read(paths[n]) == str(n).encode()
    house.change({paths[3]: None, paths[4]: b"new"})
    assert (follower.read(paths[3]), follower.read(paths[4])) == (None, b"new")
    assert house.repository.state().bins[0].targets == 69


def test_moving_to_more_bins_is_one_change(tmp_path):
    house = make_house(tmp_path / "house", releases=0, bits=1, most_per_bin=4)
    house.change({f"{SLUG}/notes/a/b/{n}.json": b"x" for n in range(8)})
    before, version = files(house), house.tree.version
    changed = house.change({f"{SLUG}/notes/a/b/8.json": b"x"})
    assert house.tree.version == version + 1
    assert changed.roles == (
        SLUG, *(f"{SLUG}-4-{n:x}" for n in range(16)), "snapshot", "timestamp",
    )  # fmt: skip
    old = [path for path in before if f".{SLUG}-1-" in path]
    assert all(house.tree.read(path) == before[path] for path in old)
    assert {path.split("-")[-2] for path in old} == {"1"}


def test_bins_only_grow(house):
    for bits in (5, 4):
        with pytest.raises(BadInput, match="bins only grow"), house.tree.change() as draft:
            house.repository.grow(SLUG, bits, draft=draft, now=NOW)
    with pytest.raises(BadInput, match="no publisher is called x"), house.tree.change() as draft:
        house.repository.grow("x", 8, draft=draft, now=NOW)
