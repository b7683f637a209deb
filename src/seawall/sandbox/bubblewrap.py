"""Sandboxed jobs with bubblewrap (bwrap): all namespaces new, an unprivileged user, no network.

The start is held at a gate (--block-fd) until the supervisor has put the tree into its control
group and has opened the job's folder; the open folder outlives the sandbox, so files are
collected when every process of the job is dead.

Killed with SIGKILL, Seawall takes its jobs along (--die-with-parent); only in the moment between
the opening of the gate and bubblewrap's last call before the job can one survive, isolated and
under its group's and rlimits' bounds, but without a wall clock. The next start of Seawall
kills what is left in the groups of killed ones.
"""

import contextlib
import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from seawall.sandbox.cgroups import Group, GroupMaker
from seawall.sandbox.collect import collect, place
from seawall.sandbox.limits import rlimit_argv, share_disk
from seawall.sandbox.protocol import Job, Outcome, SandboxUnavailable
from seawall.sandbox.rootfs import ETC, system_mounts
from seawall.sandbox.staging import NOBODY, files_made_as, hand_over, reachable
from seawall.sandbox.supervise import Watch, kill_tree
from seawall.sandbox.threads import on_own_thread

INSIDE = 1000
"""User and group as the job sees itself."""
_START_SECONDS = 20.0
_STARTER = "start"


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The default sandbox. `groups` None: limits by rlimits and the supervisor alone."""

    binary: Path
    version: str
    groups: GroupMaker | None

    @property
    def name(self) -> str:
        return f"bubblewrap {self.version}"

    def run(self, job: Job) -> Outcome:
        """Run `job`; see the protocol. FileNotFoundError for a mount whose source is absent,
        SandboxUnavailable when bubblewrap itself refuses."""
        sources = tuple(mount.source for mount in job.mounts) + tuple(w[0] for w in job.writable)
        for source in sources:
            if not source.exists():
                raise FileNotFoundError(2, "no such file to mount", str(source))
        return on_own_thread(_Run(self, job, sources).execute)


@dataclass(slots=True)
class _Run:
    sandbox: Bubblewrap
    job: Job
    sources: tuple[Path, ...]

    def execute(self, stop_fd: int) -> Outcome:
        """Start, follow and clear up one job; `stop_fd` turns readable to end it early."""
        if os.geteuid() != 0:
            return self._execute(list(self.sources), stop_fd, user=None)
        with contextlib.ExitStack() as after:
            for folder, _ in self.job.writable:
                after.callback(hand_over, folder, os.geteuid())
                hand_over(folder, NOBODY)
            places = after.enter_context(reachable(self.sources))
            return self._execute(places, stop_fd, user=NOBODY)

    def _execute(self, places: list[Path], stop_fd: int, *, user: int | None) -> Outcome:
        marker = f".ready-{os.urandom(16).hex()}"
        with contextlib.ExitStack() as after:
            gate = _Pipe(after)
            info = _Pipe(after)
            etc = {name: _memory_file(text.encode(), after) for name, text in ETC.items()}
            options = self._arguments(places, marker, gate.reader, info.writer)
            for name, fd in etc.items():
                options = ["--file", str(fd), f"/etc/{name}", *options]
            arguments = _memory_file(b"".join(os.fsencode(a) + b"\0" for a in options), after)
            process = subprocess.Popen(
                [
                    str(self.sandbox.binary),
                    "--args",
                    str(arguments),
                    "--",
                    f"/{marker}/{_STARTER}",
                    *rlimit_argv(self.job.limits)[1:],
                    *self.job.argv,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={},
                cwd="/",
                pass_fds=(arguments, gate.reader, info.writer, *etc.values()),
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
            top_fd: int | None = None
            group: Group | None = None
            try:
                info.close_writer()
                gate.close_reader()
                top = _first_process(process, info.reader)
                top_fd = os.pidfd_open(top)
                after.callback(os.close, top_fd)
                root = f"/proc/{top}/root"
                folder = self._wait_until_built(process, root, marker)
                after.callback(os.close, folder)
                with contextlib.nullcontext() if user is None else files_made_as(user):
                    place(folder, self.job.files)
                    # without this link nothing starts, even if we die here and the gate falls open
                    os.symlink(rlimit_argv(self.job.limits)[0], f"{root}/{marker}/{_STARTER}")
                group = self._join_group(process.pid, top)
                _offer_to_oom_killer(top)
                watch = Watch(
                    process=process,
                    top=top,
                    top_fd=top_fd,
                    stop_fd=stop_fd,
                    limits=self.job.limits,
                    group=group,
                    stdin=self.job.stdin,
                    writable=tuple(folder for folder, _ in self.job.writable),
                    callers_stop_fd=self.job.stop_fd,
                )
                os.write(gate.writer, b"!")
                watch.follow()
                files, skipped = collect(folder, self.job.collect, self.job.limits)
                return watch.outcome(files, skipped)
            finally:
                kill_tree(process, top_fd)
                for pipe in (process.stdin, process.stdout, process.stderr):
                    if pipe is not None:
                        with contextlib.suppress(OSError):
                            pipe.close()
                if group is not None:
                    group.remove()

    def _arguments(self, places: list[Path], marker: str, gate: int, info: int) -> list[str]:
        job = self.job
        work, temporary, shared = share_disk(job.limits.disk_bytes)
        arguments = [
            *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent"),
            *("--new-session", "--cap-drop", "ALL", "--clearenv", "--hostname", "sandbox"),
            *("--uid", str(INSIDE), "--gid", str(INSIDE)),
            *system_mounts(),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--perms", "1777", "--size", str(shared), "--tmpfs", "/dev/shm"),  # noqa: S108
            *("--remount-ro", "/dev"),
            *("--perms", "1777", "--size", str(temporary), "--tmpfs", "/tmp"),  # noqa: S108
            *("--perms", "0755", "--size", str(work), "--tmpfs", str(job.workdir)),
        ]
        targets = [(m.target, "--ro-bind") for m in job.mounts]
        targets += [(target, "--bind") for _, target in job.writable]
        shown = sorted(zip(targets, places, strict=True), key=lambda m: len(m[0][0].parts))
        for (target, how), source in shown:
            arguments += [how, str(source), str(_absolute(target))]
        for name, value in job.environment.items():
            arguments += ["--setenv", name, value]
        arguments += ["--perms", "0755", "--size", "4096", "--tmpfs", f"/{marker}"]
        arguments += ["--remount-ro", "/", "--chdir", str(job.workdir)]
        arguments += ["--info-fd", str(info), "--block-fd", str(gate)]
        if any("\0" in argument for argument in arguments):
            raise ValueError("a NUL character in a path or in the environment of a job")
        return arguments

    def _wait_until_built(self, process: "subprocess.Popen[bytes]", root: str, marker: str) -> int:
        """Wait for the finished root of the sandbox; gives its open working folder.

        The marker's random name exists only there, so the host's own folder is never taken."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                os.stat(f"{root}/{marker}")
                return os.open(f"{root}{self.job.workdir}", os.O_RDONLY | os.O_DIRECTORY)
            if process.poll() is not None:
                raise SandboxUnavailable(_said(process))
            time.sleep(0.0003)
        raise SandboxUnavailable(f"bubblewrap did not start within {_START_SECONDS:g} seconds")

    def _join_group(self, *pids: int) -> Group | None:
        if self.sandbox.groups is None:
            return None
        group = self.sandbox.groups.create(self.job.limits)
        try:
            for pid in pids:
                group.add(pid)
        except OSError:
            group.remove()
            raise
        return group


