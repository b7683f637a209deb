"""What the client holds of a feed: one SQLite file, in write-ahead mode, durable.

Files of the feed are kept by their sha256, packed with zstd, as soon as they were downloaded;
what counts as installed are the rows of `releases`, which one transaction changes. So a process
killed at any moment leaves the old state or the new one, and what it had downloaded already.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import zstandard

from seawall.client.home import STORE

_VERSION = 1
_MAX_FILE = 64 << 20
_TABLES = """
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE bins (
    role TEXT PRIMARY KEY, version INTEGER NOT NULL, expires_at TEXT NOT NULL, keys TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE targets (
    path TEXT PRIMARY KEY, role TEXT NOT NULL, sha256 BLOB NOT NULL, length INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX targets_of_bin ON targets (role);
CREATE TABLE files (number INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, packed BLOB NOT NULL);
CREATE TABLE releases (
    path TEXT PRIMARY KEY, id TEXT NOT NULL, revision INTEGER NOT NULL, sha256 BLOB NOT NULL,
    payload TEXT NOT NULL, publisher TEXT NOT NULL, namespace TEXT NOT NULL,
    released_at TEXT NOT NULL, log_index INTEGER NOT NULL, offered INTEGER NOT NULL,
    generation INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE former (
    path TEXT NOT NULL, revision INTEGER NOT NULL, payload TEXT NOT NULL,
    released_at TEXT NOT NULL, log_index INTEGER NOT NULL, PRIMARY KEY (path, revision)
) WITHOUT ROWID;
CREATE TABLE names (name TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (name, path)) WITHOUT ROWID;
CREATE INDEX names_of_release ON names (path);
CREATE TABLE parts (
    sha256 BLOB NOT NULL, path TEXT NOT NULL, revision INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (sha256, path, revision)
) WITHOUT ROWID;
CREATE TABLE receipts (
    number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, envelope TEXT NOT NULL,
    kind TEXT NOT NULL, release TEXT NOT NULL, revision INTEGER NOT NULL, asset TEXT NOT NULL,
    made_at TEXT NOT NULL, sent_at TEXT, answer TEXT NOT NULL DEFAULT ''
);
"""
_PACK = zstandard.ZstdCompressor(level=3)
_UNPACK = zstandard.ZstdDecompressor()


class StoreBroken(RuntimeError):
    """The store cannot be read: damaged, or of another version. The message says what helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An installed release. `payload` is the sha256 (hex) of what its publisher signed;
    `offered` is False once the feed no longer lists it."""

    path: str
    id: str
    revision: int
    sha256: str
    payload: str
    publisher: str
    namespace: str
    released_at: datetime
    log_index: int
    offered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A document or patch that a release, perhaps a former revision of it, has signed."""

    path: str
    revision: int
    name: str


class Store:
    """One feed's store. Readers may read while a sync writes; they see the state before it."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self.db = connection
        self.place = file

    @classmethod
    def open(cls, home: Path) -> "Store":
        """Open the store in `home`, made when it is absent; raises StoreBroken."""
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls._open(home / STORE)

    @classmethod
    def open_existing(cls, home: Path) -> "Store | None":
        """Open the store in `home`; None when nothing was ever synced there."""
        file = home / STORE
        return cls._open(file) if file.exists() else None

    @classmethod
    def _open(cls, file: Path) -> "Store":
        db = sqlite3.connect(file, isolation_level=None, timeout=30)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                _create(db)
            elif version != _VERSION:
                raise StoreBroken(f"{file} was made by another version of Seawall: {_BEGIN_ANEW}")
        except sqlite3.DatabaseError as error:
            db.close()
            raise StoreBroken(f"{file} is damaged ({error}): {_BEGIN_ANEW}") from None
        except BaseException:
            db.close()
            raise
        return cls(db, file)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """All changes within, or none of them."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # State: what is known of the feed as a whole.

    def get(self, key: str, default: Any = None) -> Any:
        """What was put under `key`."""
        row = self.db.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return default if row is None else json.loads(row[0])

    def put(self, **values: Any) -> None:
        """Keep JSON values."""
        self.db.executemany(
            "INSERT OR REPLACE INTO state VALUES (?, ?)",
            [(key, json.dumps(value)) for key, value in values.items()],
        )

    def moment(self, key: str) -> datetime | None:
        """The moment that was put under `key`, in ISO 8601."""
        text = self.get(key)
        return datetime.fromisoformat(text) if text else None

    # Files, by what they are.

    def keep_files(self, files: Mapping[str, bytes]) -> None:
        """Keep files by their sha256 (hex), which the caller has checked."""
        self.db.executemany(
            "INSERT OR IGNORE INTO files (sha256, packed) VALUES (?, ?)",
            [(bytes.fromhex(digest), _PACK.compress(data)) for digest, data in files.items()],
        )

    def file(self, sha256: str) -> bytes | None:
        """A file that is held; None when it is not."""
        row = self.db.execute(
            "SELECT packed FROM files WHERE sha256 = ?", (bytes.fromhex(sha256),)
        ).fetchone()
        return None if row is None else unpack(row[0])

    def files(self) -> Iterator[tuple[str, bytes]]:
        """sha256 (hex) and bytes of every file that is held."""
        rows = self.db.execute("SELECT sha256, packed FROM files")
        return ((digest.hex(), unpack(packed)) for digest, packed in rows)

    def targets(self) -> Iterator[tuple[str, str]]:
        """Path and sha256 (hex) of every file that a bin names."""
        rows = self.db.execute("SELECT path, sha256 FROM targets ORDER BY path")
        return ((path, digest.hex()) for path, digest in rows)

    # Releases.

    def release(self, name: str) -> Held | None:
        """The release called `name`: by its id, its CVE id or another alias; the newest when it
        names several."""
        rows = list(self._held("JOIN names USING (path) WHERE names.name = ?", (name.upper(),)))
        return max(rows, key=lambda held: held.released_at, default=None)

    def release_at(self, path: str) -> Held | None:
        """The release that the feed has at `path`."""
        return next(self._held("WHERE path = ?", (path,)), None)

    def release_of_entry(self, index: int) -> Held | None:
        """The release whose entry is number `index` of the log."""
        return next(self._held("WHERE log_index = ?", (index,)), None)

    def releases(self, *, after: int = 0) -> Iterator[Held]:
        """All releases that changed after that generation, by path."""
        return self._held("WHERE generation > ? ORDER BY path", (after,))

    def gone(self) -> Iterator[Held]:
        """Releases that the feed no longer lists, by path."""
        return self._held("WHERE NOT offered ORDER BY path", ())

    def bundles(self, *, after: int = 0) -> Iterator[tuple[str, bytes]]:
        """Path and bundle of all releases that changed after that generation, by path."""
        rows = self.db.execute(
            "SELECT path, packed FROM releases JOIN files USING (sha256)"
            " WHERE generation > ? ORDER BY path",
            (after,),
        )
        return ((path, unpack(packed)) for path, packed in rows)

    def parts(self, sha256: str) -> tuple[Part, ...]:
        """Where a document or patch of this sha256 (hex) was signed, newest revision first."""
        rows = self.db.execute(
            "SELECT path, revision, name FROM parts WHERE sha256 = ? ORDER BY revision DESC, path",
            (bytes.fromhex(sha256),),
        )
        return tuple(Part(path=path, revision=rev, name=name) for path, rev, name in rows)

    def former_payload(self, path: str, revision: int) -> str | None:
        """The payload's sha256 (hex) of a revision that was replaced."""
        row = self.db.execute(
            "SELECT payload FROM former WHERE path = ? AND revision = ?", (path, revision)
        ).fetchone()
        return None if row is None else str(row[0])

    def former_place(self, path: str, revision: int) -> tuple[datetime, int] | None:
        """When a revision that was replaced was released, and its number in the log."""
        row = self.db.execute(
            "SELECT released_at, log_index FROM former WHERE path = ? AND revision = ?",
            (path, revision),
        ).fetchone()
        return None if row is None else (datetime.fromisoformat(row[0]), int(row[1]))

    @property
    def generation(self) -> int:
        """The number of the state: it grows with each change of releases; 0 at first."""
        return int(self.get("generation", 0))

    def count(self, *, after: int = 0) -> int:
        """How many releases changed after that generation."""
        row = self.db.execute("SELECT count(*) FROM releases WHERE generation > ?", (after,))
        return int(row.fetchone()[0])

    def target(self, path: str) -> tuple[str, int] | None:
        """sha256 (hex) and length of a file that a bin names."""
        row = self.db.execute(
            "SELECT sha256, length FROM targets WHERE path = ?", (path,)
        ).fetchone()
        return None if row is None else (row[0].hex(), int(row[1]))

    def _held(self, rest: str, values: Iterable[object]) -> Iterator[Held]:
        columns = "path, id, revision, sha256, payload, publisher, namespace, released_at"
        rows = self.db.execute(
            f"SELECT {columns}, log_index, offered FROM releases {rest}",  # noqa: S608 (constants)
            tuple(values),
        )
        for path, id, revision, sha256, payload, publisher, namespace, at, index, offered in rows:
            yield Held(
                path=path,
                id=id,
                revision=revision,
                sha256=sha256.hex(),
                payload=payload,
                publisher=publisher,
                namespace=namespace,
                released_at=datetime.fromisoformat(at),
                log_index=index,
                offered=bool(offered),
            )


_BEGIN_ANEW = "remove the folder of this feed and sync again with its root"


def unpack(packed: bytes) -> bytes:
    """What `keep_files` has packed; raises StoreBroken."""
    try:
        return _UNPACK.decompress(packed, max_output_size=_MAX_FILE)
    except zstandard.ZstdError as error:
        raise StoreBroken(f"a file of the store is damaged ({error}): {_BEGIN_ANEW}") from None


def _create(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    if db.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in filter(str.strip, _TABLES.split(";")):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("COMMIT")
