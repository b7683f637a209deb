"""The sandbox of one attempt: commands that share a folder, and nothing that outlives them.

Each command is a sandbox job of its own, without network, under limits; the folder /work stays
from one to the next, so no process of a model ever runs between its turns. The folder lies on
the host, where it is only read by descriptors that follow no link, and is deleted at the end.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Self

from seawall.evals.scratch import delete_folder, make_folder
from seawall.evals.tools import Ran, bash_argv
from seawall.sandbox.collect import collect, place
from seawall.sandbox.protocol import Job, Limits, Mount, Outcome, Sandbox

WORK = PurePosixPath("/work")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": str(WORK), "LANG": "C.UTF-8"}
COMMAND_LIMITS = Limits(
    wall_seconds=180.0,
    cpu_seconds=300.0,
    memory_bytes=2 << 30,
    processes=128,
    file_bytes=256 << 20,
    disk_bytes=1 << 30,
    output_bytes=256 << 10,
)
"""Of each command; the disk is that of the whole folder."""
MAX_ARGUMENT = 120_000
"""Bytes of one argument of a program; the kernel takes 131,072 (execve(2))."""
_TAKEN = Limits(collect_bytes=8 << 20, collect_files=100)
_LIMIT_WORDS = {
    "cpu": "it used more CPU time than a command may",
    "memory": "it used more memory than there is",
    "output": "it wrote without end",
    "disk": "the files in /work are more than there is room for",
    "stopped": "the attempt is over",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What an attempt's sandbox is made with."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    """Relative path below /work → content."""
    mounts: tuple[Mount, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))


class Room:
    """To be closed. Its commands run one at a time."""

    def __init__(
        self,
        layout: Layout,
        *,
        sandbox: Sandbox,
        limits: Limits = COMMAND_LIMITS,
    ) -> None:
        """Raises OSError when the folder cannot be made, ValueError for a path that leaves it."""
        self._layout = layout
        self._sandbox = sandbox
        self._limits = limits
        self._folder = make_folder()
        try:
            with self._opened() as folder:
                place(folder.fd, layout.files)
        except BaseException:
            self.close()
            raise

    def bash(self, script: str, *, seconds: float) -> Ran:
        """Run a script; it gets at most `seconds` and what the limits leave."""
        return self.run(bash_argv(script), seconds=seconds)

    def run(
        self,
        argv: tuple[str, ...],
        *,
        seconds: float,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        folder: PurePosixPath = WORK,
    ) -> Ran:
        """Run a program. Raises SandboxUnavailable, OSError when the sandbox itself fails."""
        if wrong := _unsayable(argv):
            return Ran(output="", exit_code=126, stopped=wrong)
        if folder != WORK:
            argv = ("/bin/sh", "-c", 'cd -- "$1" && shift && exec "$@"', "sh", str(folder), *argv)
        allowed = min(self._limits.wall_seconds, max(seconds, 0.05))
        job = Job(
            argv=argv,
            mounts=self._layout.mounts,
            environment={**self._layout.environment, **(environment or {})},
            stdin=stdin,
            limits=replace(self._limits, wall_seconds=allowed),
            writable=((self._folder, WORK),),
        )
        try:
            return _ran(self._sandbox.run(job), allowed)
        except RecursionError:  # the command's doing: its folder cannot be handed over any more
            return Ran(output="", exit_code=None, stopped="folders in /work are nested too deep")

    def write(self, path: str, content: bytes) -> None:
        """Write a file below /work, made anew. ValueError for a path that leaves it."""
        with self._opened() as folder:
            folder.put(path, content)

    def read(self, path: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """The file at `path` below /work, or those below the folder there: relative path →
        content, and what was refused (links, special files, too much) with the reason."""
        with self._opened() as folder:
            return collect(folder.fd, (path,), _TAKEN)

    def close(self) -> None:
        """Delete the folder. No command may be running."""
        delete_folder(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self) -> "_Folder":
        return _Folder(os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))


@dataclass(slots=True)
class _Folder:
    fd: int

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def put(self, path: str, content: bytes) -> None:
        """As `place`, instead of a file that is there."""
        try:
            place(self.fd, {path: content})
        except FileExistsError:
            parent, _, name = path.rpartition("/")
            handle = os.dup(self.fd)
            try:
                for part in [p for p in parent.split("/") if p not in ("", ".")]:
                    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                    following = os.open(part, flags, dir_fd=handle)
                    os.close(handle)
                    handle = following
                os.unlink(name, dir_fd=handle)
            finally:
                os.close(handle)
            place(self.fd, {path: content})


def _unsayable(argv: tuple[str, ...]) -> str:
    """Why these arguments cannot be given to a program; "" when they can."""
    for argument in argv:
        try:
            size = len(argument.encode())
        except UnicodeEncodeError:
            return "the script is not UTF-8"
        if "\0" in argument:
            return "the script holds a NUL character"
        if size > MAX_ARGUMENT:
            return f"the script is longer than {MAX_ARGUMENT} bytes; write it in parts"
    return ""


def _ran(outcome: Outcome, allowed: float) -> Ran:
    stopped = outcome.stopped_by
    words = f"it took longer than {allowed:.0f} seconds" if stopped == "wall" else ""
    output = (outcome.stdout + outcome.stderr).decode("utf-8", "replace").replace("\0", "�")
    if dropped := outcome.stdout_dropped + outcome.stderr_dropped:
        output += f"\n[{dropped} more bytes of output were not kept]"
    return Ran(
        output=output,
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        stopped=words or _LIMIT_WORDS.get(stopped, stopped),
    )
