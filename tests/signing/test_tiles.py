"""Tiles against the specification's examples, and against trees hashed the slow way."""

from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seawall.signing.merkle import Frontier, leaf_hash, subtree_root
from seawall.signing.tiles import (
    Tile,
    bundle_bytes,
    bundle_path,
    bundles_of,
    number_path,
    read_number_path,
    tile_bytes,
    tiles_of,
)


def mth(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 writes it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + mth(leaves[:half]) + mth(leaves[half:])).digest()


def tree(leaves: list[bytes]):
    """A reader of the complete subtrees over these leaves, as the ledger stores them."""
    hashes = [leaf_hash(each) for each in leaves]
    _, made = Frontier().extend(hashes)
    stored = {(node.level, node.index): node.hash for node in made}
    stored |= {(0, index): hashed for index, hashed in enumerate(hashes)}
    return lambda level, index: stored[level, index]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(level=0, number=1234067), "tile/0/x001/x234/067"),
        (Tile(level=0, number=0, width=8), "tile/0/000.p/8"),
        (Tile(level=2, number=1000, width=255), "tile/2/x001/000.p/255"),
    ],
)
def test_paths_are_the_specifications(tile, path):
    assert tile.path == path


def test_bundles_have_paths_of_their_own():
    assert bundle_path(1234067) == "tile/entries/x001/x234/067"
    assert bundle_path(5, width=3) == "tile/entries/005.p/3"


@pytest.mark.parametrize(("number", "width"), [(-1, 256), (0, 0), (0, 257)])
def test_there_are_no_other_paths(number, width):
    with pytest.raises(ValueError, match="no tile"):
        number_path(number, width=width)


@given(st.integers(0, 10**15), st.integers(1, 256))
def test_a_path_is_read_back(number, width):
    assert read_number_path(number_path(number, width=width)) == (number, width)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "67",
        "0001",
        "x067",
        "067/",
        "x001/67",
        "x000/067",
        "001/067",
        "067.p/",
        "067.p/0",
        "067.p/01",
        "067.p/256",
        "067.p/300",
        "067.p/-1",
        "067.p/8/",
        "x1234/067",
        "x001/x067",
        "../067",
        "٠٦٧",
        "067.p/٨",
        "+67",
        "x001/x/067",
        "067.p/8.p/8",
    ],
)
def test_other_spellings_are_no_paths(text):
    assert read_number_path(text) is None


@pytest.mark.parametrize("text", ["000.p/" + "1" * 5_000, "x001/" * 2_000 + "001"])
def test_numbers_without_end_are_no_paths(text):
    assert read_number_path(text) is None


def test_the_specifications_tree_of_70000_has_these_tiles():
    tiles = list(tiles_of(70_000))
    assert [tile for tile in tiles if tile.width < 256] == [
        Tile(level=0, number=273, width=112),
        Tile(level=1, number=1, width=17),
        Tile(level=2, number=0, width=1),
    ]
    assert [sum(t.level == level and t.width == 256 for t in tiles) for level in (0, 1, 2)] == [
        273,
        1,
        0,
    ]
    assert list(tiles_of(256)) == [Tile(level=0, number=0), Tile(level=1, number=0, width=1)]
    assert list(tiles_of(0)) == []


@given(st.integers(0, 200_000), st.integers(0, 200_000))
@example(256, 256)
@example(255, 256)
def test_what_is_new_since_a_size_is_what_that_size_had_not(one, other):
    old, new = sorted((one, other))
    everything, had = set(tiles_of(new)), set(tiles_of(old))
    added = list(tiles_of(new, since=old))
    assert len(added) == len(set(added))
    assert set(added) == everything - had
    assert set(bundles_of(new, since=old)) == set(bundles_of(new)) - set(bundles_of(old))


@given(st.integers(1, 1_200), st.integers(0, 1 << 32))
@example(256, 0)
@example(512, 1)
def test_tiles_hold_what_rfc_6962_hashes(size, seed):
    leaves = [b"%d %d" % (seed, index) for index in range(size)]
    node = tree(leaves)
    for tile in tiles_of(size):
        held = tile_bytes(node, tile)
        span = 256**tile.level
        for i in range(tile.width):
            first = (tile.number * 256 + i) * span
            assert held[32 * i : 32 * i + 32] == mth(leaves[first : first + span])
    assert subtree_root(node, 0, size) == mth(leaves)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_is_its_entries_behind_their_lengths(entries):
    raw, found = bundle_bytes(entries), []
    while raw:
        length = int.from_bytes(raw[:2], "big")
        found.append(raw[2 : 2 + length])
        raw = raw[2 + length :]
    assert found == entries


def test_the_longest_entry_fits_and_no_longer_one():
    assert len(bundle_bytes([bytes(65_535)])) == 65_537
    with pytest.raises(ValueError, match="at most 65535"):
        bundle_bytes([bytes(65_536)])


@given(st.lists(st.integers(0, 40), max_size=6))
def test_growing_in_batches_is_growing_one_by_one(batches):
    one = many = Frontier()
    nodes_one, nodes_many, count = [], [], 0
    for batch in batches:
        leaves = [leaf_hash(b"%d" % n) for n in range(count, count + batch)]
        count += batch
        many, made = many.extend(leaves)
        nodes_many += made
        for leaf in leaves:
            one, made = one.append(leaf)
            nodes_one += made
    assert (one, nodes_one) == (many, nodes_many)
    assert one.root() == mth([b"%d" % n for n in range(count)])
