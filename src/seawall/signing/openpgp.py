"""The OpenPGP key that signs CSAF documents, for readers who verify with gpg (RFC 9580)."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pysequoia

from seawall.signing.keys import KeyUnusable

_MAX_BYTES = 1 << 20


class DocumentSigner(Protocol):
    """Signs documents with an OpenPGP key; all texts are ASCII-armored."""

    @property
    def fingerprint(self) -> str:
        """The key's fingerprint, 40 hex digits in capitals."""
        ...

    @property
    def public(self) -> str:
        """The public key."""
        ...

    def detached(self, data: bytes) -> str:
        """A signature over `data`, to be kept beside it."""
        ...

    def clear(self, text: str) -> str:
        """The text with a signature around it, still readable."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class OpenPgpKey:
    """An OpenPGP key (version 4: Ed25519, which gpg knows) in an armored file of mode 0600."""

    _key: pysequoia.Tsk

    @classmethod
    def ensure(cls, path: Path, user_id: str) -> "OpenPgpKey":
        """The key in `path`; made for `user_id` ("Name <address>") where there is none. Raises
        KeyUnusable."""
        if not path.exists():
            _keep(path, pysequoia.Tsk.generate(user_id=user_id, profile=pysequoia.Profile.RFC4880))
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> "OpenPgpKey":
        """The key in `path`. Raises KeyUnusable when there is none that signs, or when others can
        read it."""
        try:
            with path.open("rb") as file:
                open_to = os.fstat(file.fileno()).st_mode & 0o077
                data = file.read(_MAX_BYTES)
        except OSError as error:
            raise KeyUnusable(f"The OpenPGP key cannot be read: {error.strerror}.") from error
        if open_to:
            raise KeyUnusable(f"{path} can be read by others: make a new key, then chmod 600 it.")
        try:
            key = pysequoia.Tsk.from_bytes(data)
            key.signer()
        except Exception as error:  # the library raises plain Exception
            raise KeyUnusable(f"{path} is no OpenPGP key that can sign.") from error
        return cls(key)

    @property
    def fingerprint(self) -> str:
        return self._key.extract_certificate().fingerprint.upper()

    @property
    def public(self) -> str:
        return str(self._key.extract_certificate())

    def detached(self, data: bytes) -> str:
        return self._signed(data, pysequoia.SignatureMode.DETACHED)

    def clear(self, text: str) -> str:
        # The line end before the signature is the framework's own (RFC 9580 §7.2).
        return self._signed(text.removesuffix("\n").encode(), pysequoia.SignatureMode.CLEAR)

    def _signed(self, data: bytes, mode: pysequoia.SignatureMode) -> str:
        return pysequoia.sign(self._key.signer(), data, mode=mode).decode()

    def __repr__(self) -> str:
        return f"<OpenPgpKey {self.fingerprint}>"


def _keep(path: Path, key: pysequoia.Tsk) -> None:
    """Write a secret key durably; of two processes that do, the first wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(str(key))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
