"""Watch a started job: carry its input and output, hold it to its limits, see its whole tree die.

The job's tree lives in one process-ID namespace. Killing the first process of that namespace
makes the kernel kill all the others, and that process counts as ended only when they are gone.
"""

import contextlib
import os
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from seawall.sandbox.cgroups import Group
from seawall.sandbox.protocol import Limits, Outcome
from seawall.sandbox.tree import folder_bytes, measure_tree

_FLOOD = 16
"""Output beyond this many times its limit, and beyond 32 MiB, ends the job."""
_FLOOD_FLOOR = 32 << 20
_DISK_EVERY = 0.5


@dataclass(slots=True)
class Stream:
    """One captured output: the first `limit` bytes are kept, the rest counted."""

    limit: int
    kept: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def take(self, chunk: bytes) -> None:
        room = self.limit - len(self.kept)
        self.kept += chunk[:room] if room > 0 else b""
        self.dropped += max(0, len(chunk) - max(0, room))

    @property
    def flooded(self) -> bool:
        return self.dropped > max(_FLOOD_FLOOR, _FLOOD * self.limit)


@dataclass(slots=True)
class Watch:
    """A running job and what was seen of it. `top` is the first process of its namespace."""

    process: "subprocess.Popen[bytes]"
    top: int
    top_fd: int
    stop_fd: int
    """Readable when the caller wants the job ended now."""
    limits: Limits
    group: Group | None
    stdin: bytes
    writable: tuple[Path, ...] = ()
    callers_stop_fd: int | None = None
    started: float = field(default_factory=time.monotonic)
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    max_rss_bytes: int = 0
    stopped_by: str = ""
    stdout: Stream = field(init=False)
    stderr: Stream = field(init=False)
    _disk_checked: float = 0.0
    _measured: float = 0.0

    def __post_init__(self) -> None:
        self.stdout = Stream(self.limits.output_bytes)
        self.stderr = Stream(self.limits.output_bytes)

    def follow(self) -> None:
        """Return when the job has ended by itself or was stopped; its tree is dead then."""
        try:
            self._follow()
        finally:
            kill_tree(self.process, self.top_fd)
            self.wall_seconds = time.monotonic() - self.started
        self._drain()
        self._measure()
        if self.group is not None and not self.stopped_by and self.group.out_of_memory():
            self.stopped_by = "memory"

    def outcome(self, files: Mapping[str, bytes], skipped: tuple[str, ...]) -> Outcome:
        """What came of the job, once it has been followed to its end."""
        code = self.process.returncode
        ended = not self.stopped_by
        # a death by signal is reported as 128 + signal, as shells do
        by_signal = ended and code > 128
        return Outcome(
            exit_code=code if ended and not by_signal else None,
            signal=code - 128 if by_signal else None,
            stopped_by=self.stopped_by,
            stdout=bytes(self.stdout.kept),
            stderr=bytes(self.stderr.kept),
            stdout_dropped=self.stdout.dropped,
            stderr_dropped=self.stderr.dropped,
            files=files,
            skipped=skipped,
            wall_seconds=self.wall_seconds,
            cpu_seconds=self.cpu_seconds,
            max_rss_bytes=self.max_rss_bytes,
        )

    def _follow(self) -> None:
        stdout, stderr, stdin = _pipes(self.process)
        pending = memoryview(self.stdin)
        monitor_fd = os.pidfd_open(self.process.pid)
        tick = 0.004
        try:
            with selectors.DefaultSelector() as selector:
                for fd, word in (
                    (stdout.fileno(), "stdout"),
                    (stderr.fileno(), "stderr"),
                    (monitor_fd, "ended"),
                    (self.stop_fd, "stop"),
                ):
                    selector.register(fd, selectors.EVENT_READ, word)
                if self.callers_stop_fd is not None:
                    selector.register(self.callers_stop_fd, selectors.EVENT_READ, "stop")
                if pending:
                    os.set_blocking(stdin.fileno(), False)
                    selector.register(stdin.fileno(), selectors.EVENT_WRITE, "stdin")
                else:
                    stdin.close()
                while True:
                    left = self.started + self.limits.wall_seconds - time.monotonic()
                    for key, _ in selector.select(max(0.0, min(tick, left))):
                        match key.data:
                            case "ended":
                                return
                            case "stop":
                                self.stopped_by = "stopped"
                            case "stdin":
                                pending = _feed(stdin, pending)
                                if not pending:
                                    selector.unregister(key.fd)
                                    stdin.close()
                            case _:
                                self._read(key.fd, key.data, selector.unregister)
                    self._enforce()
                    if self.stopped_by:
                        return
                    tick = min(tick * 1.5, 0.04)
        finally:
            os.close(monitor_fd)

    def _read(self, fd: int, word: str, forget: Callable[[int], object]) -> None:
        chunk = os.read(fd, 1 << 16)
        if chunk:
            (self.stdout if word == "stdout" else self.stderr).take(chunk)
        else:
            forget(fd)

    def _enforce(self) -> None:
        now = time.monotonic()
        if self.stopped_by:
            return
        if now - self.started >= self.limits.wall_seconds:
            self.stopped_by = "wall"
        elif self.stdout.flooded or self.stderr.flooded:
            self.stopped_by = "output"
        elif now - self._measured >= 0.01:
            self._measured = now
            memory = self._measure()
            if self.cpu_seconds >= self.limits.cpu_seconds:
                self.stopped_by = "cpu"
            elif memory > self.limits.memory_bytes:
                self.stopped_by = "memory"
            elif self._too_much_disk(now):
                self.stopped_by = "disk"

    def _measure(self) -> int:
        """Bring the counters up to date; gives the tree's memory now, in bytes."""
        if self.group is None:
            use = measure_tree(self.top)
            self.cpu_seconds = max(self.cpu_seconds, use.cpu_seconds)
            self.max_rss_bytes = max(self.max_rss_bytes, use.memory_bytes)
            return use.memory_bytes
        cpu = self.group.cpu_seconds()
        if cpu is None:
            cpu = measure_tree(self.top).cpu_seconds
        self.cpu_seconds = max(self.cpu_seconds, cpu)
        self.max_rss_bytes = max(self.max_rss_bytes, self.group.memory_peak())
        if self.group.out_of_memory():
            return self.limits.memory_bytes + 1
        return self.group.memory_now()

    def _too_much_disk(self, now: float) -> bool:
        if not self.writable or now - self._disk_checked < _DISK_EVERY:
            return False
        self._disk_checked = now
        return sum(folder_bytes(f) for f in self.writable) > self.limits.disk_bytes

    def _drain(self) -> None:
        """Read what the dead tree left in the pipes: nobody can write any more."""
        stdout, stderr, stdin = _pipes(self.process)
        for pipe, stream in ((stdout, self.stdout), (stderr, self.stderr)):
            while chunk := os.read(pipe.fileno(), 1 << 16):
                stream.take(chunk)
            pipe.close()
        with contextlib.suppress(OSError):
            stdin.close()


def kill_tree(process: "subprocess.Popen[bytes]", top_fd: int | None) -> None:
    """Kill the namespace's first process and the monitor; return when both, and with them the
    whole tree, are gone."""
    if top_fd is not None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(top_fd, signal.SIGKILL)
        poll = select.poll()
        poll.register(top_fd, select.POLLIN)
        poll.poll()
    else:
        process.kill()
    process.wait()


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    assert process.stdout and process.stderr and process.stdin  # noqa: S101 - opened by the start
    return process.stdout, process.stderr, process.stdin


def _feed(stdin: IO[bytes], pending: memoryview) -> memoryview:
    """Write what fits; gives what is left, nothing once the job no longer reads."""
    try:
        return pending[os.write(stdin.fileno(), pending[: 1 << 16]) :]
    except BlockingIOError:
        return pending
    except BrokenPipeError:
        return pending[:0]
