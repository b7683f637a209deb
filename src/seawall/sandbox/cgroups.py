"""Control groups, version 1 and 2: bound and measure a whole process tree where we may.

A job's group bounds memory and the number of processes in the kernel, so that neither a memory
bomb nor a fork bomb can outrun the supervisor. Where no group can be made, `create` answers None
and the supervisor alone watches the tree.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seawall.sandbox.leftovers import is_leftover, owned_name
from seawall.sandbox.protocol import Limits

_SPARE_PROCESSES = 3
"""The sandbox's own first processes, beside those of the job."""


class Group(Protocol):
    """The control group of one job."""

    def add(self, pid: int) -> None:
        """Move a process in; OSError when the kernel refuses."""
        ...

    def memory_now(self) -> int:
        """Bytes of process memory (not files of the sandbox) in use."""
        ...

    def memory_peak(self) -> int:
        """Bytes at the peak, files in the sandbox's writable space included."""
        ...

    def cpu_seconds(self) -> float | None:
        """CPU time of the whole tree so far; None when this group does not count it."""
        ...

    def out_of_memory(self) -> bool:
        """Whether the kernel had to kill a process for want of memory."""
        ...

    def remove(self) -> None:
        """Kill what is left inside and delete the group."""
        ...


@dataclass(frozen=True, slots=True)
class GroupMaker:
    """Where groups can be made: `version` 1 or 2, and the parent folder of each controller."""

    version: int
    parents: Mapping[str, Path]

    def create(self, limits: Limits) -> Group:
        """Make a group with the memory and process limits of `limits`; OSError if refused."""
        name = owned_name()
        ceiling = limits.memory_bytes + limits.disk_bytes
        made: list[Path] = []
        try:
            for parent in dict.fromkeys(self.parents.values()):
                folder = parent / name
                folder.mkdir()
                made.append(folder)
            folders = {controller: parent / name for controller, parent in self.parents.items()}
            if self.version == 2:
                return _limit_v2(folders["memory"], ceiling, limits.processes)
            return _limit_v1(folders, ceiling, limits.processes)
        except OSError:
            for folder in made:
                with contextlib.suppress(OSError):
                    folder.rmdir()
            raise

    def clear_leftovers(self) -> None:
        """Kill and delete the groups of Seawall processes that were themselves killed."""
        for parent in dict.fromkeys(self.parents.values()):
            for folder in parent.glob("seawall-*"):
                if is_leftover(folder.name):
                    _remove(folder)


def find_groups(
    *,
    mountinfo: Path = Path("/proc/self/mountinfo"),
    membership: Path = Path("/proc/self/cgroup"),
) -> GroupMaker | None:
    """Find where this process may make groups, trying it; None when nowhere."""
    mounts = _mounts(mountinfo.read_text())
    own = _membership(membership.read_text())
    for candidate in (*_candidates_v2(mounts, own), *_candidates_v1(mounts, own)):
        if _works(candidate):
            candidate.clear_leftovers()
            return candidate
    return None


def _works(maker: GroupMaker) -> bool:
    """Whether a group can be made there and a process of ours be moved into it."""
    child = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        group = maker.create(Limits())
        try:
            group.add(child.pid)
        finally:
            group.remove()
    except OSError:
        return False
    finally:
        child.kill()
        child.communicate()
    return True


def _mounts(mountinfo: str) -> dict[str, Path]:
    """Controller (v1) or "" (v2) → mount point, from the lines of mountinfo (proc(5))."""
    found: dict[str, Path] = {}
    for line in mountinfo.splitlines():
        left, separator, right = line.partition(" - ")
        if not separator:
            continue
        kind, _, options = right.split(" ", 2)
        point = Path(left.split(" ")[4])
        if kind == "cgroup2":
            found.setdefault("", point)
        elif kind == "cgroup":
            for controller in ("memory", "pids", "cpuacct"):
                if controller in options.split(","):
                    found.setdefault(controller, point)
    return found


