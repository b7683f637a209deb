"""Sandboxed jobs with gVisor (runsc): a kernel of its own in user space between job and host.

Needs root and control groups. What differs from bubblewrap: gVisor itself does not count
processes, so that limit is the group's bound on host tasks, with room for gVisor's own; memory
is bounded by the group's ceiling (memory and disk together, and gVisor's own) and by no
finer measure; time and output are watched as ever. runsc adds HOME to an environment without it.
"""

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from seawall.sandbox.cgroups import Group, GroupMaker
from seawall.sandbox.collect import collect, place
from seawall.sandbox.limits import OPEN_FILES, share_disk
from seawall.sandbox.protocol import Job, Outcome, SandboxUnavailable
from seawall.sandbox.rootfs import ETC, TOP_FOLDERS
from seawall.sandbox.staging import hand_over, mount_tmpfs, reachable
from seawall.sandbox.supervise import Watch, kill_tree
from seawall.sandbox.threads import on_own_thread

INSIDE = 1000
_OWN_MEMORY = 64 << 20
"""What gVisor itself may take, in bytes."""
_OWN_TASKS = 256
_TASKS_EACH = 3
"""Host tasks that one process of the job costs."""
_START = 'read -r go < "/dev/fd/$1" && [ "$go" = go ] && shift && exec "$@"'


@dataclass(frozen=True, slots=True)
class Runsc:
    """gVisor as an OCI runtime, one container per job."""

    binary: Path
    version: str
    groups: GroupMaker

    @property
    def name(self) -> str:
        return f"runsc {self.version}"

    def run(self, job: Job) -> Outcome:
        """Run `job`; see the protocol. FileNotFoundError for a mount whose source is absent."""
        sources = tuple(mount.source for mount in job.mounts) + tuple(w[0] for w in job.writable)
        for source in sources:
            if not source.exists():
                raise FileNotFoundError(2, "no such file to mount", str(source))
        return on_own_thread(_Run(self, job, sources).execute)


