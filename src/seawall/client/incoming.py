"""What a feed offers now beside what is installed: changed bins' files, in temporary tables."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from seawall.client.delegated import Bin, Seen, TargetInfo
from seawall.client.store import Store

_TABLES = """
CREATE TEMP TABLE offered (
    path TEXT PRIMARY KEY, role TEXT NOT NULL, sha256 BLOB NOT NULL, length INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TEMP TABLE offered_bins (
    role TEXT PRIMARY KEY, version INTEGER NOT NULL, expires_at TEXT NOT NULL, keys TEXT NOT NULL
) WITHOUT ROWID;
CREATE TEMP TABLE dropped (role TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE loose (sha256 BLOB PRIMARY KEY) WITHOUT ROWID;
"""
_RELEASES, _PATCHES = "%/releases/%", "%/patches/%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file that a bin names."""

    path: str
    info: TargetInfo


class Incoming:
    """The files of the bins that changed. Made anew for each sync; gone with the connection."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._db = store.db
        for statement in filter(str.strip, _TABLES.split(";")):
            self._db.execute(statement)

    def take(self, bins: Iterable[Bin], *, roles: frozenset[str]) -> int:
        """Note every changed bin, and which bins of before are no longer among `roles`; gives how
        many changed."""
        count = 0
        for each in bins:
            count += 1
            seen = each.seen
            self._db.execute(
                "INSERT INTO offered_bins VALUES (?, ?, ?, ?)",
                (each.role, seen.version, seen.expires_at.isoformat(), seen.keys),
            )
            self._db.executemany(
                "INSERT INTO offered VALUES (?, ?, ?, ?)",
                [
                    (path, each.role, bytes.fromhex(info.sha256), info.length)
                    for path, info in each.targets.items()
                ],
            )
        gone = {role for (role,) in self._db.execute("SELECT role FROM bins")} - roles
        self._db.executemany("INSERT INTO dropped VALUES (?)", [(role,) for role in gone])
        return count + len(gone)

    def take_installed(self) -> None:
        """Note all that is installed as well, so that it is verified once more."""
        self._db.execute("INSERT OR IGNORE INTO offered SELECT * FROM targets")

    def changed_releases(self, *, again: bool = False) -> Iterator[Wanted]:
        """Releases that are new or another than installed; all offered ones when `again`."""
        rows = self._db.execute(
            "SELECT o.path, o.sha256, o.length FROM offered o LEFT JOIN releases r USING (path)"
            " WHERE o.path LIKE ? AND (? OR r.sha256 IS NOT o.sha256) ORDER BY o.path",
            (_RELEASES, again),
        )
        return map(_wanted, rows)

    def missing(self, *, patches: bool = False) -> Iterator[Wanted]:
        """Releases (or patches) whose files are not held yet."""
        rows = self._db.execute(
            "SELECT path, sha256, length FROM offered"
            " WHERE path LIKE ? AND sha256 NOT IN (SELECT sha256 FROM files) ORDER BY path",
            (_PATCHES if patches else _RELEASES,),
        )
        return map(_wanted, rows.fetchall())

    def count_missing(self, *, patches: bool = False) -> tuple[int, int]:
        """How many of them there are, and how many are offered."""
        missing, offered = self._db.execute(
            "SELECT count(*) FILTER (WHERE sha256 NOT IN (SELECT sha256 FROM files)), count(*)"
            " FROM offered WHERE path LIKE ?",
            (_PATCHES if patches else _RELEASES,),
        ).fetchone()
        return int(missing), int(offered)

    def digest_of(self, path: str) -> str | None:
        """The sha256 (hex) that a path must have; None when no changed bin names it."""
        row = self._db.execute("SELECT sha256 FROM offered WHERE path = ?", (path,)).fetchone()
        return None if row is None else row[0].hex()

    def withdrawn(self) -> tuple[str, ...]:
        """Installed releases that no bin lists any more."""
        rows = self._db.execute(
            "SELECT r.path FROM releases r JOIN targets t USING (path) WHERE r.offered"
            " AND (t.role IN (SELECT role FROM offered_bins)"
            "      OR t.role IN (SELECT role FROM dropped))"
            " AND r.path NOT IN (SELECT path FROM offered) ORDER BY r.path"
        )
        return tuple(path for (path,) in rows)

    def install(self) -> None:
        """Make the bins and the files that they name the installed ones; within a change."""
        for statement in (
            "INSERT OR IGNORE INTO loose SELECT sha256 FROM targets"
            " WHERE role IN (SELECT role FROM offered_bins)"
            "    OR role IN (SELECT role FROM dropped)",
            "DELETE FROM targets WHERE role IN (SELECT role FROM offered_bins)",
            "DELETE FROM targets WHERE role IN (SELECT role FROM dropped)",
            "DELETE FROM bins WHERE role IN (SELECT role FROM dropped)",
            "INSERT OR REPLACE INTO targets SELECT * FROM offered",
            "INSERT OR REPLACE INTO bins SELECT * FROM offered_bins",
        ):
            self._db.execute(statement)

    def forget_files(self) -> None:
        """Remove files that nothing installed needs: replaced bundles, and what a sync that was
        cut off had fetched; within a change. Looks only at what came or went since the last."""
        self._db.execute(
            "INSERT OR IGNORE INTO loose SELECT sha256 FROM files WHERE number > ?",
            (self._store.get("files_until", 0),),
        )
        for statement in (
            "DELETE FROM loose WHERE sha256 IN (SELECT l.sha256 FROM releases r"
            " CROSS JOIN loose l ON l.sha256 = r.sha256)",
            "DELETE FROM loose WHERE sha256 IN (SELECT l.sha256 FROM targets t"
            " CROSS JOIN loose l ON l.sha256 = t.sha256)",
            "DELETE FROM files WHERE sha256 IN (SELECT sha256 FROM loose)",
        ):
            self._db.execute(statement)
        (newest,) = self._db.execute("SELECT coalesce(max(number), 0) FROM files").fetchone()
        self._store.put(files_until=newest)


def known_bins(store: Store) -> dict[str, Seen]:
    """The bins that are installed, as they were verified."""
    rows = store.db.execute("SELECT role, version, expires_at, keys FROM bins")
    return {
        role: Seen(version=version, expires_at=datetime.fromisoformat(expires_at), keys=keys)
        for role, version, expires_at, keys in rows
    }


def _wanted(row: tuple[str, bytes, int]) -> Wanted:
    path, sha256, length = row
    return Wanted(path=path, info=TargetInfo(length=length, sha256=sha256.hex()))
