"""The public log as files: the whole tree is rebuilt from them, and nothing else is in them."""

from datetime import UTC, datetime

import pytest

from seawall.ledger import checkpoints, queries, rows, tiles
from seawall.ledger.actions import Said, alone, frontier_of, record_all
from seawall.ledger.leaves import leaf_of
from seawall.ledger.models import Event
from seawall.ledger.nodes import NodeMissing
from seawall.signing.merkle import Frontier, leaf_hash
from seawall.vocab.actors import LOCAL

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def grow(count: int, *, signed: bool = True) -> int:
    """Record events of both kinds and sign; gives the size."""
    said = [
        Said(what="test.done" if n % 3 else "feed.published", on=f"thing:{n}", facts={"n": n})
        for n in range(count)
    ]
    record_all(by=LOCAL, events=said, at=NOON)
    if signed:
        checkpoints.sign(now=NOON)
    return queries.size()


def entries_of(raw: bytes) -> list[bytes]:
    found = []
    while raw:
        length = int.from_bytes(raw[:2], "big")
        found.append(raw[2 : 2 + length])
        raw = raw[2 + length :]
    return found


def test_the_tree_is_rebuilt_from_the_files():
    size = grow(700)
    files = dict(tiles.files(size))
    assert set(files) == {
        *("tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"),
        *("tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"),
    }
    names = ("000", "001", "002.p/188")
    entries = [e for name in names for e in entries_of(files[f"tile/entries/{name}"])]
    assert entries == [leaf_of(event) for event in Event.objects.order_by("index")]
    hashes = b"".join(files[f"tile/0/{name}"] for name in names)
    assert hashes == b"".join(leaf_hash(each) for each in entries)
    tree, _ = Frontier().extend(leaf_hash(each) for each in entries)
    assert tree.root() == queries.root().hash
    full, _ = Frontier().extend(leaf_hash(each) for each in entries[:512])
    assert full.root() == _root(files["tile/1/000.p/2"])


def _root(hashes: bytes) -> bytes:
    tree, _ = Frontier().extend(hashes[i : i + 32] for i in range(0, len(hashes), 32))
    return tree.root()


def test_what_is_not_public_is_in_no_file():
    size = grow(300)
    everything = b"".join(content for _, content in tiles.files(size))
    for event in Event.objects.all():
        assert (event.entry.encode() in everything) == (event.what == "feed.published")
        if event.salt:
            assert bytes(event.salt) not in everything


def test_files_since_a_size_complete_those_of_that_size():
    first = dict(tiles.files(grow(300)))
    size = grow(500)
    added = dict(tiles.files(size, since=300))
    assert not set(first) & set(added)
    partial = {path for path in first if ".p/" in path}
    assert (first | added).keys() - partial == dict(tiles.files(size)).keys()
    assert (first | added).items() >= dict(tiles.files(size)).items()


def test_one_tile_and_one_bundle_are_those_of_the_files():
    files = dict(tiles.files(grow(600)))
    assert tiles.tile(0, 1) == files["tile/0/001"]
    assert tiles.tile(0, 2, 88) == files["tile/0/002.p/88"]
    assert tiles.tile(1, 0, 2) == files["tile/1/000.p/2"]
    assert tiles.bundle(0) == files["tile/entries/000"]
    assert tiles.bundle(2, 88) == files["tile/entries/002.p/88"]
    assert tiles.tile(0, 2, 5) == files["tile/0/002.p/88"][:160]


def test_only_what_a_checkpoint_covers_is_given_out():
    assert tiles.tile(0, 0, 1) is None
    grow(300)
    grow(300, signed=False)
    assert tiles.tile(0, 1, 44) is not None
    assert tiles.bundle(1, 44) is not None
    for width in (45, 256):
        assert tiles.tile(0, 1, width) is None
        assert tiles.bundle(1, width) is None
    assert tiles.tile(1, 0, 1) is not None
    assert tiles.tile(1, 0, 2) is None
    assert tiles.tile(64, 0, 1) is None
    assert tiles.tile(-1, 0, 1) is None


def test_bundles_with_old_entries_that_are_not_public_are_not_given_out():
    """They have no salts, so their leaves are their entries; the tiles are complete as ever."""
    grow(255, signed=False)
    old = rows.event(
        index=255,
        at=NOON,
        by="operator:local",
        what="case.opened",
        on="case:1",
        entry="old",
        salt=b"",
        leaf_hash=leaf_hash(b"old"),
    )
    frontier, made = frontier_of(alone()).extend([old.leaf_hash])
    rows.append([old], at=NOON, nodes=made, frontier=frontier)
    grow(10)
    assert tiles.tile(0, 0) is not None
    assert tiles.bundle(0) is None
    assert tiles.bundle(0, 255) is not None
    assert tiles.bundle(1, 10) is not None
    files = dict(tiles.files(266))
    assert "tile/entries/000" not in files
    assert {"tile/0/000", "tile/0/001.p/10", "tile/entries/001.p/10"} <= set(files)


def test_a_hole_is_never_given_out_as_a_shorter_file():
    size = grow(20)
    with pytest.raises(NodeMissing, match=r"tile/0/000\.p/21"):
        list(tiles.files(size + 1))
    with pytest.raises(NodeMissing, match=r"tile/entries/000\.p/21"):
        tiles._bundle(0, 21)


def test_the_log_is_exported_as_a_folder(tmp_path):
    assert tiles.export(tmp_path / "log") is None
    grow(300)
    row = tiles.export(tmp_path / "log")
    assert row == checkpoints.newest()
    assert (tmp_path / "log" / "checkpoint").read_text() == row.text
    kept = tmp_path / "log" / "tile" / "0" / "000"
    was = kept.stat().st_ino
    size = grow(10)
    tiles.export(tmp_path / "log")
    assert kept.stat().st_ino == was
    folder = tmp_path / "log"
    held = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert held.items() >= dict(tiles.files(size)).items()
    assert held["checkpoint"].decode() == checkpoints.newest().text
    assert not [name for name in held if "/." in name]


def test_tiles_cost_the_same_few_queries_however_wide(django_assert_num_queries):
    grow(600)
    for width in (1, 256):
        with django_assert_num_queries(2):
            tiles.tile(0, 1, width)
        with django_assert_num_queries(2):
            tiles.bundle(1, width)
