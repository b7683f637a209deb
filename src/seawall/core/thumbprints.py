"""How keys and certificates are named in bindings: a sha256, base64url without padding."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


def of_key(jwk: Mapping[str, Any]) -> str:
    """The thumbprint of a public key (RFC 7638 §3); raises KeyError for what is not EC or OKP or
    lacks a part."""
    named = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
    return _packed(json.dumps(named, separators=(",", ":"), sort_keys=True).encode())


def of_certificate(der: bytes) -> str:
    """`x5t#S256` of a certificate (RFC 8705 §3.1)."""
    return _packed(der)


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
