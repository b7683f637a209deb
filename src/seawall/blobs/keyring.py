"""The keyring: data keys by id, wrapped, in a file of their own; what is destroyed is gone."""

import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from seawall.blobs.store import sync_folder
from seawall.blobs.wrapping import (
    KEY_BYTES,
    WRAPPED_BYTES,
    KeyWrapper,
    UnwrapFailed,
    WrapperUnusable,
)

_ID_BYTES = 16
_BATCH = 500
_BUSY_SECONDS = 30
_GONE = b"\0\0\0\0"
"""The epoch of a destroyed key, whose `wrapped` then holds the moment, padded with zeros."""
_LOST_RACES = 5
# Rows are only appended and never change their size, so that no page is ever split and no copy
# of a wrapped key stays in a page's unused part; deleted bytes are zeroed all the same.
_TABLES = (
    "CREATE TABLE epoch (number INTEGER PRIMARY KEY)",
    "CREATE TABLE data_key (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " epoch BLOB NOT NULL CHECK (length(epoch) = 4),"
    " wrapped BLOB NOT NULL CHECK (length(wrapped) = 60))",
    "PRAGMA user_version = 1",
)


class KeyMissing(LookupError):
    """The keyring never had this key: it is another installation's, or was restored from a time
    before the key was made."""


