"""Give up root before the sandbox starts, and still show it files that only root can reach.

A process that is root outside keeps root's rights over files that ask for the user ID alone
(/proc/sys/kernel/core_pattern is one), however few capabilities it holds. So when Seawall runs
as root, bubblewrap is started as an unprivileged user. What it shall show may lie below folders
closed to that user: it is bound to an open place first, in a mount namespace of the calling
thread's own, which ends with the thread.
"""

import ctypes
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from seawall.sandbox.leftovers import is_leftover, owned_name

_STAGES = Path("/tmp")  # noqa: S108 - names there are random and made new
NOBODY = 65534
"""User and group of sandboxed processes, as the host sees them, when Seawall runs as root."""

_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_ulong,
    ctypes.c_char_p,
)


@contextmanager
def reachable(sources: Sequence[Path]) -> Iterator[list[Path]]:
    """Bind each of `sources` to a place that every user can reach; gives the places, in order.

    To be entered by root on a thread of its own, which must end soon after: the thread's mount
    namespace stays a private one. OSError when the kernel refuses.
    """
    stage = _STAGES / owned_name()  # not in TMPDIR, which may itself be closed to others
    stage.mkdir(0o700)
    try:
        stage.chmod(0o711)
        _check(_libc.unshare(_CLONE_NEWNS))
        _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
        _mount("tmpfs", str(stage), "tmpfs", 0, "mode=0711,size=1m")
        places = []
        for number, source in enumerate(sources):
            place = stage / str(number)
            if source.is_dir():
                place.mkdir()
            else:
                place.touch()
            _mount(str(source.resolve()), str(place), "", _MS_BIND | _MS_REC)
            places.append(place)
        yield places
    finally:
        _remove_stage(stage)


def mount_tmpfs(place: Path, *, size: int, mode: int) -> None:
    """Mount fresh memory at `place`, inside `reachable` only."""
    _mount("tmpfs", str(place), "tmpfs", 0, f"mode={mode:o},size={size}")


def clear_leftovers() -> None:
    """Delete the empty mount points of Seawall processes that were killed."""
    for stage in _STAGES.glob("seawall-*"):
        if is_leftover(stage.name):
            with suppress(OSError):
                stage.rmdir()


def _remove_stage(stage: Path) -> None:
    """Delete the mount point outside; our private mount on it does not hinder that."""
    _libc.umount2(str(stage).encode(), 2)  # MNT_DETACH; harmless when nothing was mounted
    stage.rmdir()


@contextmanager
def files_made_as(user: int) -> Iterator[None]:
    """Let this thread (only) make files as `user`; see setfsuid(2)."""
    _libc.setfsgid(user)
    _libc.setfsuid(user)
    try:
        yield
    finally:
        _libc.setfsuid(os.geteuid())
        _libc.setfsgid(os.getegid())


def hand_over(folder: Path, user: int) -> None:
    """Make `user` the owner of `folder` and all below; links are not followed, and bits that
    lend an owner's rights are lost."""
    os.chown(folder, user, user, follow_symlinks=False)
    for _, folders, names, fd in os.fwalk(folder, follow_symlinks=False):
        for name in (*folders, *names):
            os.chown(name, user, user, dir_fd=fd, follow_symlinks=False)


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    _check(
        _libc.mount(
            source.encode(), target.encode(), kind.encode() or None, flags, data.encode() or None
        ),
        target,
    )


def _check(result: int, name: str = "") -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)
