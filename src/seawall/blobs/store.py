"""The blob store: an interface, and a folder of files named by their sha256."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MAX_BYTES = 512 << 20

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobMissing(LookupError):
    """No blob has this digest here. Retrying does not help."""


class BlobDamaged(RuntimeError):
    """The stored bytes are not those that were put in; restore them from a backup."""


class BlobTooLarge(ValueError):
    """More bytes than the store takes in one blob."""


class Blobs(Protocol):
    """Bytes by the sha256 (hex) of what was put in, whatever form they are kept in, so that an
    encrypting store can wrap another one."""

    def put(self, data: bytes) -> str:
        """Keep `data` durably; give its digest. The same data twice is one blob."""
        ...

    def get(self, digest: str) -> bytes:
        """The bytes, checked against `digest`; raises BlobMissing or BlobDamaged."""
        ...

    def has(self, digest: str) -> bool: ...

    def delete(self, digest: str) -> None:
        """Forget a blob; no error when it is absent."""
        ...


def blob_digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderBlobs:
    """Blobs as files `ab/cdef…` of mode 0600. A reader sees a whole blob or none, after a power
    cut too: bytes reach the disk before the name does, and the name before `put` returns."""

    folder: Path
    max_bytes: int = MAX_BYTES

    def put(self, data: bytes) -> str:
        if len(data) > self.max_bytes:
            raise BlobTooLarge(f"{len(data)} bytes; at most {self.max_bytes} are kept in a blob")
        digest = blob_digest(data)
        path = self._path(digest)
        if path.exists() and self._is_whole(path, digest):
            return digest
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{secrets.token_hex(12)}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        for folder in (path.parent, self.folder):
            sync_folder(folder)
        return digest

    def get(self, digest: str) -> bytes:
        try:
            with self._path(digest).open("rb") as file:
                data = file.read(self.max_bytes + 1)
        except FileNotFoundError:
            raise BlobMissing(f"There is no blob {digest}.") from None
        if blob_digest(data) != digest:
            raise BlobDamaged(f"Blob {digest} is not what was stored.")
        return data

    def has(self, digest: str) -> bool:
        return self._path(digest).exists()

    def delete(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def digests(self) -> Iterator[str]:
        """All blobs, in no order."""
        for path in self.folder.glob("??/*"):
            if _DIGEST.fullmatch(name := path.parent.name + path.name):
                yield name

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise BlobMissing("A blob is named by 64 lower-case hex digits.")
        return self.folder / digest[:2] / digest[2:]

    def _is_whole(self, path: Path, digest: str) -> bool:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest


def sync_folder(folder: Path) -> None:
    """Make names that were added to or taken from `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
