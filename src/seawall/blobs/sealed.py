"""Sealed bytes: AES-256-GCM under a data key, bound to what they are and where they belong."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seawall.blobs.keyring import KeyMissing, Keyring, Shredded
from seawall.blobs.store import Blobs
from seawall.blobs.wrapping import NONCE_BYTES, TAG_BYTES

__all__ = [
    "Damaged",
    "KeyMissing",
    "SealedBlobs",
    "Shredded",
    "Vault",
    "key_of",
    "remains_of",
    "seal",
    "seal_part",
    "unseal",
    "unseal_part",
]

_VERSION = b"\x01"
_ID_BYTES = 16
_HEAD = len(_VERSION) + _ID_BYTES


class Damaged(RuntimeError):
    """Sealed bytes were altered, cut off, or put where they do not belong; restore them from a
    backup. They are never given in part."""


def seal(key: bytes, plaintext: bytes, aad: bytes, *, head: bytes = b"") -> bytes:
    """`head`, version byte, 96-bit random nonce, ciphertext, 128-bit tag; 29 bytes longer.

    `aad` is not kept: whoever unseals must know it.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return b"".join((head, _VERSION, nonce, AESGCM(key).encrypt(nonce, plaintext, _VERSION + aad)))


def unseal(key: bytes, sealed: bytes | memoryview, aad: bytes) -> bytes:
    """The plaintext, whole, or Damaged. `sealed` has no head."""
    start = len(_VERSION) + NONCE_BYTES
    if sealed[:1] != _VERSION or len(sealed) < start + TAG_BYTES:
        raise Damaged("These are no sealed bytes.")
    whole = memoryview(sealed)
    try:
        return AESGCM(key).decrypt(whole[1:start], whole[start:], _VERSION + aad)
    except InvalidTag:
        raise Damaged("Sealed bytes were altered or moved.") from None


def seal_part(key: bytes, key_id: str, data: bytes, *, what: str, place: str) -> bytes:
    """Seal one part of a record. The result names its key, so that unsealing needs nothing but
    the sealed bytes and where they stand.

    `what` is the kind of content ("finding.content"), `place` the row it belongs to: at another
    place, as something else or under another key's name it does not unseal.
    """
    named = bytes.fromhex(key_id)
    return seal(key, data, _aad(named, what, place), head=_VERSION + named)


def unseal_part(key: bytes, sealed: bytes, *, what: str, place: str) -> bytes:
    """What `seal_part` sealed, or Damaged."""
    named = bytes.fromhex(key_of(sealed))
    return unseal(key, memoryview(sealed)[_HEAD:], _aad(named, what, place))


def commitment(key: bytes, text: str) -> str:
    """What may stand for `text` in a public record: 64 hex digits that whoever has the key can
    check, and that tell nothing once it is destroyed."""
    own = hmac.digest(key, b"seawall commitment 1", "sha256")
    return hmac.digest(own, text.encode(), "sha256").hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """Seals and unseals with a keyring, which is asked for the key each time."""

    keyring: Keyring

    def seal(self, key_id: str, data: bytes, *, what: str, place: str) -> bytes:
        """See `seal_part`. Raises Shredded, KeyMissing, or WrapperUnusable."""
        return seal_part(self.keyring.get(key_id), key_id, data, what=what, place=place)

    def unseal(self, sealed: bytes, *, what: str, place: str) -> bytes:
        """Raises Shredded, Damaged, KeyMissing, or WrapperUnusable."""
        return unseal_part(self.keyring.get(key_of(sealed)), sealed, what=what, place=place)


def key_of(sealed: bytes) -> str:
    """The id of the key that something was sealed under; raises Damaged."""
    if sealed[:1] != _VERSION or len(sealed) < _HEAD:
        raise Damaged("These are no sealed bytes.")
    return sealed[1:_HEAD].hex()


def remains_of(key_id: str) -> bytes:
    """What stands for content that was thrown away with its key: it names the key, no more, so
    that whoever unseals it learns when it was shredded."""
    return _VERSION + bytes.fromhex(key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBlobs:
    """Blobs sealed under one key, kept in another store. A blob's name is the digest of its
    sealed form, so that it tells nothing about the content, the same bytes put twice get two
    names, and `inner` can check itself without any key."""

    inner: Blobs
    key_id: str
    key: bytes = field(repr=False)

    def put(self, data: bytes) -> str:
        """Keep `data` sealed and durable; give its name."""
        return self.inner.put(seal_part(self.key, self.key_id, data, what="file", place=""))

    def get(self, digest: str) -> bytes:
        """Raises BlobMissing, BlobDamaged, or Damaged."""
        sealed = self.inner.get(digest)
        if key_of(sealed) != self.key_id:
            raise Damaged("This file is sealed under another key.")
        return unseal_part(self.key, sealed, what="file", place="")

    def has(self, digest: str) -> bool:
        return self.inner.has(digest)

    def delete(self, digest: str) -> None:
        self.inner.delete(digest)


def _aad(key_id: bytes, what: str, place: str) -> bytes:
    """Unambiguous: the digest of each part, one after the other."""
    parts = (key_id, what.encode(), place.encode())
    return b"".join(hashlib.sha256(part).digest() for part in parts)