class _Pipe:
    """A pipe whose ends are closed at the latest when `after` ends."""

    def __init__(self, after: contextlib.ExitStack) -> None:
        self.reader, self.writer = os.pipe()
        self._open = {self.reader, self.writer}
        after.callback(self.close_reader)
        after.callback(self.close_writer)

    def close_reader(self) -> None:
        self._close(self.reader)

    def close_writer(self) -> None:
        self._close(self.writer)

    def _close(self, fd: int) -> None:
        if fd in self._open:
            self._open.remove(fd)
            os.close(fd)


def _memory_file(content: bytes, after: contextlib.ExitStack) -> int:
    """An open file in memory, closed with `after`. Options go this way so that other users' `ps`
    does not show them."""
    fd = os.memfd_create("seawall", os.MFD_CLOEXEC)
    after.callback(os.close, fd)
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _first_process(process: "subprocess.Popen[bytes]", info: int) -> int:
    """The host's number of the namespace's first process, as bubblewrap tells it."""
    text = b""
    while chunk := os.read(info, 4096):
        text += chunk
        if b"}" in text:
            break
    try:
        return int(json.loads(text)["child-pid"])
    except (ValueError, KeyError):
        process.wait()
        raise SandboxUnavailable(_said(process)) from None


def _said(process: "subprocess.Popen[bytes]") -> str:
    text = process.stderr.read(2000).decode("utf-8", "replace").strip() if process.stderr else ""
    return text or f"bubblewrap ended with code {process.returncode} before the job began"


def _offer_to_oom_killer(pid: int) -> None:
    with contextlib.suppress(OSError):  # some hosts forbid it; it is a courtesy to the host
        Path(f"/proc/{pid}/oom_score_adj").write_text("900")


def _absolute(target: PurePosixPath) -> PurePosixPath:
    if not target.is_absolute() or ".." in target.parts:
        raise ValueError(f"a mount must have an absolute target: {target}")
    return target


def find_bubblewrap(groups: GroupMaker | None) -> Bubblewrap:
    """The installed bubblewrap, untried; SandboxUnavailable when there is none."""
    found = shutil.which("bwrap")
    if found is None:
        raise SandboxUnavailable("bubblewrap (bwrap) is not installed: apt-get install bubblewrap")
    done = subprocess.run([found, "--version"], capture_output=True, timeout=20, check=False)
    version = done.stdout.decode("utf-8", "replace").split()
    return Bubblewrap(Path(found), version[-1] if version else "of unknown version", groups)
