"""Half a million targets: what a change writes stays small."""

import gzip
from datetime import timedelta
from hashlib import sha256

import pytest

from feed.house import SLUG, make_house
from seawall.core.feed_paths import release_path
from seawall.feed.tuf import packs, publishers
from seawall.feed.tuf.bins import Target

COUNT = 500_000


@pytest.mark.slow
def test_half_a_million_targets(tmp_path, monkeypatch):
    monkeypatch.setattr(packs, "FROM", 2 * COUNT)  # their contents are not there
    house = make_house(tmp_path / "house", releases=1, bits=5)
    paths = (
        release_path(SLUG, f"SEAWALL-{2001 + n // 20_000}-{n % 20_000 + 1:04d}")
        for n in range(COUNT)
    )
    targets = {path: Target(30_000, sha256(path.encode()).hexdigest()) for path in paths}
    with house.tree.change() as draft:
        edit = house.repository._edit(draft, house.now)
        top = edit.read_targets("targets")
        [publisher] = publishers.publishers(top)
        publishers.fill(edit, publisher, top.delegations.keys, targets)
        edit.close()
    [bins] = house.repository.state().bins
    assert (bins.bins, bins.targets) == (2048, COUNT + 2)

    before = set(house.tree.files())
    house.change({release_path(SLUG, "SEAWALL-2026-0001"): b"x"})
    new = {path: house.tree.read(path) for path in set(house.tree.files()) - before}
    [bin] = [data for path, data in new.items() if f".{SLUG}-11-" in path]
    [snapshot] = [data for path, data in new.items() if path.endswith(".snapshot.json")]
    assert len(new) == 3
    assert len(bin) < 70_000
    assert len(gzip.compress(bin)) < 22_000
    assert len(snapshot) < 110_000
    assert len(gzip.compress(snapshot)) < 8_000
    timestamp = house.tree.read("tuf/metadata/timestamp.json")
    assert len(timestamp) < 600
    assert house.refresh(house.now + timedelta(days=4)).roles == ("snapshot", "timestamp")
