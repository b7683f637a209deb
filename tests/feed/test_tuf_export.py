"""A copy for media: complete, resumable, consistent when it is cut, and harmless to other files."""

import os
from pathlib import Path

import pytest

from feed.house import SLUG, make_house
from feed.tuf_follower import Follower
from seawall.feed.tree import Tree
from seawall.feed.tuf import export as module
from seawall.feed.tuf.export import MARK, export
from seawall.vocab.errors import BadInput

ONE = f"{SLUG}/notes/a/b/one.json"


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=2)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MARK
    }


def test_a_copy_holds_what_the_tree_holds_without_links(house, tmp_path):
    done = export(house.tree, tmp_path / "copy")
    expected = {path: house.tree.read(path) for path in house.tree.files()}
    assert contents(tmp_path / "copy") == expected
    assert not [path for path in (tmp_path / "copy").rglob("*") if path.is_symlink()]
    assert (done.written, done.left, done.removed) == (len(expected), 0, 0)


def test_it_is_brought_up_to_date(house, tmp_path):
    export(house.tree, tmp_path / "copy")
    before = len(list(house.tree.files()))
    house.change({ONE: b"x"})
    done = export(house.tree, tmp_path / "copy")
    assert (done.written, done.left, done.removed) == (4, before - 1, 0)
    again = export(house.tree, tmp_path / "copy")
    assert (again.written, again.bytes) == (0, 0)
    assert contents(tmp_path / "copy") == {p: house.tree.read(p) for p in house.tree.files()}


def test_what_the_tree_lost_is_removed(house, tmp_path):
    export(house.tree, tmp_path / "copy")
    (tmp_path / "copy" / "old.json").write_text("old")
    (tmp_path / "copy" / "old.json.part").write_text("half")
    assert export(house.tree, tmp_path / "copy").removed == 2


def test_a_folder_with_other_things_is_left_alone(house, tmp_path):
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "thesis.odt").write_text("years of work")
    with pytest.raises(BadInput, match="the folder holds other things"):
        export(house.tree, tmp_path / "stick")
    with pytest.raises(BadInput, match="inside the tree"):
        export(house.tree, house.tree.folder / "copy")
    with pytest.raises(BadInput, match="nothing to export"):
        export(Tree(tmp_path / "none"), tmp_path / "copy")
    assert os.listdir(tmp_path / "stick") == ["thesis.odt"]


def test_cut_anywhere_the_copy_is_the_old_state_or_the_new(house, tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    export(house.tree, copy)
    house.change({ONE: b"x"})
    house.revise(1)
    write, count = module._write, 0

    def cut(target, data):
        nonlocal count
        done = write(target, data)
        count += done is not None
        if count == limit:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(module, "_write", cut)
    seen = []
    for limit in range(1, 30):
        count = 0
        follower = Follower(tmp_path / f"client-{limit}", house)
        follower.fetcher.folder = copy
        seen.append(follower.read(ONE))
        assert follower.read(house.path(2)) is not None
        try:
            export(house.tree, copy)
        except KeyboardInterrupt:
            continue
        break
    assert seen[0] is None
    assert seen == [None] * seen.count(None) + [b"x"] * seen.count(b"x")
    assert seen.count(b"x") >= 1
