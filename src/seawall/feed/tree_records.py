"""What the public tree notes beside its files: the change under way, and what awaits removal."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.feed.tree_disk import drop_empty, make_durable, remove_tree, replace_file, write_new


@dataclass(frozen=True, slots=True)
class Store:
    """The folders in the folder `root` of a tree.

    `names` holds every path: added files themselves, and for replaceable ones a link that leads
    through `current`. `versions/N` holds the folders that change N made: `www` (what `current`
    leads to), `t` (the first 64 folders of slots), `m-…` and `l-…` (the second and their files).
    """

    root: Path

    @property
    def current(self) -> Path:
        return self.root / "current"

    @property
    def names(self) -> Path:
        return self.root / "store" / "names"

    @property
    def versions(self) -> Path:
        return self.root / "store" / "versions"

    @property
    def retired(self) -> Path:
        return self.root / "store" / "retired"

    @property
    def journal(self) -> Path:
        return self.root / "store" / "journal.json"

    def version(self) -> int:
        """The number of the change that is visible now, 0 before the first."""
        try:
            return int(os.readlink(self.current).split("/")[2])
        except FileNotFoundError:
            return 0

    def make(self) -> None:
        """Make the folders, readable for all, where they are absent."""
        for folder in (self.root, self.names.parent, self.names, self.versions, self.retired):
            if not folder.is_dir():
                folder.mkdir(parents=True)
                folder.chmod(0o755)
                make_durable([folder.parent])

    def under_way(self) -> frozenset[str]:
        """Paths that a change entered in `names` without having become visible (yet)."""
        noted = _read(self.journal)
        return (
            frozenset(noted["names"]) if noted.get("version", 0) > self.version() else frozenset()
        )

    def removed(self) -> frozenset[str]:
        """Added files that were removed and stay a while for readers under way."""
        records = (_read(self._files_of(number)) for number in self._retired())
        return frozenset(path for record in records for path in record.get("files", ()))

    def note_change(self, version: int, names: list[str]) -> Path:
        """Note what a change is going to enter in `names`; give the file."""
        write_new(self.journal, _json({"version": version, "names": names}))
        return self.journal

    def retire(self, version: int, *, at: float, nodes: list[str], links: list[str]) -> Path:
        """Note what nobody needs when `version` is visible: folders stay until they are collected,
        links of removed files go at once. Gives the file."""
        write_new(self._record_of(version), _json({"at": at, "nodes": nodes, "links": links}))
        return self._record_of(version)

    def retire_files(self, version: int, files: list[str]) -> list[Path]:
        """Note the added files that `version` removes; they too stay until they are collected."""
        if not files:
            return []
        write_new(self._files_of(version), _json({"files": files}))
        return [self._files_of(version)]

    def recover(self) -> None:
        """Undo what a killed change left; finish what a visible one left open."""
        version = self.version()
        for path in self.under_way():
            self.unlink_name(path)
        self.journal.unlink(missing_ok=True)
        self._record_of(version + 1).unlink(missing_ok=True)
        self._files_of(version + 1).unlink(missing_ok=True)
        remove_tree(self.versions / str(version + 1))
        self.finish(_read(self._record_of(version)).get("links", ()))

    def finish(self, links: Iterable[str]) -> None:
        """After the swap: drop the links that lead nowhere now."""
        for path in links:
            self.unlink_name(path)
        self.journal.unlink(missing_ok=True)

    def collect(self, *, before: float) -> None:
        """Remove what was retired before a moment (seconds since 1970)."""
        for number in self._retired():
            record = _read(self._record_of(number))
            if record.get("at", before) > before:
                return
            for node in record.get("nodes", ()):
                remove_tree(self.versions / node)
                drop_empty((self.versions / node).parent, below=self.versions)
            for path in _read(self._files_of(number)).get("files", ()):
                self.unlink_name(path)
            self._files_of(number).unlink(missing_ok=True)
            self._record_of(number).unlink(missing_ok=True)

    def reclaim(self, path: str) -> None:
        """Remove an added file that awaits removal now, so that its path can be used again."""
        for number in self._retired():
            files = _read(self._files_of(number)).get("files", [])
            if path in files:
                self.unlink_name(path)
                files.remove(path)
                replace_file(self._files_of(number), _json({"files": files}))

    def unlink_name(self, path: str) -> None:
        place = self.names / path
        place.unlink(missing_ok=True)
        drop_empty(place.parent, below=self.names)

    def _record_of(self, version: int) -> Path:
        return self.retired / str(version)

    def _files_of(self, version: int) -> Path:
        return self.retired / f"{version}.files"

    def _retired(self) -> list[int]:
        """The versions that retired something, oldest first."""
        try:
            names = [name for name in os.listdir(self.retired) if name.isdigit()]
        except FileNotFoundError:
            return []
        version = self.version()
        return sorted(int(name) for name in names if int(name) <= version)


def _read(path: Path) -> dict[str, Any]:
    """A record, or nothing when it is absent or was cut before it was durable."""
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
