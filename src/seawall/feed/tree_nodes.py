"""Where the tree keeps replaceable files: folders that never change once they are visible.

A change copies the folders on the way to what it alters, with hard links for files and relative
symbolic links for folders, and shares all others with the changes before it.
"""

import os
from collections import defaultdict
from pathlib import Path

from seawall.feed.tree_disk import write_new
from seawall.feed.tree_paths import Slot
from seawall.feed.tree_records import Store


class Nodes:
    """The folders of slots as one change leaves them."""

    def __init__(self, store: Store, *, home: Path) -> None:
        self._old = store.versions / str(store.version())
        self._versions = store.versions
        self._home = home
        self._own: dict[tuple[str, str], Path] = {}
        self._written: dict[Path, None] = {}

    @property
    def touched(self) -> bool:
        return bool(self._own)

    def has(self, slot: Slot) -> bool:
        return (self._folder(slot) / slot.name).is_file()

    def read(self, slot: Slot) -> bytes | None:
        """The content in a slot, None when it is empty."""
        try:
            return (self._folder(slot) / slot.name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, slot: Slot, data: bytes) -> None:
        place = self._make_own(slot) / slot.name
        place.unlink(missing_ok=True)
        write_new(place, data)
        self._written[place] = None

    def delete(self, slot: Slot) -> None:
        place = self._make_own(slot) / slot.name
        place.unlink(missing_ok=True)
        self._written.pop(place, None)

    def build(self, *, top: set[str]) -> tuple[list[Path], list[str]]:
        """Make the folders above the own ones, and `www` with links to the top-level names; give
        what must become durable and the folders that these replace."""
        folders: list[Path] = []
        replaced: list[str] = []
        highs: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for (high, low), folder in self._own.items():
            highs[high][low] = f"../../{self._home.name}/{folder.name}"
            folders.append(folder)
        changed: dict[str, str] = {}
        for high, lows in highs.items():
            old = self._old / "t" / high
            replaced += [_node(old / low) for low in lows if (old / low).is_symlink()]
            replaced += [_node(old)] if old.is_symlink() else []
            folders.append(self._linking(f"m-{high}", old, lows))
            changed[high] = f"../../{self._home.name}/m-{high}"
        folders.append(self._linking("t", self._old / "t", changed))
        folders.append(
            self._linking("www", self._old / "www", {n: f"../../../names/{n}" for n in top})
        )
        replaced += [f"{self._old.name}/{name}" for name in ("t", "www") if self._old.is_dir()]
        return [*self._written, *folders], replaced

    def _folder(self, slot: Slot) -> Path:
        own = self._own.get((slot.high, slot.low))
        return own or self._old / "t" / slot.high / slot.low

    def _make_own(self, slot: Slot) -> Path:
        """The folder of a slot, copied for this change."""
        key = (slot.high, slot.low)
        if key not in self._own:
            own = self._home / f"l-{slot.high}-{slot.low}"
            _make_folder(own)
            old = self._folder(slot)
            for name in os.listdir(old) if old.is_dir() else ():
                os.link(f"{old}/{name}", f"{own}/{name}")
            self._own[key] = own
        return self._own[key]

    def _linking(self, name: str, old: Path, changed: dict[str, str]) -> Path:
        """A folder of links: those of `old`, and over them `changed`."""
        made = self._home / name
        _make_folder(made)
        for each in os.listdir(old) if old.is_dir() else ():
            if each not in changed:
                _same_link(f"{old}/{each}", f"{made}/{each}")
        for each, target in changed.items():
            os.symlink(target, made / each)
        return made


def _same_link(old: str, new: str) -> None:
    """Make the symbolic link `new` the one that `old` is; a hard link is the quick way, where the
    file system has it and the link not too many names."""
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        os.symlink(os.readlink(old), new)


def _node(link: Path) -> str:
    """The folder that a link between versions leads to, as VERSION/NAME."""
    return "/".join(os.readlink(link).split("/")[-2:])


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(mode=0o755, exist_ok=True)
    folder.mkdir()
    folder.chmod(0o755)
    folder.parent.chmod(0o755)
