"""Key-encryption keys in one file that only its owner can read."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seawall.blobs.store import sync_folder
from seawall.blobs.wrapping import KEY_BYTES, NONCE_BYTES, UnwrapFailed, WrapperUnusable

_FIRST_LINE = "seawall key-encryption keys 1"
_MAX_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """One line `EPOCH HEX` for each key. The file has mode 0600 and is replaced whole; it is read
    anew for each use, so that a key that was destroyed is gone in every process at once.

    Calls that change it must not overlap: the keyring makes them under its write lock.
    """

    path: Path

    @property
    def kind(self) -> str:
        return "key file"

    def ensure(self, epoch: int) -> None:
        known = self._read() if self.path.exists() else {}
        if epoch not in known:
            self._write(known | {epoch: secrets.token_bytes(KEY_BYTES)})

    def wrap(self, key: bytes, *, epoch: int, context: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._key(epoch)).encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, *, epoch: int, context: bytes) -> bytes:
        cipher = AESGCM(self._key(epoch))
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            raise UnwrapFailed(f"Not wrapped by the keys in {self.path}.") from None

    def destroy(self, epoch: int) -> None:
        if not self.path.exists():
            return
        known = self._read()
        if known.pop(epoch, None) is None:
            return
        with self.path.open("r+b") as old:
            self._write(known)
            _overwrite(old.fileno())

    def _key(self, epoch: int) -> bytes:
        try:
            return self._read()[epoch]
        except KeyError:
            raise WrapperUnusable(
                f"{self.path} lacks the key of epoch {epoch}: restore the file that belongs to "
                "this keyring."
            ) from None

    def _read(self) -> dict[int, bytes]:
        try:
            text, state = _whole(self.path)
        except OSError as error:
            raise WrapperUnusable(
                f"{self.path} cannot be read: {error.strerror}. Restore the key file that belongs "
                "to this keyring."
            ) from error
        if state.st_mode & 0o077:
            raise WrapperUnusable(
                f"{self.path} can be read by others: chmod 600 it, then `seawall keys rotate`."
            )
        return self._parse(text)

    def _parse(self, text: bytes) -> dict[int, bytes]:
        try:
            first, *lines = text.decode("ascii").splitlines()
            pairs = [line.split(" ") for line in lines]
            found = {int(epoch): bytes.fromhex(key) for epoch, key in pairs}
        except ValueError:
            first, found = "", {}
        if first != _FIRST_LINE or any(len(key) != KEY_BYTES for key in found.values()):
            raise WrapperUnusable(f"{self.path} is no key file of Seawall.")
        return found

    def _write(self, keys: dict[int, bytes]) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = [_FIRST_LINE, *(f"{epoch} {key.hex()}" for epoch, key in sorted(keys.items()))]
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write("\n".join(lines) + "\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(self.path.parent)


def _whole(path: Path) -> tuple[bytes, os.stat_result]:
    """What a file holds, with its state. One that lost its name meanwhile may be overwritten
    already: then the one that took its place is read."""
    while True:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES)
            state = os.fstat(file.fileno())
            if state.st_nlink:
                return text, state


def _overwrite(handle: int) -> None:
    """Zero a file that has lost its name, before its blocks are given away."""
    os.pwrite(handle, bytes(os.fstat(handle).st_size), 0)
    os.fsync(handle)
