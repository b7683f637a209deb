"""Cosignatures of witnesses on checkpoints, with Ed25519 (C2SP tlog-cosignature, version 1)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from seawall.signing.notes import COSIGNATURE, MAX_SIGNATURES, NoteKey, NoteSignature
from seawall.vocab.errors import BadInput

AHEAD = timedelta(minutes=10)
"""How far a witness's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """A verified cosignature: the line as it goes below a checkpoint, and its time."""

    line: str
    at: datetime


def cosigned_message(body: str, *, at_seconds: int) -> bytes:
    """What a witness signs: `body` are the checkpoint's lines without its signatures."""
    return f"cosignature/v1\ntime {at_seconds}\n{body}".encode()


def read_cosignature(lines: str, *, body: str, witness: NoteKey, now: datetime) -> Cosigned:
    """The witness's cosignature among signature lines, once it verifies; lines of others are
    ignored. Raises BadInput when there is none, when one of its lines does not verify, or when it
    is from the future."""
    if witness.kind != COSIGNATURE:
        raise BadInput("this is no key of a cosigner", where=witness.name)
    if not lines.endswith("\n") or lines.count("\n") > MAX_SIGNATURES:
        raise BadInput(f"a witness answers with at most {MAX_SIGNATURES} signature lines")
    signatures = [NoteSignature.parse(line) for line in lines[:-1].split("\n")]
    found = [each for each in signatures if each.is_by(witness)]
    if not found:
        raise BadInput("there is no cosignature of this witness", where=witness.name)
    verified = [_verified(each, body=body, witness=witness, now=now) for each in found]
    return verified[0]


def _verified(signature: NoteSignature, *, body: str, witness: NoteKey, now: datetime) -> Cosigned:
    seconds = int.from_bytes(signature.signature[:8], "big")
    message = cosigned_message(body, at_seconds=seconds)
    if not witness.public.verify(signature=signature.signature[8:], message=message):
        raise BadInput("the cosignature does not verify", where=witness.name)
    if seconds > (now + AHEAD).timestamp():
        raise BadInput("the cosignature is from the future", where=witness.name)
    return Cosigned(line=signature.line, at=datetime.fromtimestamp(seconds, UTC))
