"""The sandbox protocol: what a job asks for and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A host file or folder shown read-only at an absolute path of the sandbox."""

    source: Path
    target: PurePosixPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits on the whole process tree. Seconds, bytes, counts."""

    wall_seconds: float = 30.0
    cpu_seconds: float = 30.0
    memory_bytes: int = 1 << 30
    processes: int = 64
    file_bytes: int = 64 << 20
    """Largest single file."""
    disk_bytes: int = 256 << 20
    """All of the writable space together."""
    output_bytes: int = 1 << 20
    """Of standard output and standard error each; what is beyond is dropped and counted."""
    collect_bytes: int = 16 << 20
    """All collected files together."""
    collect_files: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run. The job sees the read-only runtime (the system's libraries), `mounts`, a fresh
    writable folder at `workdir` and at /tmp, its own network namespace with loopback only, and
    exactly `environment`; nothing else of the host."""

    argv: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Relative path in `workdir` → content, written before the start."""
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    workdir: PurePosixPath = PurePosixPath("/work")
    collect: tuple[str, ...] = ()
    """Relative paths or folders in `workdir` to bring back afterwards; links are never followed
    and special files are skipped."""
    limits: Limits = Limits()
    writable: tuple[tuple[Path, PurePosixPath], ...] = ()
    """Host folders shown writable: only for prepare (build output) and for the folder that a model
    works in, never for a proof."""
    stop_fd: int | None = None
    """A descriptor of the caller's; the job is ended when it turns readable (`stopped_by` is
    "stopped")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a job did. Exactly one of `exit_code`, `signal` is not None, unless `stopped_by` says
    that a limit ended it ("wall", "cpu", "memory", "output", "disk"), or the caller ("stopped")."""

    exit_code: int | None
    signal: int | None
    stopped_by: str
    stdout: bytes
    stderr: bytes
    stdout_dropped: int
    stderr_dropped: int
    files: Mapping[str, bytes]
    """Collected files: relative path → content."""
    skipped: tuple[str, ...]
    """Collected paths that were refused, each with its reason."""
    wall_seconds: float
    cpu_seconds: float
    max_rss_bytes: int


class SandboxUnavailable(RuntimeError):
    """No sandbox works here; the message says what is missing and how to mend it. Seawall then
    runs no proof at all."""


class Sandbox(Protocol):
    """Runs one job at a time per call; safe to call from several threads."""

    @property
    def name(self) -> str:
        """ "bubblewrap 0.8.0", "runsc release-…": for the record."""
        ...

    def run(self, job: Job) -> Outcome:
        """Run `job`; its whole process tree is gone when this returns or raises."""
        ...
