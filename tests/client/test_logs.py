"""The log as the client sees it: what it holds at an index, or a refusal, never anything else."""

import pytest

from feed.house import make_house
from seawall.client.errors import FeedRefused, Unreachable
from seawall.client.fetching import open_source
from seawall.client.logs import LogRefused, view_log
from seawall.formats.feed_trust import read_trust
from seawall_verify import leaf_hash

ENTRIES = 600
ASKED = (0, 1, 255, 256, 511, 512, 598, 599)


@pytest.fixture
def house(tmp_path):
    house = make_house(tmp_path / "house", releases=0)
    for _ in range(ENTRIES - 1):
        house.append_to_log(write=False)
    house.append_to_log()
    return house


def viewed(house, *, seen=""):
    [trust] = (house.folder / "tuf/targets").glob("*.trust.json")
    source = open_source(str(house.folder))
    return view_log(source, read_trust(trust.read_bytes()).log, seen=seen)


def answers(house):
    """What the log is said to hold at each index asked; None when it is refused."""
    view = viewed(house)
    found = []
    for index in ASKED:
        try:
            found.append(view.leaf_hash(index))
        except FeedRefused:
            found.append(None)
    return found


def truth(house):
    return [leaf_hash(house.maker.entries[index]) for index in ASKED]


def test_it_holds_what_was_entered(house):
    assert viewed(house).checkpoint.size == ENTRIES
    assert answers(house) == truth(house)


@pytest.mark.parametrize("index", [-1, ENTRIES, ENTRIES + 1])
def test_beyond_its_end_it_holds_nothing(house, index):
    with pytest.raises(FeedRefused, match="is not among them"):
        viewed(house).leaf_hash(index)


def tiles(house):
    return sorted(
        path.relative_to(house.folder).as_posix()
        for path in (house.folder / "log/tile").rglob("*")
        if path.is_file() and "entries" not in path.parts
    )


@pytest.mark.parametrize("at", [0, 16, 40, -1])
def test_a_tile_that_was_altered_anywhere_gives_no_false_answer(house, at):
    right = truth(house)
    refused = 0
    for tile in tiles(house):
        path = house.folder / tile
        whole = path.read_bytes()
        altered = bytearray(whole)
        altered[at if at < len(whole) else 0] ^= 1
        path.chmod(0o644)
        path.write_bytes(bytes(altered))
        found = answers(house)
        assert all(said in (None, true) for said, true in zip(found, right, strict=True)), tile
        refused += None in found
        path.write_bytes(whole)
    assert refused >= 3
    assert answers(house) == right


def test_a_tile_that_is_missing_is_refused(house):
    for tile in tiles(house):
        if tile.startswith("log/tile/0/000"):
            (house.folder / tile).unlink()
    with pytest.raises(FeedRefused, match="missing from the log"):
        viewed(house).leaf_hash(0)


def test_the_log_continues_what_was_seen(house):
    seen = house.maker.checkpoint(300)
    assert viewed(house, seen=seen).checkpoint.size == ENTRIES
    newer = make_house(house.home.parent / "other", releases=1)
    with pytest.raises(LogRefused) as refused:
        viewed(newer, seen=seen)
    assert "rolled back" in str(refused.value)
    assert {"received.checkpoint", "remembered.checkpoint"} <= set(refused.value.evidence)


def test_a_log_that_cannot_be_read_now_is_no_lie(house, monkeypatch):
    def broken(*_):
        raise Unreachable("the medium was taken out")

    view = viewed(house)
    monkeypatch.setattr("seawall.client.fetching.FolderSource._read", broken)
    with pytest.raises(Unreachable):
        view.leaf_hash(0)