class Shredded(LookupError):
    """The key was destroyed at `at`, and with it all that was sealed under it. That is final."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"This was shredded on {at:%Y-%m-%d} and cannot be read by anybody.")
        self.at = at


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringState:
    """`epoch` is 0 before the first key. `waiting` keys are still to be wrapped anew by a
    rotation that did not finish."""

    epoch: int
    keys: int
    destroyed: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Data keys (AES-256) by id, 32 hex digits. The file has mode 0600 and belongs in no backup
    that is kept for longer than a shredded case may be readable.

    Nothing is kept in memory: each `get` asks the file, so that a key that any process destroyed
    is gone for all at once. Safe for threads and processes that share the file.
    """

    path: Path
    wrapper: KeyWrapper
    _local: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    def new(self) -> str:
        """Make a key durably, in one write; give its id."""
        return self.new_many(1)[0]

    def new_many(self, count: int) -> list[str]:
        """Make `count` keys durably, in one write; give their ids."""
        ids = [secrets.token_bytes(_ID_BYTES) for _ in range(count)]
        with self._writing() as file:
            epoch = self._current(file)
            file.executemany(
                "INSERT INTO data_key (id, epoch, wrapped) VALUES (?, ?, ?)",
                [(each, _packed(epoch), self._new_wrapped(each, epoch=epoch)) for each in ids],
            )
        return [each.hex() for each in ids]

    def get(self, key_id: str) -> bytes:
        """The 32 bytes of a key. Raises Shredded, KeyMissing, or WrapperUnusable."""
        for _ in range(_LOST_RACES):
            epoch, wrapped = self._row(key_id)
            if epoch == _GONE:
                raise Shredded(_moment(wrapped))
            try:
                return _unwrap(self.wrapper, wrapped, epoch=epoch, key_id=bytes.fromhex(key_id))
            except (WrapperUnusable, UnwrapFailed) as error:
                if self._row(key_id) == (epoch, wrapped):  # else it was wrapped anew meanwhile
                    raise WrapperUnusable(str(error)) from error
        raise WrapperUnusable("The keyring changes faster than it can be read.")

    def exists(self, key_id: str) -> bool:
        """Whether the key can be used: it was made here and not destroyed."""
        try:
            return self._row(key_id)[0] != _GONE
        except KeyMissing:
            return False

    def destroy(self, *key_ids: str, at: datetime) -> None:
        """End keys for good, in one write. Twice is no error: the first moment stays, and what a
        crash of the first call may have left in the journal is wiped."""
        moment = at.astimezone(UTC).isoformat(timespec="seconds").encode()
        with self._writing() as file:
            file.executemany(
                "UPDATE data_key SET epoch = ?, wrapped = ? WHERE id = ? AND epoch <> ?",
                [
                    (_GONE, moment.ljust(WRAPPED_BYTES, b"\0"), bytes.fromhex(key_id), _GONE)
                    for key_id in key_ids
                ],
            )
        self._wipe_journal()

    def check(self) -> None:
        """Raise WrapperUnusable unless the newest key can be unwrapped here and now."""
        self._check_with(self.wrapper, "epoch <> ?", _GONE)

    def _check_with(self, wrapper: KeyWrapper, where: str, epoch: bytes) -> None:
        row = self._file().execute(
            f"SELECT id, epoch, wrapped FROM data_key WHERE {where} ORDER BY number DESC LIMIT 1",  # noqa: S608
            (epoch,),
        )
        if (newest := row.fetchone()) is not None:
            try:
                _unwrap(wrapper, newest[2], epoch=newest[1], key_id=newest[0])
            except UnwrapFailed as error:
                raise WrapperUnusable(str(error)) from error

    def state(self) -> KeyringState:
        file = self._file()
        epoch = file.execute("SELECT max(number) FROM epoch").fetchone()[0] or 0
        keys, destroyed, current = file.execute(
            "SELECT count(*), count(*) FILTER (WHERE epoch = ?), count(*) FILTER (WHERE epoch = ?)"
            " FROM data_key",
            (_GONE, _packed(epoch)),
        ).fetchone()
        waiting = keys - destroyed - current
        return KeyringState(
            epoch=epoch, keys=keys - destroyed, destroyed=destroyed, waiting=waiting
        )

    def rewrap(
        self,
        *,
        old: KeyWrapper | None = None,
        progress: Callable[[int], None] = lambda done: None,
    ) -> int:
        """Wrap all keys anew under a fresh key-encryption key, then destroy the old ones; give
        the new epoch. Older copies of this file are unreadable from then on.

        One that was killed is finished, not begun again, by the next call. Others may use and
        make keys meanwhile. `old` is what wrapped the keys until now, when they move to another
        wrapper; until that is done, keys that have not moved cannot be read. Raises
        WrapperUnusable, and nothing is changed.
        """
        held = old or self.wrapper
        epoch = self._new_epoch(held)
        done = 0
        while moved := self._rewrap_some(epoch, held):
            done += moved
            progress(done)
        with self._writing() as file:
            self._end_epochs(file, held, before=epoch)
        self._wipe_journal()
        return epoch

    def _new_epoch(self, held: KeyWrapper) -> int:
        """Begin an epoch, or go on with one that was begun; the keys of before must be at hand."""
        with self._writing() as file:
            before = self._epochs(file)
            is_begun = len(before) > 1
            epoch = before[-1] if is_begun else (before[-1] if before else 0) + 1
            if is_begun:
                self._check_with(self.wrapper, "epoch = ?", _packed(epoch))
            for number in before[:-1] if is_begun else before:
                self._check_with(held, "epoch = ?", _packed(number))
            self.wrapper.ensure(epoch)
            file.execute("INSERT OR IGNORE INTO epoch VALUES (?)", (epoch,))
        return epoch

    def _rewrap_some(self, epoch: int, held: KeyWrapper) -> int:
        new = _packed(epoch)
        with self._writing() as file:
            rows = file.execute(
                "SELECT number, id, epoch, wrapped FROM data_key WHERE epoch NOT IN (?, ?) LIMIT ?",
                (new, _GONE, _BATCH),
            ).fetchall()
            for number, key_id, old, wrapped in rows:
                key = _unwrap(held, wrapped, epoch=old, key_id=key_id)
                file.execute(
                    "UPDATE data_key SET epoch = ?, wrapped = ? WHERE number = ?",
                    (new, self._wrap(key, epoch=epoch, key_id=key_id), number),
                )
        return len(rows)

    def _end_epochs(self, file: sqlite3.Connection, held: KeyWrapper, *, before: int) -> None:
        for number in self._epochs(file):
            left = file.execute(
                "SELECT count(*) FROM data_key WHERE epoch = ?", (_packed(number),)
            ).fetchone()[0]
            if number < before and not left:
                held.destroy(number)
                file.execute("DELETE FROM epoch WHERE number = ?", (number,))

    def _current(self, file: sqlite3.Connection) -> int:
        """The newest epoch; the first key of all makes the first one."""
        if epochs := self._epochs(file):
            return epochs[-1]
        self.wrapper.ensure(1)
        file.execute("INSERT INTO epoch VALUES (1)")
        return 1

    def _epochs(self, file: sqlite3.Connection) -> list[int]:
        return [number for (number,) in file.execute("SELECT number FROM epoch ORDER BY number")]

    def _row(self, key_id: str) -> tuple[bytes, bytes]:
        found = (
            self._file()
            .execute("SELECT epoch, wrapped FROM data_key WHERE id = ?", (bytes.fromhex(key_id),))
            .fetchone()
        )
        if found is None:
            raise KeyMissing(
                "The keyring lacks the key of this content: it is not the keyring of this "
                "installation, or an older copy of it."
            )
        return found[0], found[1]

    def _new_wrapped(self, key_id: bytes, *, epoch: int) -> bytes:
        return self._wrap(secrets.token_bytes(KEY_BYTES), epoch=epoch, key_id=key_id)

    def _wrap(self, key: bytes, *, epoch: int, key_id: bytes) -> bytes:
        return self.wrapper.wrap(key, epoch=epoch, context=_context(key_id))

    @contextmanager
    def _writing(self, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """The file, locked for this writer; committed durably at the end, or left as it was."""
        file = self._file()
        file.execute(f"BEGIN {kind}")
        try:
            yield file
        except BaseException:
            file.execute("ROLLBACK")
            raise
        file.execute("COMMIT")

    def _wipe_journal(self) -> None:
        """Zero the journal, which holds pages as they were before; nobody else writes meanwhile."""
        journal = self.path.with_name(self.path.name + "-journal")
        with self._writing("EXCLUSIVE"):
            try:
                handle = os.open(journal, os.O_WRONLY)
            except FileNotFoundError:
                return
            try:
                os.pwrite(handle, bytes(os.fstat(handle).st_size), 0)
                os.fsync(handle)
            finally:
                os.close(handle)

    def _file(self) -> sqlite3.Connection:
        """This thread's connection, opened anew after a fork or when the file was replaced."""
        known = getattr(self._local, "known", None)
        if known is not None:
            file, place = known
            if place == self._place():
                return file  # type: ignore[no-any-return]
            self._local.known = None
            if place[0] == os.getpid():
                file.close()
        file = self._open()
        self._local.known = file, self._place()
        return file

    def _place(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return os.getpid(), 0, 0
        return os.getpid(), found.st_dev, found.st_ino

    def _open(self) -> sqlite3.Connection:
        self._make()
        file = sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        for setting in ("secure_delete=ON", "synchronous=FULL", "temp_store=MEMORY"):
            file.execute(f"PRAGMA {setting}")
        file.execute("PRAGMA journal_mode=PERSIST")
        if not _version(file):
            file.execute("BEGIN IMMEDIATE")
            if not _version(file):  # else another was first
                for statement in _TABLES:
                    file.execute(statement)
            file.execute("COMMIT")
        return file

    def _make(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if self.path.stat().st_mode & 0o077:
                raise WrapperUnusable(f"{self.path} can be read by others: chmod 600 it.") from None
            return
        os.close(handle)
        sync_folder(self.path.parent)


def _version(file: sqlite3.Connection) -> int:
    found: int = file.execute("PRAGMA user_version").fetchone()[0]
    return found


def _unwrap(wrapper: KeyWrapper, wrapped: bytes, *, epoch: bytes, key_id: bytes) -> bytes:
    number = int.from_bytes(epoch, "big")
    return wrapper.unwrap(wrapped, epoch=number, context=_context(key_id))


def _packed(epoch: int) -> bytes:
    return epoch.to_bytes(4, "big")


def _context(key_id: bytes) -> bytes:
    """What a wrapped key is bound to, so that two rows cannot be exchanged."""
    return b"seawall data key 1:" + key_id


def _moment(wrapped: bytes) -> datetime:
    return datetime.fromisoformat(wrapped.rstrip(b"\0").decode())
