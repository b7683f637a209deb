"""Keys that sign: an interface, and Ed25519 keys in files that only their owner can read."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


class KeyUnusable(RuntimeError):
    """A key is absent, unreadable, open to others, or of the wrong kind. Retrying does not help."""


class Verifier(Protocol):
    """A public key of any kind; `id` is unique to it."""

    @property
    def id(self) -> str: ...

    def verify(self, *, signature: bytes, message: bytes) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An Ed25519 public key; `raw` are its 32 bytes."""

    raw: bytes

    @property
    def id(self) -> str:
        """sha256 of the raw key, hex."""
        return hashlib.sha256(self.raw).hexdigest()

    def verify(self, *, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Signer(Protocol):
    """Something that holds a private key and signs with it; the key never leaves it."""

    @property
    def public(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes: ...


class Keys(Protocol):
    """Where signers live: a folder now, a token or a key service later."""

    def ensure(self, name: str) -> Signer:
        """The key called `name`, made when it is absent."""
        ...

    def get(self, name: str) -> Signer:
        """The key called `name`, or KeyUnusable."""
        ...


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """An Ed25519 key in memory."""

    _key: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PublicKey(raw=raw)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"<Ed25519Signer {self.public.id[:12]}>"


@dataclass(frozen=True, slots=True)
class FileKeys:
    """Ed25519 keys as PKCS #8 PEM files of mode 0600, `NAME.pem`, in one folder of mode 0700."""

    folder: Path

    def ensure(self, name: str) -> Ed25519Signer:
        path = self._path(name)
        if not path.exists():
            self._make(path)
        return self.get(name)

    def get(self, name: str) -> Ed25519Signer:
        path = self._path(name)
        try:
            with path.open("rb") as file:
                open_to = os.fstat(file.fileno()).st_mode & 0o077
                pem = file.read(4096)
        except OSError as error:
            raise KeyUnusable(f"The key {name} cannot be read: {error.strerror}.") from error
        if open_to:
            raise KeyUnusable(f"{path} can be read by others: make a new key, then chmod 600 it.")
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise KeyUnusable(f"{path} is not a private key in PEM form.") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnusable(f"{path} is not an Ed25519 key.")
        return Ed25519Signer(key)

    def _path(self, name: str) -> Path:
        if not name or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
            raise KeyUnusable(f"{name!r} is not a name for a key.")
        return self.folder / f"{name}.pem"

    def _make(self, path: Path) -> None:
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        make_once(path, pem)


def make_once(path: Path, secret: bytes) -> None:
    """Write a secret to a file of mode 0600 in a folder of mode 0700, whole or not at all. What is
    there already stays: of two processes that make it at once, the first counts."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its secret counts
    finally:
        draft.unlink()
