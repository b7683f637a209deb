"""Offline keys: a private key under a passphrase in FILE, its public half in FILE.pub.

The holder keeps FILE and the passphrase apart from each other and away from the installation, and
hands out FILE.pub, whose first lines say in words what it is.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import SSlibKey

from seawall.feed.tuf.keys import key_id, tuf_key, words
from seawall.feed.tuf.sealed_pem import WORK, seal
from seawall.signing.keys import Ed25519Signer, KeyUnusable, PublicKey
from seawall.vocab.errors import BadInput, one_line

LEAST = 12
"""Characters of a passphrase: a stolen file can be guessed at for years."""
_HOLDER = "Holder: "


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineKey:
    """The public half: what is told about a key, and what others need of it."""

    public: PublicKey
    holder: str

    @property
    def id(self) -> str:
        """Its id in the repository."""
        return key_id(self.public)

    @property
    def words(self) -> str:
        """Half of the id, to be read out."""
        return words(self.id)

    @property
    def tuf(self) -> SSlibKey:
        """The key as metadata lists it."""
        return tuf_key(self.public, holder=self.holder)


def public_file(path: Path) -> Path:
    """Where the public half of a key lies."""
    return path.with_name(f"{path.name}.pub")


def new_key(path: Path, passphrase: str, *, holder: str = "", work: int = WORK) -> OfflineKey:
    """Make a key in `path` (mode 0600) and `path`.pub; BadInput when a file is there already or
    the passphrase is short."""
    if len(passphrase) < LEAST:
        raise BadInput(
            f"a passphrase of fewer than {LEAST} characters", mend="five random words are good"
        )
    private = Ed25519PrivateKey.generate()
    key = OfflineKey(public=Ed25519Signer(private).public, holder=one_line(holder, limit=80))
    for place, data, mode in (
        (path, seal(private, passphrase, work=work), 0o600),
        (public_file(path), public_text(key), 0o644),
    ):
        _write_new(place, data, mode)
    return key


def public_text(key: OfflineKey) -> bytes:
    """The public half as a file."""
    pem = Ed25519PublicKey.from_public_bytes(key.public.raw).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    lines = [f"Key id: {key.id}", f"In words: {key.words}"]
    if key.holder:
        lines.insert(0, f"{_HOLDER}{key.holder}")
    return "".join(f"{line}\n" for line in lines).encode() + pem


def read_public(path: Path) -> OfflineKey:
    """The public half in `path`; BadInput when it is none. The lines above the key are not
    believed except for the holder's name."""
    text = _read(path)
    try:
        key = load_pem_public_key(text[max(0, text.find(b"-----BEGIN")) :])
    except (ValueError, UnsupportedAlgorithm):
        raise BadInput(
            "not a public key", where=str(path), mend="give the file whose name ends in .pub"
        ) from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("not an Ed25519 key", where=str(path))
    public = PublicKey(raw=key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return OfflineKey(public=public, holder=_holder(text))


def open_key(path: Path, passphrase: str) -> Ed25519Signer:
    """The private key in `path`; KeyUnusable for a wrong passphrase or another kind of file."""
    pem = _read(path)
    if b"ENCRYPTED PRIVATE KEY" not in pem:
        raise KeyUnusable(f"{path} is not a key under a passphrase.")
    try:
        key = load_pem_private_key(pem, password=passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable(f"{path} does not open with this passphrase.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{path} is not an Ed25519 key.")
    return Ed25519Signer(key)


def _holder(text: bytes) -> str:
    for line in text.split(b"-----BEGIN")[0].decode("utf-8", "replace").splitlines():
        if line.startswith(_HOLDER):
            return one_line(line.removeprefix(_HOLDER), limit=80)
    return ""


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8192)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=str(path)) from None


def _write_new(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    except FileExistsError:
        raise BadInput(
            "there is a file already", where=str(path), mend="a key is never written over"
        ) from None
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
