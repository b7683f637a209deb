import os
import stat
from datetime import timedelta

import pytest

from seawall.feed.tree import Tree, TreeBusy, TreeConflict
from seawall.vocab.errors import BadInput


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tree(tmp_path, clock):
    return Tree(tmp_path / "public", keep=timedelta(minutes=10), clock=clock)


def contents(tree):
    return {path: tree.read(path) for path in tree.files()}


def test_an_empty_tree_has_nothing(tree):
    assert contents(tree) == {}
    assert tree.version == 0
    assert not tree.exists("a")
    with pytest.raises(FileNotFoundError):
        tree.read("a")


def test_what_is_put_and_added_is_there_after_the_change_and_not_before(tree):
    with tree.change() as draft:
        draft.put("osv/npm/A.json", b"one")
        draft.put("index.html", b"page")
        draft.add("tuf/metadata/1.root.json", b"root")
        assert contents(tree) == {}
        assert not (tree.current / "index.html").exists()
    assert contents(tree) == {
        "index.html": b"page",
        "osv/npm/A.json": b"one",
        "tuf/metadata/1.root.json": b"root",
    }
    assert tree.version == 1
    assert tree.exists("osv/npm/A.json") and not tree.exists("osv/npm")


def test_a_put_file_is_replaced_and_others_stay(tree):
    with tree.change() as draft:
        for number in range(300):
            draft.put(f"osv/npm/{number}.json", b"%d" % number)
    with tree.change() as draft:
        draft.put("osv/npm/7.json", b"seven")
        assert draft.read("osv/npm/7.json") == b"seven"
        assert draft.read("osv/npm/8.json") == b"8"
        assert tree.read("osv/npm/7.json") == b"7"
    assert contents(tree) == {
        f"osv/npm/{n}.json": b"seven" if n == 7 else b"%d" % n for n in range(300)
    }


def test_a_replaceable_file_may_lie_beside_added_ones(tree):
    for version in (1, 2):
        with tree.change() as draft:
            draft.add(f"tuf/metadata/{version}.snapshot.json", b"%d" % version)
            draft.put("tuf/metadata/timestamp.json", b"-> %d" % version)
    assert contents(tree) == {
        "tuf/metadata/1.snapshot.json": b"1",
        "tuf/metadata/2.snapshot.json": b"2",
        "tuf/metadata/timestamp.json": b"-> 2",
    }


def test_removed_files_are_gone(tree):
    with tree.change() as draft:
        draft.put("a/b/put", b"1")
        draft.put("stays", b"2")
        draft.add("a/added", b"3")
    with tree.change() as draft:
        draft.remove("a/b/put")
        draft.remove("a/added")
        draft.remove("never/was")
        assert not draft.exists("a/b/put") and not draft.exists("a/added")
        with pytest.raises(FileNotFoundError):
            draft.read("a/added")
    assert contents(tree) == {"stays": b"2"}
    assert not tree.exists("a/b/put") and not tree.exists("a/added")
    with pytest.raises(FileNotFoundError):
        tree.read("a/b/put")


def test_a_removed_added_file_can_be_read_for_a_while(tree, clock):
    with tree.change() as draft:
        draft.add("tuf/1.json", b"1")
    with tree.change() as draft:
        draft.remove("tuf/1.json")
        draft.add("tuf/2.json", b"2")
    clock.now += 9 * 60
    with tree.change():
        pass
    assert tree.read("tuf/1.json") == b"1"
    clock.now += 2 * 60
    with tree.change():
        pass
    assert not (tree.current / "tuf/1.json").exists()
    assert contents(tree) == {"tuf/2.json": b"2"}


@pytest.mark.parametrize("way", ["add", "put"])
def test_the_path_of_a_removed_added_file_can_be_used_again(tree, clock, way):
    with tree.change() as draft:
        draft.add("x/a", b"old")
    with tree.change() as draft:
        draft.remove("x/a")
    with tree.change() as draft:
        getattr(draft, way)("x/a", b"new")
    clock.now += 3600
    with tree.change() as draft:
        draft.put("b", b"")
    assert contents(tree) == {"b": b"", "x/a": b"new"}


