"""The processes below one process, by /proc: memory and CPU where no control group counts them."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeUse:
    """What a tree uses: CPU seconds with those of its reaped children, resident bytes (pages
    that processes share count once for each), live processes."""

    cpu_seconds: float
    memory_bytes: int
    processes: int


@dataclass(frozen=True, slots=True)
class _Stat:
    parent: int
    ticks: int
    pages: int


def measure_tree(root: int) -> TreeUse:
    """Measure `root` and everything below; zeros when it is gone."""
    stats = _read_all()
    below: dict[int, list[int]] = {}
    for pid, stat in stats.items():
        below.setdefault(stat.parent, []).append(pid)
    ticks = pages = count = 0
    waiting = [root] if root in stats else []
    while waiting:
        pid = waiting.pop()
        ticks += stats[pid].ticks
        pages += stats[pid].pages
        count += 1
        waiting.extend(below.get(pid, ()))
    return TreeUse(cpu_seconds=ticks / _TICK, memory_bytes=pages * _PAGE, processes=count)


def _read_all() -> dict[int, _Stat]:
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                text = Path("/proc", name, "stat").read_text(errors="replace")
            except OSError:
                continue
            # proc(5): the command in brackets may hold anything, so count from its end
            fields = text[text.rindex(")") + 2 :].split()
            found[int(name)] = _Stat(
                int(fields[1]), sum(int(n) for n in fields[11:15]), int(fields[21])
            )
    return found


def folder_bytes(folder: Path) -> int:
    """Bytes of disk that the files below `folder` take; links are not followed."""
    total = 0
    for _, _, names, fd in os.fwalk(folder, follow_symlinks=False, onerror=None):
        for name in names:
            try:
                total += os.stat(name, dir_fd=fd, follow_symlinks=False).st_blocks * 512
            except OSError:
                continue
    return total
