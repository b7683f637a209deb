"""A change of the public tree before it is visible."""

import os
from collections.abc import Mapping
from pathlib import Path

from seawall.feed.tree_disk import make_durable, make_folders, write_new
from seawall.feed.tree_nodes import Nodes
from seawall.feed.tree_paths import checked_path, slot_of
from seawall.feed.tree_records import Store


class TreeConflict(ValueError):
    """A path cannot be what it is asked to be: an added file never changes and cannot be put, a
    put one cannot be added, and no file is a folder too."""


class Draft:
    """What a change puts, adds and removes. Nothing of it is visible in the tree before the end."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._number = store.version() + 1
        self._home = store.versions / str(self._number)
        self._nodes = Nodes(store, home=self._home)
        self._linked: set[str] = set()
        self._unlinked: set[str] = set()
        self._added: dict[str, Path] = {}
        self._removed: set[str] = set()
        self._gone: set[str] = set()
        self._knows_gone = False
        self._folders: set[str] = set()
        self._staged = 0

    @property
    def altered(self) -> bool:
        """Whether anything differs from the tree as it is."""
        return bool(self._nodes.touched or self._added or self._removed)

    @property
    def dropped(self) -> list[str]:
        """Links that lead nowhere once the change is visible."""
        return sorted(self._unlinked)

    def put(self, path: str, data: bytes) -> None:
        """Write a file that later changes may replace."""
        place = self._claim(path)
        if path in self._added or (place.exists() and not place.is_symlink()):
            raise TreeConflict(f"{path} was added and never changes.")
        if self._nodes.read(slot_of(path)) == data:
            return
        self._nodes.write(slot_of(path), data)
        self._unlinked.discard(path)
        if not place.is_symlink():
            self._linked.add(path)

    def add(self, path: str, data: bytes) -> None:
        """Write a file that never changes. Adding it again with the same content is no error."""
        place = self._claim(path)
        if path in self._linked or place.is_symlink():
            raise TreeConflict(f"{path} is replaceable: remove it in a change of its own first.")
        old = self._added.get(path) or (place if place.exists() else None)
        if old is not None and old.read_bytes() != data:
            raise TreeConflict(f"{path} was added with another content and never changes.")
        self._removed.discard(path)
        if old is None:
            self._added[path] = self._stage(data)

    def remove(self, path: str) -> None:
        """Remove a file; an absent one is no error. Others can read an added file for a while."""
        place = self._place(path)
        if staged := self._added.pop(path, None):
            staged.unlink()
        elif self._nodes.has(slot_of(path)):
            self._nodes.delete(slot_of(path))
            self._linked.discard(path)
            if place.is_symlink():
                self._unlinked.add(path)
        elif self._is_added(path, place):
            self._removed.add(path)

    def read(self, path: str) -> bytes:
        """The content of a file as this change leaves it; FileNotFoundError when there is none."""
        place = self._place(path)
        if path in self._added:
            return self._added[path].read_bytes()
        if (data := self._nodes.read(slot_of(path))) is not None:
            return data
        if self._is_added(path, place):
            return place.read_bytes()
        raise FileNotFoundError(path)

    def get(self, path: str) -> bytes | None:
        """As `read`, but None when there is no such file."""
        try:
            return self.read(path)
        except FileNotFoundError:
            return None

    def write(self, files: Mapping[str, bytes | None]) -> None:
        """Put each file, or (None) remove it."""
        for path, data in files.items():
            if data is None:
                self.remove(path)
            else:
                self.put(path, data)

    def exists(self, path: str) -> bool:
        """Whether the file is there when this change is visible."""
        place = self._place(path)
        return path in self._added or self._nodes.has(slot_of(path)) or self._is_added(path, place)

    def build(self, *, at: float) -> None:
        """Prepare everything durably up to the swap."""
        entered = sorted([*self._linked, *self._added])
        made, replaced = self._nodes.build(top={path.split("/")[0] for path in entered})
        notes = [
            self._store.note_change(self._number, entered),
            self._store.retire(self._number, at=at, nodes=replaced, links=self.dropped),
            *self._store.retire_files(self._number, sorted(self._removed)),
        ]
        folders = [self._home, self._store.versions, self._store.retired, self._store.names.parent]
        make_durable([*self._added.values(), *made, *notes, *folders])
        make_durable(self._enter(entered))

    def _enter(self, paths: list[str]) -> list[Path]:
        """Enter new paths among the names; give the folders that changed."""
        names = self._store.names
        changed: list[Path] = []
        for path in paths:
            place = names / path
            changed += make_folders(place.parent, below=names)
            changed.append(place.parent)
            if path in self._added:
                os.rename(self._added[path], place)
            else:
                slot = slot_of(path)
                ups = "../" * (path.count("/") + 2)
                os.symlink(f"{ups}current/../t/{slot.high}/{slot.low}/{slot.name}", place)
        return changed

    def _claim(self, path: str) -> Path:
        """The path among the names, for writing: what was removed there earlier is gone now."""
        place = self._place(path)
        self._check_folders(path, place)
        if self._was_removed(path):
            self._store.reclaim(path)
            self._gone.discard(path)
        return place

    def _place(self, path: str) -> Path:
        return self._store.names / checked_path(path)

    def _is_added(self, path: str, place: Path) -> bool:
        if path in self._removed or place.is_symlink() or not place.is_file():
            return False
        return not self._was_removed(path)

    def _was_removed(self, path: str) -> bool:
        """Whether an earlier change removed the file, which readers under way still may have."""
        if not self._knows_gone:
            self._gone, self._knows_gone = set(self._store.removed()), True
        return path in self._gone

    def _check_folders(self, path: str, place: Path) -> None:
        if place.is_dir():
            raise TreeConflict(f"{path} is a folder.")
        folder = path.rpartition("/")[0]
        while folder and folder not in self._folders:
            above = self._store.names / folder
            if above.is_file():
                raise TreeConflict(f"{folder} is a file.")
            self._folders.add(folder)
            folder = folder.rpartition("/")[0]
        if path in self._folders or any(
            above in self._added or above in self._linked for above in _above(path)
        ):
            raise TreeConflict(f"{path}: one of its parts would be a file and a folder.")

    def _stage(self, data: bytes) -> Path:
        """Write the content of an added file to where it waits."""
        if not self._home.is_dir():
            self._home.mkdir()
            self._home.chmod(0o755)
        staged = self._home / f"a-{self._staged}"
        self._staged += 1
        write_new(staged, data)
        return staged


def _above(path: str) -> list[str]:
    """The folders above a path."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
