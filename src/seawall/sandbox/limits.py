"""Limits that are set in the job's own processes, and how the disk quota is shared out."""

import math

from seawall.sandbox.protocol import Limits

OPEN_FILES = 1024


def rlimit_argv(limits: Limits) -> tuple[str, ...]:
    """The `prlimit` call put in front of the job, inside the sandbox's user namespace, where the
    process count starts at zero. Hard limits: nothing in the job can raise them again."""
    cpu = math.ceil(limits.cpu_seconds) + 1
    return (
        "/usr/bin/prlimit",
        f"--nproc={limits.processes}:{limits.processes}",
        f"--cpu={cpu}:{cpu}",
        f"--fsize={limits.file_bytes}:{limits.file_bytes}",
        f"--nofile={OPEN_FILES}:{OPEN_FILES}",
        "--core=0:0",
        "--",
    )


def share_disk(disk_bytes: int) -> tuple[int, int, int]:
    """Split the disk quota over the working folder, /tmp and shared memory (their sum)."""
    page = 4096
    shared = max(page, disk_bytes // 16 // page * page)
    temporary = max(page, disk_bytes // 4 // page * page)
    return max(page, disk_bytes - temporary - shared), temporary, shared
