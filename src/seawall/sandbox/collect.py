"""Put files into a job's folder and bring files back, by descriptors and never through a link.

Both work relative to an open folder. Every component of a path is opened with O_NOFOLLOW, so no
name that a job made can lead outside; only regular files are read, under caps on count and size.
Collecting happens after the last process of the job has died: nothing moves meanwhile.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field

from seawall.sandbox.protocol import Limits

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PASS = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
"""For a folder that is only passed through: it need not be readable."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MAX_DEPTH = 32
_MAX_ENTRIES = 20_000
_MAX_SKIPPED = 100


def place(folder: int, files: Mapping[str, bytes]) -> None:
    """Write `files` (relative path → content) into the open `folder`, executable, new only."""
    for path, content in files.items():
        parts = relative_parts(path)
        current = os.dup(folder)
        try:
            for part in parts[:-1]:
                if not _exists(part, current):
                    os.mkdir(part, 0o755, dir_fd=current)
                following = os.open(part, _FOLDER, dir_fd=current)
                os.close(current)
                current = following
            with open(os.open(parts[-1], _CREATE, 0o755, dir_fd=current), "wb") as out:
                out.write(content)
        finally:
            os.close(current)


def collect(
    folder: int, paths: tuple[str, ...], limits: Limits
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Read the files at `paths`, folders with everything below, from the open `folder`.

    Gives relative path → content, and what was refused, each as "path: reason". A path that does
    not exist is simply absent.
    """
    work = _Collection(limits=limits, device=os.fstat(folder).st_dev)
    for path in paths:
        parts = () if path in ("", ".") else relative_parts(path)
        work.take(folder, parts)
    return work.files, tuple(work.skipped)


def relative_parts(path: str) -> tuple[str, ...]:
    """The components of a relative path; ValueError for one that is absolute or climbs."""
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if path.startswith("/") or ".." in parts or not parts or "\0" in path:
        raise ValueError(f"not a relative path inside the folder: {path!r}")
    return parts


def _exists(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


@dataclass(slots=True)
class _Collection:
    limits: Limits
    device: int
    files: dict[str, bytes] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    total: int = 0
    entries: int = 0

    def take(self, root: int, parts: tuple[str, ...]) -> None:
        """Walk down to `parts` and read what is there."""
        current = os.dup(root)
        try:
            for position, part in enumerate(parts):
                status = _status(part, current)
                if status is None:
                    return
                if position == len(parts) - 1 and not stat.S_ISDIR(status.st_mode):
                    self._entry(current, part, "/".join(parts), len(parts))
                    return
                if not stat.S_ISDIR(status.st_mode):
                    self._skip("/".join(parts), f"{part} is {_kind(status.st_mode)}")
                    return
                last = position == len(parts) - 1
                following = os.open(part, _FOLDER if last else _PASS, dir_fd=current)
                os.close(current)
                current = following
            self._folder(current, "/".join(parts), len(parts))
        except OSError as error:
            self._skip("/".join(parts), error.strerror or "unreadable")
        finally:
            os.close(current)

    def _folder(self, folder: int, path: str, depth: int) -> None:
        if depth > _MAX_DEPTH:
            self._skip(path, f"deeper than {_MAX_DEPTH} folders")
            return
        with os.scandir(folder) as entries:
            names = []
            for entry in entries:
                self.entries += 1
                if self.entries > _MAX_ENTRIES:
                    self._skip(path, f"more than {_MAX_ENTRIES} entries")
                    break
                names.append(entry.name)
        for name in sorted(names):
            self._entry(folder, name, f"{path}/{name}" if path else name, depth)

    def _entry(self, folder: int, name: str, path: str, depth: int) -> None:
        try:
            path.encode()
        except UnicodeEncodeError:
            self._skip(path.encode("utf-8", "replace").decode(), "name is not UTF-8")
            return
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                below = os.open(name, _FOLDER, dir_fd=folder)
                try:
                    self._folder(below, path, depth + 1)
                finally:
                    os.close(below)
            elif stat.S_ISREG(status.st_mode):
                self._file(folder, name, path)
            else:
                self._skip(path, f"is {_kind(status.st_mode)}")
        except OSError as error:
            self._skip(path, error.strerror or "unreadable")

    def _file(self, folder: int, name: str, path: str) -> None:
        if path in self.files:
            return
        if len(self.files) >= self.limits.collect_files:
            self._skip(path, f"more than {self.limits.collect_files} files")
            return
        with open(os.open(name, _READ, dir_fd=folder), "rb") as source:
            status = os.fstat(source.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_dev != self.device:
                self._skip(path, "is not a regular file of the job's own folder")
                return
            room = self.limits.collect_bytes - self.total
            content = b"" if status.st_size > room else source.read(room + 1)
        if status.st_size > room or len(content) > room:
            self._skip(path, f"{status.st_size} bytes do not fit the limit on collected files")
            return
        self.files[path] = content
        self.total += len(content)

    def _skip(self, path: str, reason: str) -> None:
        if len(self.skipped) < _MAX_SKIPPED:
            self.skipped.append(f"{path or '.'}: {reason}")


def _status(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link"
    return "a regular file" if stat.S_ISREG(mode) else "a special file"
