"""DSSE v1 envelopes (secure-systems-lab/dsse: protocol.md, envelope.md)."""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from seawall.signing.keys import Signer, Verifier
from seawall.vocab.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """`keyid` is a hint and proves nothing."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload, what it is, and who signed both."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def to_json(self) -> str:
        """The JSON form, with standard base64, on one line."""
        return json.dumps(
            {
                "payload": _base64(self.payload),
                "payloadType": self.payload_type,
                "signatures": [{"keyid": s.keyid, "sig": _base64(s.sig)} for s in self.signatures],
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> "Envelope":
        """Read the JSON form; unknown fields are ignored. Raises BadInput."""
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadInput("a DSSE envelope is JSON, this is not") from error
        if not isinstance(raw, dict):
            raise BadInput("a DSSE envelope is a JSON object")
        signatures = raw.get("signatures")
        if not isinstance(signatures, list) or not signatures:
            raise BadInput("at least one signature is needed", where="/signatures")
        return cls(
            payload_type=_text(raw, "payloadType"),
            payload=_bytes(raw, "payload"),
            signatures=tuple(_signature(s, number) for number, s in enumerate(signatures)),
        )


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, *, payload_type: str, signers: Iterable[Signer]) -> Envelope:
    """Sign `payload` with each of `signers`."""
    message = pae(payload_type, payload)
    signatures = tuple(Signature(keyid=s.public.id, sig=s.sign(message)) for s in signers)
    if not signatures:
        raise ValueError("an envelope needs a signer")
    return Envelope(payload_type=payload_type, payload=payload, signatures=signatures)


def verify(
    envelope: Envelope, *, trusted: Iterable[Verifier], threshold: int = 1
) -> frozenset[str]:
    """The ids of the trusted keys that signed; raises SignatureInvalid below `threshold`.

    Each key counts once, however many signatures it made; `keyid` is not relied on.
    """
    if threshold < 1:
        raise ValueError("a threshold is at least 1")
    message = pae(envelope.payload_type, envelope.payload)
    signed = frozenset(
        key.id
        for key in trusted
        if any(key.verify(signature=s.sig, message=message) for s in envelope.signatures)
    )
    if len(signed) < threshold:
        raise SignatureInvalid(f"{len(signed)} of {threshold} needed trusted keys signed this.")
    return signed


class SignatureInvalid(Exception):
    """Too few trusted keys signed; the payload must not be used. Retrying does not help."""


def _signature(raw: Any, number: int) -> Signature:
    if not isinstance(raw, dict):
        raise BadInput("a signature is a JSON object", where=f"/signatures/{number}")
    keyid = raw.get("keyid", "")
    return Signature(keyid=keyid if isinstance(keyid, str) else "", sig=_bytes(raw, "sig"))


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str):
        raise BadInput("a text is needed here", where=f"/{key}")
    return value


def _bytes(raw: dict[str, Any], key: str) -> bytes:
    """Standard or URL-safe base64, as the specification lets a reader accept both."""
    text = _text(raw, key).translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("this is not base64", where=f"/{key}") from error


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