@dataclass(slots=True)
class _Run:
    sandbox: Runsc
    job: Job
    sources: tuple[Path, ...]

    def execute(self, stop_fd: int) -> Outcome:
        with contextlib.ExitStack() as after:
            for folder, _ in self.job.writable:
                after.callback(hand_over, folder, os.geteuid())
                hand_over(folder, INSIDE)
            places = after.enter_context(reachable((Path("/usr"), *self.sources)))
            stage = places[0].parent / "bundle"
            work = self._build(stage, places)
            folder_fd = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
            after.callback(os.close, folder_fd)
            place(folder_fd, self.job.files)
            hand_over(work, INSIDE)
            group = after.enter_context(self._group())
            watch = self._follow(stage, group, stop_fd)
            group.remove()
            files, skipped = collect(folder_fd, self.job.collect, self.job.limits)
            return watch.outcome(files, skipped)

    def _follow(self, stage: Path, group: Group, stop_fd: int) -> Watch:
        gate, opener = os.pipe()
        argv = [
            str(self.sandbox.binary),
            *("--root", str(stage / "state"), "--network=none", "--platform=ptrace"),
            *("--ignore-cgroups", "--alsologtostderr=false"),
            *("run", "--bundle", str(stage), f"seawall-{os.urandom(8).hex()}"),
        ]
        process = subprocess.Popen(
            ["/bin/sh", "-c", _START, "sh", str(gate), *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin"},
            cwd="/",
            pass_fds=(gate,),
        )
        top_fd = os.pidfd_open(process.pid)
        try:
            os.close(gate)
            group.add(process.pid)
            watch = Watch(
                process=process,
                top=process.pid,
                top_fd=top_fd,
                stop_fd=stop_fd,
                limits=dataclasses.replace(self.job.limits, memory_bytes=1 << 60),
                group=group,
                stdin=self.job.stdin,
                writable=tuple(folder for folder, _ in self.job.writable),
                callers_stop_fd=self.job.stop_fd,
            )
            os.write(opener, b"go\n")
            watch.follow()
            return watch
        finally:
            kill_tree(process, top_fd)
            os.close(opener)
            os.close(top_fd)

    @contextlib.contextmanager
    def _group(self) -> Iterator[Group]:
        limits = self.job.limits
        group = self.sandbox.groups.create(
            dataclasses.replace(
                limits,
                memory_bytes=limits.memory_bytes + _OWN_MEMORY,
                processes=limits.processes * _TASKS_EACH + _OWN_TASKS,
            )
        )
        try:
            yield group
        finally:
            group.remove()

    def _build(self, stage: Path, places: list[Path]) -> Path:
        """Write the bundle: an almost empty root, and config.json; gives the working folder."""
        root, work = stage / "root", stage / "work"
        for folder in (root / "etc", root / "usr", work, stage / "state"):
            folder.mkdir(parents=True)
        size, temporary, shared = share_disk(self.job.limits.disk_bytes)
        mount_tmpfs(work, size=size, mode=0o755)
        mounts: list[dict[str, Any]] = [
            _mount("proc", PurePosixPath("/proc"), "proc"),
            _mount("tmpfs", PurePosixPath("/dev"), "tmpfs", f"size={4096 * 16}"),
            _mount("tmpfs", PurePosixPath("/dev/shm"), "tmpfs", f"size={shared}"),  # noqa: S108
            _mount("tmpfs", PurePosixPath("/tmp"), "tmpfs", f"size={temporary}"),  # noqa: S108
            _bind(places[0], PurePosixPath("/usr"), "ro"),
            _bind(work, self.job.workdir, "rw"),
        ]
        for name in TOP_FOLDERS:
            path = Path("/", name)
            if path.is_symlink():
                (root / name).symlink_to(os.readlink(path))
            elif path.is_dir():
                mounts.append(_bind(path, PurePosixPath(path), "ro"))
        for name in ("alternatives", "ld.so.cache"):
            if Path("/etc", name).exists():
                mounts.append(_bind(Path("/etc", name), PurePosixPath("/etc") / name, "ro"))
        for name, text in ETC.items():
            (root / "etc" / name).write_text(text)
        shown = [(m.target, "ro") for m in self.job.mounts]
        shown += [(target, "rw") for _, target in self.job.writable]
        for (target, mode), source in zip(shown, places[1:], strict=True):
            mounts.append(_bind(source, target, mode))
        for mount in mounts:
            _mount_point(root, mount)
        (stage / "config.json").write_text(json.dumps(self._config(root, mounts)))
        return work

    def _config(self, root: Path, mounts: list[dict[str, Any]]) -> dict[str, Any]:
        limits = self.job.limits
        none: list[str] = []
        kinds = ("bounding", "effective", "inheritable", "permitted", "ambient")
        namespaces = ("pid", "network", "ipc", "uts", "mount")
        return {
            "ociVersion": "1.0.2",
            "process": {
                "terminal": False,
                "user": {"uid": INSIDE, "gid": INSIDE},
                "args": list(self.job.argv),
                "env": [f"{name}={value}" for name, value in self.job.environment.items()],
                "cwd": str(self.job.workdir),
                "capabilities": dict.fromkeys(kinds, none),
                "noNewPrivileges": True,
                "rlimits": [
                    _rlimit("RLIMIT_FSIZE", limits.file_bytes),
                    _rlimit("RLIMIT_NOFILE", OPEN_FILES),
                    _rlimit("RLIMIT_CORE", 0),
                ],
            },
            "root": {"path": str(root), "readonly": True},
            "hostname": "sandbox",
            "mounts": mounts,
            "linux": {"namespaces": [{"type": kind} for kind in namespaces]},
        }


def find_runsc(groups: GroupMaker | None) -> Runsc:
    """The installed runsc, untried; SandboxUnavailable says what is missing."""
    found = shutil.which("runsc")
    if found is None:
        raise SandboxUnavailable(
            "gVisor (runsc) is not installed: apt-get install runsc, better the current release "
            "from gvisor.dev"
        )
    if os.geteuid() != 0:
        raise SandboxUnavailable("gVisor (runsc) is used by root only")
    if groups is None:
        raise SandboxUnavailable("gVisor (runsc) is used with control groups only")
    done = subprocess.run([found, "--version"], capture_output=True, timeout=60, check=False)
    words = done.stdout.decode("utf-8", "replace").split()
    return Runsc(Path(found), words[2] if len(words) > 2 else "of unknown version", groups)


def _mount(source: str, target: PurePosixPath, kind: str, *options: str) -> dict[str, Any]:
    return {
        "source": source,
        "destination": str(target),
        "type": kind,
        "options": ["nosuid", *options],
    }


def _bind(source: Path, target: PurePosixPath, mode: str) -> dict[str, Any]:
    if not target.is_absolute() or ".." in target.parts:
        raise ValueError(f"a mount must have an absolute target: {target}")
    return _mount(str(source), target, "bind", "rbind", "nodev", mode)


def _rlimit(kind: str, value: int) -> dict[str, Any]:
    return {"type": kind, "hard": value, "soft": value}


def _mount_point(root: Path, mount: dict[str, Any]) -> None:
    """Make the place that a mount covers, where the root itself holds it."""
    point = root / str(mount["destination"]).lstrip("/")
    point.parent.mkdir(parents=True, exist_ok=True)
    if mount["type"] == "bind" and not Path(mount["source"]).is_dir():
        point.touch()
    else:
        point.mkdir(exist_ok=True)
