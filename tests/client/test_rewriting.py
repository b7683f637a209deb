"""A plan is written wholly or not, and taken back wholly or not."""

import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from seawall.client.plans import Rewrite
from seawall.client.rewriting import ChangedMeanwhile, last_applied, read_file, undo, write
from seawall.vocab.errors import BadInput

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a").write_bytes(b"A")
    (folder / "a").chmod(0o640)
    (folder / "gone").write_bytes(b"G")
    return folder


REWRITES = [
    Rewrite(name="a", before=b"A", after=b"AA"),
    Rewrite(name="new/b", before=None, after=b"B"),
    Rewrite(name="gone", before=b"G", after=None),
]
BEFORE, AFTER = {"a": b"A", "gone": b"G"}, {"a": b"AA", "new/b": b"B"}


def contents(folder):
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def written(project, rewrites=REWRITES, at=NOW):
    backups = project.parent / "applied"
    return write(backups, project, rewrites, releases=["S-1"], now=at)


def test_it_is_written_and_taken_back(project):
    written(project)
    assert contents(project) == AFTER
    assert stat.S_IMODE((project / "a").stat().st_mode) == 0o640
    applied = last_applied(project.parent / "applied", project)
    assert (applied.files, applied.releases, applied.at) == (("a", "new/b", "gone"), ("S-1",), NOW)
    undo(applied)
    assert contents(project) == BEFORE
    assert last_applied(project.parent / "applied", project) is None


def test_the_last_one_is_taken_back_first_and_other_projects_stay(project):
    written(project)
    written(project, [Rewrite(name="a", before=b"AA", after=b"3")], NOW + timedelta(seconds=1))
    backups = project.parent / "applied"
    assert last_applied(backups, project.parent) is None
    undo(last_applied(backups, project))
    assert contents(project) == AFTER
    undo(last_applied(backups, project))
    assert contents(project) == BEFORE


def test_what_was_changed_meanwhile_is_not_written_over(project):
    (project / "gone").write_bytes(b"other")
    with pytest.raises(ChangedMeanwhile, match="gone was changed meanwhile"):
        written(project)
    assert contents(project) == BEFORE | {"gone": b"other"}


def test_what_was_changed_since_is_not_taken_back(project):
    applied = written(project)
    (project / "a").write_bytes(b"mine")
    with pytest.raises(ChangedMeanwhile, match="a was changed since"):
        undo(applied)
    assert contents(project) == AFTER | {"a": b"mine"}


@pytest.mark.parametrize("dies_at", range(1, 5))
def test_when_writing_fails_all_is_as_before(project, monkeypatch, dies_at):
    count = 0
    replace = os.replace

    def failing(*paths):
        nonlocal count
        if not str(paths[1]).startswith(str(project)):
            return replace(*paths)
        count += 1
        if count == dies_at:
            raise OSError(28, "No space left on device")
        return replace(*paths)

    monkeypatch.setattr(os, "replace", failing)
    if dies_at <= 2:
        with pytest.raises(OSError, match="No space"):
            written(project)
        assert contents(project) == BEFORE
    else:
        written(project)
        assert contents(project) == AFTER


def test_one_that_was_killed_in_the_middle_is_taken_back(project):
    applied = written(project)
    (project / "gone").write_bytes(b"G")  # as if it had not come so far
    undo(applied)
    assert contents(project) == BEFORE


def test_nothing_is_written_through_a_link_or_below_a_file(project, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / "link").symlink_to(outside)
    (project / "file").symlink_to(outside / "x")
    for name in ("link/x", "file"):
        with pytest.raises(BadInput, match="a link stands on the way"):
            written(project, [Rewrite(name=name, before=None, after=b"x")])
    with pytest.raises(BadInput, match="a file stands where a folder is meant"):
        written(project, [Rewrite(name="a/x", before=None, after=b"x")])
    with pytest.raises(BadInput, match="is no file"):
        read_file(project.parent, "project")
    assert list(outside.iterdir()) == []