def test_a_removed_put_file_can_be_put_again(tree):
    for data in (b"1", None, b"2"):
        with tree.change() as draft:
            draft.remove("x/a") if data is None else draft.put("x/a", data)
    assert contents(tree) == {"x/a": b"2"}


def test_removed_and_written_again_in_one_change_stays(tree):
    with tree.change() as draft:
        draft.put("a/put", b"1")
        draft.add("a/added", b"1")
    with tree.change() as draft:
        draft.remove("a/put")
        draft.remove("a/added")
        draft.put("a/put", b"2")
        draft.add("a/added", b"1")
    assert contents(tree) == {"a/added": b"1", "a/put": b"2"}


def test_empty_folders_go(tree, clock):
    with tree.change() as draft:
        draft.put("a/b/put", b"1")
        draft.add("c/d/added", b"1")
        draft.put("e", b"1")
    with tree.change() as draft:
        draft.remove("a/b/put")
        draft.remove("c/d/added")
    clock.now += 601
    with tree.change():
        pass
    assert os.listdir(tree.folder / "store/names") == ["e"]


def test_files_are_written_and_removed_many_at_once(tree):
    with tree.change() as draft:
        draft.write({"a": b"1", "b": b"2"})
    with tree.change() as draft:
        draft.write({"a": None, "b": b"3", "never": None})
        assert draft.get("a") is None and draft.get("b") == b"3"
    assert contents(tree) == {"b": b"3"}


def test_put_and_removed_in_one_change_is_nothing(tree):
    with tree.change() as draft:
        draft.put("a/b", b"1")
        draft.add("a/c", b"1")
        draft.put("d", b"1")
        draft.remove("a/b")
        draft.remove("a/c")
    assert contents(tree) == {"d": b"1"}
    assert os.listdir(tree.folder / "store/names") == ["d"]


def test_a_later_change_sees_no_removed_file(tree):
    with tree.change() as draft:
        draft.add("a", b"1")
    with tree.change() as draft:
        draft.remove("a")
    with tree.change() as draft:
        assert not draft.exists("a") and draft.get("a") is None
        draft.remove("a")
    assert tree.version == 2


def test_an_added_file_never_changes(tree):
    with tree.change() as draft:
        draft.add("a", b"1")
        with pytest.raises(TreeConflict, match="another content"):
            draft.add("a", b"2")
        with pytest.raises(TreeConflict, match="never changes"):
            draft.put("a", b"2")
    with tree.change() as draft:
        draft.add("a", b"1")
        with pytest.raises(TreeConflict, match="another content"):
            draft.add("a", b"2")
        with pytest.raises(TreeConflict, match="never changes"):
            draft.put("a", b"2")
    assert contents(tree) == {"a": b"1"}


def test_a_put_file_is_not_added(tree):
    with tree.change() as draft:
        draft.put("a", b"1")
        with pytest.raises(TreeConflict, match="replaceable"):
            draft.add("a", b"1")
    with tree.change() as draft, pytest.raises(TreeConflict, match="replaceable"):
        draft.add("a", b"1")


@pytest.mark.parametrize("way", ["add", "put"])
@pytest.mark.parametrize("other", ["a/b/c", "a", "a/b/c/d"])
@pytest.mark.parametrize("other_way", ["add", "put"])
def test_a_file_is_no_folder(tree, way, other, other_way):
    with pytest.raises(TreeConflict), tree.change() as draft:
        getattr(draft, way)("a/b", b"1")
        getattr(draft, other_way)(other, b"")
    assert contents(tree) == {}
    with tree.change() as draft:
        getattr(draft, way)("a/b", b"1")
    with pytest.raises(TreeConflict), tree.change() as draft:
        getattr(draft, other_way)(other, b"")
    assert contents(tree) == {"a/b": b"1"}


