"""An operator who syncs, and who notices when anything of what is installed has changed."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from seawall.client.errors import FeedRefused, Unreachable
from seawall.client.fetching import Pace, open_source
from seawall.client.home import STORE
from seawall.client.sync import sync
from seawall.client.trusted import trust_root

INSTALLED = ("releases", "targets", "bins", "names", "parts", "former")
"""The store's tables that say what is installed; files that were only downloaded are not."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`code` as the command ends: 0 done, 1 refused, 3 unreachable."""

    code: int
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class Operator:
    home: Path
    pace: Pace = Pace(seconds=5)

    @classmethod
    def trusting(cls, home: Path, root: bytes) -> "Operator":
        trust_root(home, root)
        return cls(home=home)

    def sync(self, source: str | Path, *, now: datetime) -> Outcome:
        """Sync once, as the command does."""
        try:
            with open_source(str(source), pace=self.pace) as opened:
                sync(self.home, opened, now=now)
        except Unreachable as failed:
            return Outcome(code=3, sentence=str(failed))
        except FeedRefused as refused:
            return Outcome(code=1, sentence=str(refused))
        return Outcome(code=0)

    def copy(self, home: Path) -> "Operator":
        """Another who has seen and installed the same."""
        shutil.copytree(self.home, home)
        return replace(self, home=home)

    def releases(self) -> dict[str, int]:
        """What is installed and offered: id and revision."""
        rows = self._rows("SELECT id, revision FROM releases WHERE offered ORDER BY id")
        return dict(rows)

    def installed(self) -> str:
        """A digest of everything that counts: rows, index, trusted root. What is only remembered
        (verified metadata, the newest checkpoint, the time) may grow in a sync that fails."""
        said = sha256()
        for table in INSTALLED:
            said.update(repr(sorted(self._rows(f"SELECT * FROM {table}"))).encode())
        files = [self.home / "root.json"]
        files += sorted((self.home / "index").rglob("*")) if (self.home / "index").exists() else []
        for file in files:
            if file.is_file():
                said.update(f"{file.relative_to(self.home)}".encode() + file.read_bytes())
        return said.hexdigest()

    def _rows(self, statement: str) -> list[tuple[object, ...]]:
        if not (self.home / STORE).exists():
            return []
        with closing(sqlite3.connect(self.home / STORE)) as db:
            return list(db.execute(statement))
