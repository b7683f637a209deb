"""What ends is signed anew in time, and what nobody can ask for any more is removed."""

from datetime import timedelta

import pytest
from tuf.api.exceptions import ExpiredMetadataError

from feed.house import NOW, SLUG, make_house
from feed.tuf_follower import Follower

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE = f"{SLUG}/notes/a/b/one.json"


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=0)


def version(house, role):
    return house.repository.state().role(role).version


def test_nothing_is_signed_in_the_first_half_of_a_timestamps_life(house):
    before = house.tree.version
    assert not house.refresh(NOW + 12 * HOUR)
    assert house.tree.version == before


def test_a_timestamp_is_signed_in_the_second_half_of_its_life(house):
    assert house.refresh(NOW + 12 * HOUR + timedelta(seconds=1)).roles == ("timestamp",)
    assert house.refresh(NOW + 2 * DAY).roles == ("timestamp",)


def test_a_snapshot_is_signed_in_the_second_half_of_its_life(house):
    assert house.refresh(NOW + 3.5 * DAY).roles == ("timestamp",)
    assert house.refresh(NOW + 4.5 * DAY).roles == ("snapshot", "timestamp")


def test_forced_it_signs_only_what_is_due_all_the_same(house):
    assert not house.refresh(NOW + HOUR, force=True)
    assert house.refresh(NOW + 4 * DAY, force=True).roles == ("snapshot", "timestamp")


def test_clients_can_follow_on_every_day_of_half_a_year(house, tmp_path):
    house.change({ONE: b"x"})
    follower = Follower(tmp_path / "client", house)
    signed = set()
    for day in range(200):
        signed |= set(house.refresh(NOW + day * DAY).roles)
        assert follower.read(ONE) == b"x"
        assert not house.repository.state().due(now=house.now)
    assert {SLUG, f"{SLUG}-packs", f"{SLUG}-2-0", f"{SLUG}-2-3"} <= signed
    assert version(house, SLUG) == 3


def test_bins_are_not_all_due_on_one_day(tmp_path):
    house = make_house(tmp_path / "house", releases=0, bits=5)
    counts = []
    for day in range(70):
        roles = house.refresh(NOW + day * DAY).roles
        counts.append(sum(role.startswith(f"{SLUG}-5-") for role in roles))
    assert sum(counts) == 32
    assert max(counts) <= 6


def test_without_a_refresh_clients_stop_and_the_state_says_so(house, tmp_path):
    follower = Follower(tmp_path / "client", house)
    later = NOW + 2 * DAY
    with pytest.raises(ExpiredMetadataError):
        follower.update(later)
    [due] = house.repository.state().due(now=later)
    assert (due.role, due.by, due.over) == ("timestamp", "this installation", True)


def test_offline_holders_are_called_thirty_days_before(house):
    end = NOW + 365 * DAY
    house.refresh(end - 31 * DAY)
    assert not house.repository.state().due(now=end - 31 * DAY)
    house.refresh(end - 30 * DAY)
    due = house.repository.state().due(now=end - 30 * DAY)
    assert [(one.role, one.by, one.until, one.over) for one in due] == [
        ("root", "2 holders of its keys", end, False),
        ("targets", "2 holders of its keys", end, False),
    ]


def test_what_only_ended_snapshots_name_is_removed(house, tmp_path):
    follower = Follower(tmp_path / "client", house)
    for n in range(4):
        house.change({ONE: b"%d" % n, f"{SLUG}/notes/a/b/two.json": b"same"}, now=NOW + n * HOUR)
    house.change({ONE: b"0"}, now=NOW + 4 * HOUR)

    def contents():
        below = f"tuf/targets/{SLUG}/"
        return {house.tree.read(p) for p in house.tree.files() if p.startswith(below)}

    def snapshots():
        names = [p.split("/")[-1] for p in house.tree.files() if p.endswith(".snapshot.json")]
        return sorted(int(name.split(".")[0]) for name in names)

    house.refresh(NOW + 7 * DAY, force=True)
    assert contents() == {b"0", b"1", b"2", b"3", b"same"}
    house.refresh(NOW + 7 * DAY + 2 * HOUR, force=True)
    assert snapshots() == [5, 6, 7]
    assert contents() == {b"0", b"3", b"same"}
    house.refresh(NOW + 15 * DAY)
    assert contents() == {b"0", b"same"}
    assert follower.read(ONE) == b"0"
    fresh = Follower(tmp_path / "fresh", house)
    assert fresh.read(f"{SLUG}/notes/a/b/two.json") == b"same"


def test_the_tree_stops_growing(house):
    counts = []
    for day in range(60):
        house.change({ONE: b"%d" % day}, now=NOW + day * DAY)
        house.refresh(NOW + day * DAY + HOUR, force=True)
        counts.append(len(list(house.tree.files())))
    assert max(counts[30:]) <= max(counts[:20]) + 4


def test_a_content_that_was_removed_can_come_back(house, tmp_path):
    follower = Follower(tmp_path / "client", house)
    house.change({ONE: b"x"})
    house.change({ONE: b"y"})
    house.refresh(NOW + 8 * DAY)
    assert b"x" not in {house.tree.read(path) for path in house.tree.files()}
    house.change({ONE: b"x"})
    house.refresh(NOW + 16 * DAY)
    assert follower.read(ONE) == b"x"


def test_what_the_same_change_brings_back_is_not_removed(house, tmp_path):
    house.change({ONE: b"x"})
    house.change({ONE: b"y"})
    later = house.at(NOW + 8 * DAY)
    with house.tree.change() as draft:
        house.repository.change({ONE: b"x"}, draft=draft, now=later)
        house.repository.refresh(draft=draft, now=later, force=True)
    assert Follower(tmp_path / "client", house).read(ONE) == b"x"
    contents = {house.tree.read(path) for path in house.tree.files()}
    assert b"x" in contents
