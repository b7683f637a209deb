"""Verifier keys: a name and an Ed25519 public key in one line (C2SP signed-note, "vkey").

The line is `NAME+ID+KEY`: ID are the first four bytes of SHA-256(NAME || LF || type || key) in
hexadecimal, KEY is base64 of the type byte and the 32 bytes of the key. Type 1 signs notes,
type 4 makes timestamped cosignatures (C2SP tlog-cosignature).
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from seawall_verify.failures import VerificationFailed
from seawall_verify.texts import shown, unbase64

NOTE, COSIGNATURE = 0x01, 0x04
_MAX_VKEY = 1_000
_RAW_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key and its name; `kind` is NOTE or COSIGNATURE, `raw` its 32 bytes."""

    name: str
    kind: int
    raw: bytes

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Read `NAME+ID+KEY`, or raise VerificationFailed."""
        parts = vkey.split("+", 2) if len(vkey) <= _MAX_VKEY else []
        if len(parts) != 3 or not is_name(parts[0]):
            raise VerificationFailed(f"This is not a verifier key NAME+ID+KEY: {shown(vkey)}.")
        name, stated, encoded = parts
        data = unbase64(encoded, f"The verifier key of {shown(name)}")
        if len(data) != 1 + _RAW_BYTES or data[0] not in (NOTE, COSIGNATURE):
            raise VerificationFailed(f"The verifier key of {shown(name)} is not an Ed25519 key.")
        key = cls(name=name, kind=data[0], raw=data[1:])
        if key.id.hex() != stated:
            raise VerificationFailed(
                f"The verifier key of {shown(name)} has the id {shown(stated)}; "
                f"its name and key give {key.id.hex()}."
            )
        return key

    @property
    def id(self) -> bytes:
        """The four bytes that signature lines carry."""
        return key_id(self.name, self.kind, self.raw)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.kind]) + self.raw).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


def key_id(name: str, kind: int, raw: bytes) -> bytes:
    """SHA-256(name || LF || type || public key), first four bytes."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + raw).digest()[:4]


def is_name(text: str) -> bool:
    """Whether `text` can name a key: not empty, no spaces, no plus sign, no control characters."""
    return (
        text != ""
        and "+" not in text
        and not any(c.isspace() or ord(c) < 0x20 or 0xD800 <= ord(c) < 0xE000 for c in text)
    )
