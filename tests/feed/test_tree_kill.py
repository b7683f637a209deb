"""A process that dies at any call that alters the disk leaves the tree before or after."""

import ctypes
import os
from contextlib import suppress
from datetime import timedelta

import pytest

from seawall.feed.tree import Tree

CALLS = [
    *("open", "write", "fchmod", "chmod", "rename", "link", "symlink", "unlink"),
    *("mkdir", "rmdir", "fsync"),
]
BEFORE = {"b/gone": b"0", "b/kept": b"1", "c/added": b"2", "c/old": b"3", "d": b"4"}
AFTER = {"a/new": b"5", "b/kept": b"6", "c/added": b"2", "c/next": b"7", "d": b"4", "e/f/g": b"8"}


class Killed(BaseException):
    """The process is dead: whatever it tries afterwards happens no more."""


class Disk:
    """Counts what would alter the disk and, from the N-th on, lets nothing happen."""

    def __init__(self, patch, *, dies_at):
        self.count = 0
        self.dies_at = dies_at
        for name in CALLS:
            patch.setattr(os, name, self._watched(name, getattr(os, name)))

    def _watched(self, name, call):
        def watched(*args, **kwargs):
            if name == "open" and not args[1] & os.O_CREAT:
                return call(*args, **kwargs)
            self.count += 1
            if self.dies_at and self.count >= self.dies_at:
                raise Killed
            return call(*args, **kwargs)

        return watched


def begin(folder):
    tree = Tree(folder, keep=timedelta(0), clock=iter(range(10**9)).__next__)
    with tree.change() as draft:
        for path in ("b/gone", "b/kept", "d"):
            draft.put(path, BEFORE[path])
        for path in ("c/added", "c/old"):
            draft.add(path, BEFORE[path])
    return tree


def alter(tree):
    with tree.change() as draft:
        for path in ("a/new", "b/kept"):
            draft.put(path, AFTER[path])
        for path in ("c/next", "e/f/g"):
            draft.add(path, AFTER[path])
        draft.remove("b/gone")
        draft.remove("c/old")


def contents(tree):
    return {path: tree.read(path) for path in tree.files()}


def calls_of_a_change(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        tree = begin(tmp_path / "whole")
        disk = Disk(patch, dies_at=0)
        alter(tree)
    assert contents(tree) == AFTER
    return disk.count


def test_killed_at_any_call_the_tree_is_old_or_new(tmp_path):
    total = calls_of_a_change(tmp_path)
    assert total > 60
    seen = []
    for dies_at in range(1, total + 1):
        tree = begin(tmp_path / str(dies_at))
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            Disk(patch, dies_at=dies_at)
            alter(tree)
        found = contents(tree)
        assert found in (BEFORE, AFTER), dies_at
        assert {path for path in BEFORE | AFTER if tree.exists(path)} == set(found), dies_at
        seen.append(found == AFTER)
        alter(tree)
        assert contents(tree) == AFTER, dies_at
        with tree.change():
            pass
        assert names(tree) == set(AFTER), dies_at
    assert seen == sorted(seen)
    assert True in seen and False in seen


def test_killed_while_a_removed_file_comes_again_the_tree_is_old_or_new(tmp_path):
    total, dies_at = 1, 0
    while dies_at < total:
        dies_at += 1
        tree = Tree(tmp_path / str(dies_at), keep=timedelta(days=1), clock=lambda: 1.0)
        with tree.change() as draft:
            draft.write({"a": b"1"})
            draft.add("c/old", b"1")
        with tree.change() as draft:
            draft.remove("c/old")
        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            total = max(total, dies_at + 1)
            Disk(patch, dies_at=dies_at)
            with tree.change() as draft:
                draft.add("c/old", b"2")
            total = dies_at
        assert contents(tree) in ({"a": b"1"}, {"a": b"1", "c/old": b"2"}), dies_at
        with tree.change() as draft:
            draft.add("c/old", b"2")
        assert contents(tree) == {"a": b"1", "c/old": b"2"}, dies_at
    assert total > 30


def test_killed_twice_the_tree_is_old_or_new(tmp_path):
    for dies_at in range(1, calls_of_a_change(tmp_path) + 1, 5):
        for again in (1, 3, 8, 21):
            tree = begin(tmp_path / f"{dies_at}-{again}")
            for moment in (dies_at, again):
                with pytest.MonkeyPatch.context() as patch:
                    Disk(patch, dies_at=moment)
                    with suppress(Killed):
                        alter(tree)
                assert contents(tree) in (BEFORE, AFTER), (dies_at, again)
            alter(tree)
            assert contents(tree) == AFTER, (dies_at, again)


def test_nothing_of_a_killed_change_is_left(tmp_path):
    reference = begin(tmp_path / "reference")
    alter(reference)
    with reference.change():
        pass
    for dies_at in range(1, calls_of_a_change(tmp_path) + 1):
        tree = begin(tmp_path / str(dies_at))
        with pytest.MonkeyPatch.context() as patch:
            Disk(patch, dies_at=dies_at)
            with pytest.raises(Killed):
                alter(tree)
        alter(tree)
        with tree.change():
            pass
        assert entries(tree) == entries(reference), dies_at


def test_all_of_a_change_is_durable_before_it_is_visible(tmp_path, monkeypatch):
    tree = begin(tmp_path / "public")
    synced, after = set(), set()
    fsync, rename = os.fsync, os.rename

    def watched_fsync(handle):
        (after if tree.version == 2 else synced).add(os.readlink(f"/proc/self/fd/{handle}"))
        fsync(handle)

    def watched_rename(old, new):
        if str(new).endswith("/current"):
            made = tree.folder / "store/versions/2"
            here = [made, *made.rglob("*")]
            entered = [tree.folder / "store/names" / each for each in ("a", "c", "e", "e/f", "")]
            adds = {made / "a-0", made / "a-1"}  # by now under their names, the same files
            for path in {*here, *entered, *adds}:
                assert path.is_symlink() or str(path).rstrip("/") in synced, path
            assert any(each.endswith("/store/retired/2") for each in synced)
            assert any(each.endswith("/store/journal.json") for each in synced)
        rename(old, new)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "rename", watched_rename)
    alter(tree)
    assert after == {str(tree.folder)}


def names(tree):
    """All that lies among the names, links that lead nowhere too."""
    folder = tree.folder / "store/names"
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_symlink() or p.is_file()}


def entries(tree):
    return {str(path.relative_to(tree.folder)) for path in tree.folder.rglob("*")}


def test_many_files_reach_the_disk_with_one_call(tmp_path, monkeypatch):
    """More than 64 files are made durable by the file system as a whole."""
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(handle))
    tree = Tree(tmp_path / "public")
    with tree.change() as draft:
        for number in range(200):
            draft.add(f"a/{number}", b"1")
    if hasattr(ctypes.CDLL(None), "syncfs"):
        assert len(synced) < 64
    assert len(list(tree.files())) == 200
