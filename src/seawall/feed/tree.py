"""The public tree: a folder of files that changes as a whole, by one rename of `current`.

What any web server gives out is `current`. A change is prepared beside it and becomes visible at
once; a process that is killed at any moment leaves the tree before or after the change, and the
next change clears what it left. Only relative links are used and none leaves the folder.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from seawall.feed.tree_disk import make_durable
from seawall.feed.tree_draft import Draft, TreeConflict
from seawall.feed.tree_paths import checked_path
from seawall.feed.tree_records import Store

__all__ = ["Draft", "Tree", "TreeBusy", "TreeConflict"]


class TreeBusy(RuntimeError):
    """Another process changes the tree now. Retrying later helps."""


class Tree:
    """The tree in `folder`; `keep` says how long what was replaced stays for readers under way,
    `clock` gives seconds since 1970."""

    def __init__(
        self,
        folder: Path,
        *,
        keep: timedelta = timedelta(minutes=10),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = Path(folder)
        self._store = Store(self.folder)
        self._keep = keep
        self._clock = clock

    @property
    def current(self) -> Path:
        """The folder to give out."""
        return self._store.current

    @property
    def version(self) -> int:
        """How many changes the tree has seen; 0 when it is empty."""
        return self._store.version()

    def path(self, path: str) -> Path:
        """Where a file of the tree can be opened for reading."""
        return self.current / checked_path(path)

    def read(self, path: str) -> bytes:
        """The content of a file; FileNotFoundError when there is none."""
        return self.path(path).read_bytes()

    def exists(self, path: str) -> bool:
        """Whether the tree has the file: neither removed, nor part of an unfinished change."""
        if not self.path(path).is_file():
            return False
        return path not in self._store.under_way() and path not in self._store.removed()

    def files(self) -> Iterator[str]:
        """The paths of all files, in order within each folder."""
        if self.version:
            hidden = self._store.under_way() | self._store.removed()
            yield from (path for path in _walk(self._store.names, "") if path not in hidden)

    @contextmanager
    def change(self) -> Iterator[Draft]:
        """Change the tree: all that is done to the draft becomes visible when the block ends, and
        nothing when it raises. TreeBusy when another process is at it; a draft that alters
        nothing leaves the tree as it is."""
        self._store.make()
        with _locked(self.folder / "lock"):
            self._store.recover()
            self._store.collect(before=self._clock() - self._keep.total_seconds())
            draft = Draft(self._store)
            try:
                yield draft
                if draft.altered:
                    self._commit(draft)
            except BaseException:
                self._store.recover()
                raise

    def _commit(self, draft: Draft) -> None:
        number = self.version + 1
        draft.build(at=self._clock())
        link = self.folder / "current.new"
        link.unlink(missing_ok=True)
        os.symlink(f"store/versions/{number}/www", link)
        os.rename(link, self.current)
        make_durable([self.folder])
        self._store.finish(draft.dropped)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TreeBusy(f"{path.parent} is being changed by another process.") from None
        yield
    finally:
        os.close(handle)


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, f"{prefix}{entry.name}/")
        elif entry.is_file():
            yield prefix + entry.name