def _membership(text: str) -> dict[str, str]:
    """Controller (v1) or "" (v2) → this process's group path (cgroups(7))."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            found[controller] = path
    return found


def _candidates_v2(mounts: Mapping[str, Path], own: Mapping[str, str]) -> list[GroupMaker]:
    """The own group and its ancestors, nearest first, that hand memory and pids down."""
    if "" not in mounts:
        return []
    root = mounts[""]
    here = root / own.get("", "/").lstrip("/")
    folders = [f for f in (here, *here.parents) if f == root or root in f.parents]
    makers = []
    for folder in folders:
        try:
            handed_down = (folder / "cgroup.subtree_control").read_text().split()
        except OSError:
            continue
        if {"memory", "pids"} <= set(handed_down):
            makers.append(GroupMaker(2, {"memory": folder, "pids": folder}))
    return makers


def _candidates_v1(mounts: Mapping[str, Path], own: Mapping[str, str]) -> list[GroupMaker]:
    if not {"memory", "pids"} <= mounts.keys():
        return []
    parents = {}
    for controller, point in mounts.items():
        if controller:
            here = point / own.get(controller, "/").lstrip("/")
            parents[controller] = here if here.is_dir() else point
    return [GroupMaker(1, parents)]


@dataclass(frozen=True, slots=True)
class _GroupV1:
    folders: Mapping[str, Path]

    def add(self, pid: int) -> None:
        for folder in dict.fromkeys(self.folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def memory_now(self) -> int:
        return _field(self.folders["memory"] / "memory.stat", "total_rss")

    def memory_peak(self) -> int:
        return int((self.folders["memory"] / "memory.max_usage_in_bytes").read_text())

    def cpu_seconds(self) -> float | None:
        if "cpuacct" not in self.folders:
            return None
        return int((self.folders["cpuacct"] / "cpuacct.usage").read_text()) / 1e9

    def out_of_memory(self) -> bool:
        return _field(self.folders["memory"] / "memory.oom_control", "oom_kill") > 0

    def remove(self) -> None:
        for folder in dict.fromkeys(self.folders.values()):
            _remove(folder)


@dataclass(frozen=True, slots=True)
class _GroupV2:
    folder: Path

    def add(self, pid: int) -> None:
        (self.folder / "cgroup.procs").write_text(str(pid))

    def memory_now(self) -> int:
        return _field(self.folder / "memory.stat", "anon")

    def memory_peak(self) -> int:
        peak = self.folder / "memory.peak"
        if peak.exists():
            return int(peak.read_text())
        return int((self.folder / "memory.current").read_text())

    def cpu_seconds(self) -> float | None:
        return _field(self.folder / "cpu.stat", "usage_usec") / 1e6

    def out_of_memory(self) -> bool:
        return _field(self.folder / "memory.events", "oom_kill") > 0

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            (self.folder / "cgroup.kill").write_text("1")
        _remove(self.folder)


def _limit_v1(folders: Mapping[str, Path], ceiling: int, processes: int) -> Group:
    (folders["memory"] / "memory.limit_in_bytes").write_text(str(ceiling))
    with contextlib.suppress(OSError):  # absent where swap is not accounted
        (folders["memory"] / "memory.memsw.limit_in_bytes").write_text(str(ceiling))
    (folders["pids"] / "pids.max").write_text(str(processes + _SPARE_PROCESSES))
    return _GroupV1(folders)


def _limit_v2(folder: Path, ceiling: int, processes: int) -> Group:
    (folder / "memory.max").write_text(str(ceiling))
    with contextlib.suppress(OSError):  # absent where there is no swap
        (folder / "memory.swap.max").write_text("0")
    (folder / "pids.max").write_text(str(processes + _SPARE_PROCESSES))
    return _GroupV2(folder)


def _field(file: Path, name: str) -> int:
    """The number after `name` in a "name number" file; 0 when the field is absent."""
    for line in file.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def _remove(folder: Path) -> None:
    """Kill the members and delete the folder; a group empties a moment after its last death."""
    for _ in range(200):
        with contextlib.suppress(OSError):
            for pid in (folder / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), 9)
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.005)
            continue
        return
