"""Signing webhooks as Standard Webhooks 1.0.0 says, and checking such signatures.

What is signed is `id.timestamp.body`; a secret is 32 random bytes, written "whsec_" + base64.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(minutes=5)
_PREFIX = "whsec_"


class NotGenuine(ValueError):
    """A webhook is not what the holder of the secret sent just now; the message says why."""


def new_secret() -> str:
    """A fresh secret in its written form."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_headers(body: bytes, *, id: str, at: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of one attempt, with one signature for each of `secrets`, the newest first."""
    if not secrets or not id or any(c in id for c in ". \r\n"):
        raise ValueError("a webhook needs a secret and an id without dots and spaces")
    timestamp = str(int(at.timestamp()))
    signatures = " ".join(f"v1,{_signature(body, id, timestamp, each)}" for each in secrets)
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signatures,
    }


def verify(body: bytes, headers: Mapping[str, str], *, secret: str, now: datetime) -> str:
    """The id of a webhook that is genuine and fresh; raises NotGenuine.

    Keep the ids of the last ten minutes and take each once: then nothing can be replayed.
    """
    given = {name.lower(): value for name, value in headers.items()}
    id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not id or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise NotGenuine("a header is missing")
    if abs(now - datetime.fromtimestamp(int(timestamp), UTC)) > TOLERANCE:
        raise NotGenuine("the timestamp is too far from now")
    wanted = _signature(body, id, timestamp, secret).encode()
    for each in given.get("webhook-signature", "").split()[:16]:
        version, _, signature = each.partition(",")
        if version == "v1" and hmac.compare_digest(signature.encode(), wanted):
            return id
    raise NotGenuine("no signature fits")


def _signature(body: bytes, id: str, timestamp: str, secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook's secret is whsec_ and base64") from None
    signed = f"{id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
