"""Finding and using control groups, on written trees and, where we may, on the real one."""

import subprocess
from pathlib import Path

import pytest

from seawall.sandbox import cgroups
from seawall.sandbox.cgroups import GroupMaker, find_groups
from seawall.sandbox.protocol import Limits

LIMITS = Limits(memory_bytes=100 << 20, disk_bytes=20 << 20, processes=10)


def a_tree(tmp_path: Path, *, mountinfo: str, membership: str) -> dict[str, Path]:
    (tmp_path / "mountinfo").write_text(mountinfo)
    (tmp_path / "cgroup").write_text(membership)
    return {"mountinfo": tmp_path / "mountinfo", "membership": tmp_path / "cgroup"}


def test_version_2_takes_the_nearest_group_that_hands_its_controllers_down(tmp_path, monkeypatch):
    root = tmp_path / "unified"
    scope = root / "user.slice" / "app.slice" / "a.scope"
    scope.mkdir(parents=True)
    for folder, handed in ((root, "cpu memory pids"), (scope.parent, "memory pids"), (scope, "")):
        (folder / "cgroup.subtree_control").write_text(handed)
    (scope.parent.parent / "cgroup.subtree_control").write_text("memory pids")
    paths = a_tree(
        tmp_path,
        mountinfo=f"41 31 0:38 / {root} rw,relatime - cgroup2 cgroup2 rw\n",
        membership="0::/user.slice/app.slice/a.scope\n",
    )
    monkeypatch.setattr(cgroups, "_works", lambda maker: True)
    maker = find_groups(**paths)
    assert maker == GroupMaker(2, {"memory": scope.parent, "pids": scope.parent})
    group = maker.create(LIMITS)
    made = next(f for f in scope.parent.iterdir() if f.name.startswith("seawall-"))
    assert (made / "memory.max").read_text() == str(120 << 20)
    assert (made / "memory.swap.max").read_text() == "0"
    assert (made / "pids.max").read_text() == "13"
    (made / "memory.events").write_text("oom 0\noom_kill 2\n")
    (made / "memory.stat").write_text("anon 4096\nfile 8192\n")
    (made / "cpu.stat").write_text("usage_usec 1500000\n")
    (made / "memory.peak").write_text("5000\n")
    assert group.out_of_memory()
    assert (group.memory_now(), group.cpu_seconds(), group.memory_peak()) == (4096, 1.5, 5000)


def test_an_empty_version_2_beside_version_1_is_passed_over(tmp_path):
    root = tmp_path / "unified"
    root.mkdir()
    (root / "cgroup.subtree_control").write_text("")
    paths = a_tree(
        tmp_path,
        mountinfo=f"41 31 0:38 / {root} rw - cgroup2 cgroup2 rw\n",
        membership="4:memory:/x\n0::/\n",
    )
    assert find_groups(**paths) is None


def test_without_any_control_group_there_is_none(tmp_path):
    paths = a_tree(tmp_path, mountinfo="22 1 8:1 / / rw - ext4 /dev/x rw\n", membership="")
    assert find_groups(**paths) is None


def test_the_real_groups_hold_measure_and_vanish():
    maker = find_groups()
    if maker is None:
        pytest.skip("no control groups can be made here")
    before = _ours(maker)
    group = maker.create(LIMITS)
    made = _ours(maker) - before
    sleeper = subprocess.Popen(["sleep", "600"])
    try:
        group.add(sleeper.pid)
        assert all(str(sleeper.pid) in (f / "cgroup.procs").read_text() for f in made)
        assert not group.out_of_memory()
        assert group.memory_peak() >= 0
    finally:
        group.remove()
    assert sleeper.wait() == -9
    assert made
    assert not any(folder.exists() for folder in made)


def _ours(maker: GroupMaker) -> set[Path]:
    return {f for parent in set(maker.parents.values()) for f in parent.glob("seawall-*")}
