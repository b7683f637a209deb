"""For partners: a key of one's own, and proofs that one holds it (RFC 9449).

    from seawall.gateway.client import Dpop, read_key

    http = httpx.Client(auth=Dpop(read_key("seawall.key"), token))
    client = openai.OpenAI(base_url="https://gateway.example/v1", api_key="-", http_client=http)

Needs nothing of an installation; works with every client whose `auth` may be a function of the
request, such as httpx.
"""

import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePrivateNumbers,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from seawall.core.thumbprints import of_key
from seawall.gateway.proofs import pack, unpack
from seawall.vocab.errors import BadInput

_WRONG = "this is no key of a partner: a JWK with kty EC, crv P-256, x, y and d"


class Key:
    """An ES256 key. `public` is the JWK to hand over when it is bound to a grant."""

    def __init__(self, private: EllipticCurvePrivateKey) -> None:
        self._private = private
        numbers = private.public_key().public_numbers()
        x, y = (pack(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        self.public: Mapping[str, str] = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        self.thumbprint = of_key(dict(self.public))

    def prove(self, method: str, url: str, token: str, *, now: float | None = None) -> str:
        """A proof for one request to `url`, which has no query."""
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": dict(self.public)}
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(time.time() if now is None else now),
            "ath": pack(sha256(token.encode()).digest()),
        }
        return self.sign(head, claims)

    def sign(self, head: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """A compact JWS over any claims (RFC 7515 §7.1)."""
        signed = f"{pack(_json(head))}.{pack(_json(claims))}"
        r, s = decode_dss_signature(self._private.sign(signed.encode(), ECDSA(SHA256())))
        return f"{signed}.{pack(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def write(self, path: Path) -> None:
        """Keep the key in a new file of mode 0600. Raises FileExistsError."""
        d = self._private.private_numbers().private_value.to_bytes(32, "big")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_json({**self.public, "d": pack(d)}))


def new_key() -> Key:
    """A fresh key."""
    return Key(generate_private_key(SECP256R1()))


def read_key(path: str | Path) -> Key:
    """The key that `Key.write` kept. Raises BadInput."""
    if os.stat(path).st_mode & 0o077:
        raise BadInput("the key can be read by others", where=str(path), mend=f"chmod 600 {path}")
    try:
        said = json.loads(Path(path).read_bytes())
        x, y, d = (int.from_bytes(unpack(said[n].encode()) or b"", "big") for n in "xyd")
        public = EllipticCurvePublicNumbers(x, y, SECP256R1())
        return Key(EllipticCurvePrivateNumbers(d, public).private_key())
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(_WRONG, where=str(path)) from None


class Dpop:
    """Authenticates each request of an httpx client with a token and a fresh proof."""

    def __init__(self, key: Key, token: str, *, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._token = token
        self._clock = clock

    def __call__(self, request: Any) -> Any:
        url = f"{request.url.scheme}://{request.url.netloc.decode()}"
        path = request.url.raw_path.decode().partition("?")[0]
        request.headers.pop("x-api-key", None)
        request.headers["Authorization"] = f"DPoP {self._token}"
        request.headers["DPoP"] = self._key.prove(
            request.method, url + path, self._token, now=self._clock()
        )
        return request


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