def test_a_change_that_alters_nothing_leaves_the_tree_as_it_is(tree):
    with tree.change() as draft:
        draft.put("a", b"1")
        draft.add("b", b"1")
    with tree.change() as draft:
        draft.put("a", b"1")
        draft.add("b", b"1")
        draft.remove("c")
    assert tree.version == 1


def test_a_change_that_raises_leaves_the_tree_as_it_is(tree):
    with tree.change() as draft:
        draft.put("a", b"1")
    before = everything(tree.folder)
    with pytest.raises(ZeroDivisionError), tree.change() as draft:
        draft.put("a", b"2")
        draft.add("b/c", b"1")
        draft.remove("a")
        raise ZeroDivisionError
    assert everything(tree.folder) == before


def test_only_one_writer_at_a_time(tree):
    with tree.change() as draft:
        draft.put("a", b"1")
        with pytest.raises(TreeBusy, match="being changed by another"), Tree(tree.folder).change():
            raise AssertionError
    with Tree(tree.folder).change() as draft:
        draft.put("a", b"2")
    assert tree.read("a") == b"2"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/../b",
        "a/./b",
        "a\\b",
        "a\nb",
        "a\0",
        "cafe\u0301",
        "\u202ea",
        "x" * 256,
        "/".join(["x" * 200] * 6),
        "\ud800",
    ],
)
def test_paths_that_no_tree_may_hold(tree, path):
    with tree.change() as draft:
        for act in (draft.read, draft.exists, draft.remove, tree.read, tree.exists, tree.path):
            with pytest.raises(BadInput):
                act(path)
        for write in (draft.put, draft.add):
            with pytest.raises(BadInput):
                write(path, b"")
    assert tree.version == 0


def test_others_may_read_all_of_it_whatever_the_umask(tree):
    old = os.umask(0o077)
    try:
        for data in (b"1", b"2"):
            with tree.change() as draft:
                draft.put("a/b", data)
                draft.add(f"c/d/{data.decode()}", data)
    finally:
        os.umask(old)
    for folder, folders, files in os.walk(tree.folder):
        for name in [".", *folders, *files]:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            if name != "lock" and not stat.S_ISLNK(mode):
                wanted = 0o755 if stat.S_ISDIR(mode) else 0o644
                assert oct(stat.S_IMODE(mode)) == oct(wanted), (folder, name)


def test_links_are_relative_and_stay_in_the_folder(tree):
    for data in (b"1", b"2"):
        with tree.change() as draft:
            draft.put("a", data)
            draft.put("b/c/d/e", data)
            draft.add(f"b/{data.decode()}", data)
    links = [path for path in tree.folder.rglob("*") if path.is_symlink()]
    assert len(links) > 10
    for link in links:
        assert not os.readlink(link).startswith("/")
        assert link.resolve().is_relative_to(tree.folder.resolve())


def test_a_tree_can_be_moved(tree, tmp_path):
    with tree.change() as draft:
        draft.put("a/b", b"1")
        draft.add("a/c", b"2")
    tree.folder.rename(tmp_path / "elsewhere")
    assert contents(Tree(tmp_path / "elsewhere")) == {"a/b": b"1", "a/c": b"2"}


def test_what_was_replaced_stays_a_while_and_then_goes(tree, clock):
    for number in range(3):
        with tree.change() as draft:
            draft.put("a", b"%d" % number)
    olds = [number for number in (1, 2, 3) if (tree.folder / f"store/versions/{number}").exists()]
    assert olds == [1, 2, 3]
    clock.now += 601
    with tree.change():
        pass
    assert sorted(os.listdir(tree.folder / "store/versions")) == ["3"]
    assert os.listdir(tree.folder / "store/retired") == []
    assert tree.read("a") == b"2"


def everything(folder):
    """Every entry below a folder with its kind and content."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else path.is_dir() or path.read_bytes()
        for path in folder.rglob("*")
    }
