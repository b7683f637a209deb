"""What a witness must never forget: the newest checkpoint it cosigned of each log, and its key.

Both lie in one SQLite file, so that a witness that lost its memory lost its key, too, and cannot
sign a second history under the same name. Whoever restores an older copy of the file breaks that.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seawall_verify.failures import VerificationFailed
from seawall_verify.keys import COSIGNATURE, NOTE, VerifierKey, is_name
from seawall_verify.texts import shown
from seawall_verify.trees import EMPTY_ROOT

_TABLES = """
CREATE TABLE witness (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    private BLOB NOT NULL CHECK (length(private) = 32)
) STRICT;
CREATE TABLE log (
    origin TEXT PRIMARY KEY,
    vkeys TEXT NOT NULL,
    size INTEGER NOT NULL DEFAULT 0 CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    note TEXT NOT NULL DEFAULT '',
    cosigned_at INTEGER
) STRICT;
CREATE TRIGGER log_never_shrinks BEFORE UPDATE OF size ON log WHEN NEW.size < OLD.size
BEGIN SELECT RAISE(ABORT, 'a witness does not go back'); END;
CREATE TRIGGER log_never_forks BEFORE UPDATE OF root ON log
WHEN NEW.size = OLD.size AND NEW.root <> OLD.root
BEGIN SELECT RAISE(ABORT, 'a witness does not change its mind'); END;
CREATE TRIGGER log_stays BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'a witness does not forget'); END;
"""


class MemoryUnusable(RuntimeError):
    """The witness's file is absent, taken, or not one. Retrying does not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLog:
    """A log that a witness follows, and the newest checkpoint of it that it cosigned: `size` 0,
    the root of the empty tree and no `note` before the first. `cosigned_at`: seconds since 1970."""

    origin: str
    keys: tuple[VerifierKey, ...]
    size: int
    root: bytes
    note: str
    cosigned_at: int | None


@dataclass(frozen=True, slots=True)
class Memory:
    """The file at `path`."""

    path: Path

    @classmethod
    def create(cls, path: Path, *, name: str) -> "Memory":
        """A new witness called `name` (like a URL without scheme) with a new key."""
        if not is_name(name):
            raise MemoryUnusable(f"{shown(name)} is not a name for a witness: no spaces, no plus.")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise MemoryUnusable(f"{path} is a witness already.") from None
        private = Ed25519PrivateKey.generate().private_bytes_raw()
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous = EXTRA")
            database.executescript(f"BEGIN; {_TABLES}")
            database.execute("INSERT INTO witness VALUES (1, ?, ?)", (name, private))
            database.execute("COMMIT")
        return cls(path)

    def name(self) -> str:
        with self.open() as database:
            return str(database.execute("SELECT name FROM witness").fetchone()[0])

    def private(self) -> Ed25519PrivateKey:
        with self.open() as database:
            raw = database.execute("SELECT private FROM witness").fetchone()[0]
        return Ed25519PrivateKey.from_private_bytes(raw)

    def vkey(self) -> VerifierKey:
        """The key that others verify this witness's cosignatures with."""
        raw = self.private().public_key().public_bytes_raw()
        return VerifierKey(name=self.name(), kind=COSIGNATURE, raw=raw)

    def follow(self, key: VerifierKey, *, origin: str | None = None) -> None:
        """Cosign the log `origin` (default: named like the key) from now on. A log that is
        followed already gets `key` as one more key."""
        if key.kind != NOTE:
            raise VerificationFailed(f"{shown(str(key))} is the key of a witness, not of a log.")
        named = key.name if origin is None else origin
        with self.open() as database:
            known = self.log(database, named)
            keys = dict.fromkeys((*(known.keys if known else ()), key))
            database.execute(
                "INSERT INTO log (origin, vkeys, root) VALUES (?, ?, ?) "
                "ON CONFLICT (origin) DO UPDATE SET vkeys = excluded.vkeys",
                (named, "\n".join(map(str, keys)), EMPTY_ROOT),
            )

    def logs(self) -> list[KnownLog]:
        """All logs that the witness follows, by name."""
        with self.open() as database:
            origins = database.execute("SELECT origin FROM log ORDER BY origin").fetchall()
            return [log for (origin,) in origins if (log := self.log(database, origin))]

    def log(self, database: sqlite3.Connection, origin: str) -> KnownLog | None:
        """The log called `origin` as it is remembered."""
        row = database.execute(
            "SELECT vkeys, size, root, note, cosigned_at FROM log WHERE origin = ?", (origin,)
        ).fetchone()
        if row is None:
            return None
        vkeys, size, root, note, at = row
        keys = tuple(VerifierKey.parse(vkey) for vkey in vkeys.split("\n"))
        return KnownLog(origin=origin, keys=keys, size=size, root=root, note=note, cosigned_at=at)

    def remember(self, database: sqlite3.Connection, log: KnownLog) -> None:
        """Take `log` as the newest; durable when the transaction of `open` ended."""
        database.execute(
            "UPDATE log SET size = ?, root = ?, note = ?, cosigned_at = ? WHERE origin = ?",
            (log.size, log.root, log.note, log.cosigned_at, log.origin),
        )

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """One transaction that nobody else's overlaps; when the block is left it is on the disk."""
        if not self.path.is_file():
            raise MemoryUnusable(f"{self.path} is not there: no witness was made here.")
        place = f"{self.path.absolute().as_uri()}?mode=rw"
        try:
            with closing(
                sqlite3.connect(place, uri=True, isolation_level=None, timeout=20)
            ) as database:
                database.execute("PRAGMA synchronous = EXTRA")
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise MemoryUnusable(f"{self.path} cannot be used: {error}.") from error
