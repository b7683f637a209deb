"""Proofs of possession: DPoP (RFC 9449) with ES256 or EdDSA."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from seawall.core.thumbprints import of_key
from seawall.gateway.strict_json import BadJson, read_object

MAX_PROOF_BYTES = 2_048
FRESH_SECONDS = 60
"""How far a proof's `iat` may lie from now."""
_FAR = 1e11
_BASE64 = re.compile(rb"[A-Za-z0-9_-]+")
_USUAL = bytes.maketrans(b"-_", b"+/")
_ES256 = ECDSA(SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof whose signature is good: by which key (RFC 7638), and its digest, which names it."""

    thumbprint: str
    id: str


def read_proof(text: bytes, *, method: bytes, uri: str, token: bytes, now: float) -> Proof | None:
    """The proof that `text` is of whoever sends `token` with this request; None for anything
    else. Whether the key is the token's, and the proof used for the first time, is not asked."""
    parts = text.split(b".") if len(text) <= MAX_PROOF_BYTES else ()
    if len(parts) != 3:
        return None
    key, claims, signature = _key_in(parts[0]), _object(parts[1]), unpack(parts[2])
    if key is None or claims is None or signature is None:
        return None
    if not _says(claims, method=method, uri=uri, token=token, now=now):
        return None
    if not key.is_good(signature, text[: len(parts[0]) + 1 + len(parts[1])]):
        return None
    named = hashlib.sha256(key.thumbprint.encode() + b"\0" + claims["jti"].encode()).digest()
    return Proof(thumbprint=key.thumbprint, id=pack(named))


def token_digest(token: bytes) -> str:
    """Under which a token is known; the token itself is kept nowhere."""
    return hashlib.sha256(token).hexdigest()


def pack(data: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpack(text: bytes) -> bytes | None:
    """What `pack` packed; None for what is not base64url without padding."""
    if not _BASE64.fullmatch(text):
        return None
    try:
        return binascii.a2b_base64(text.translate(_USUAL) + b"==")
    except binascii.Error:
        return None


def _object(part: bytes) -> dict[str, Any] | None:
    data = unpack(part)
    try:
        return read_object(data) if data is not None else None
    except BadJson:
        return None


def _says(claims: dict[str, Any], *, method: bytes, uri: str, token: bytes, now: float) -> bool:
    """RFC 9449 §4.3, points 8, 9, 11 and 12."""
    at, named = claims.get("iat"), claims.get("jti")
    return (
        claims.get("htm") == method.decode()
        and claims.get("htu") == uri
        and claims.get("ath") == pack(hashlib.sha256(token).digest())
        and isinstance(at, (int, float))
        and not isinstance(at, bool)
        and 0 < at < _FAR
        and abs(now - at) <= FRESH_SECONDS
        and isinstance(named, str)
        and 8 <= len(named) <= 128
        and named.isascii()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    thumbprint: str
    is_good: Callable[[bytes, bytes], bool]


@lru_cache(maxsize=1024)
def _key_in(part: bytes) -> _Key | None:
    """The key of a proof's header (RFC 9449 §4.3, points 4 to 7); None when it is not allowed.
    The header of a client is the same each time."""
    head = _object(part)
    if head is None:
        return None
    jwk = head.get("jwk")
    if head.get("typ") != "dpop+jwt" or "crit" in head or not isinstance(jwk, dict) or "d" in jwk:
        return None
    alg, kty, crv, x, y = head.get("alg"), *(jwk.get(n) for n in ("kty", "crv", "x", "y"))
    if alg == "ES256" and kty == "EC" and crv == "P-256" and isinstance(y, str):
        return _ec(x, y) if isinstance(x, str) else None
    if alg in ("EdDSA", "Ed25519") and kty == "OKP" and crv == "Ed25519" and isinstance(x, str):
        return _okp(x)
    return None


def _ec(x: str, y: str) -> _Key | None:
    first, second = _coordinate(x), _coordinate(y)
    if first is None or second is None:
        return None
    try:
        numbers = EllipticCurvePublicNumbers(
            int.from_bytes(first, "big"), int.from_bytes(second, "big"), SECP256R1()
        )
        key = numbers.public_key()
    except ValueError:
        return None

    def is_good(signature: bytes, signed: bytes) -> bool:
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            key.verify(encode_dss_signature(r, s), signed, _ES256)
        except InvalidSignature:
            return False
        return True

    named = of_key({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    return _Key(thumbprint=named, is_good=is_good)


def _okp(x: str) -> _Key | None:
    raw = _coordinate(x)
    if raw is None:
        return None
    key = Ed25519PublicKey.from_public_bytes(raw)

    def is_good(signature: bytes, signed: bytes) -> bool:
        try:
            key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    return _Key(thumbprint=of_key({"kty": "OKP", "crv": "Ed25519", "x": x}), is_good=is_good)


def _coordinate(text: str) -> bytes | None:
    raw = unpack(text.encode()) if text.isascii() else None
    return raw if raw is not None and len(raw) == 32 else None
