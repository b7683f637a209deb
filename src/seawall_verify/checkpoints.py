"""Checkpoints: a log's signed size and root (C2SP tlog-checkpoint), and what witnesses added
(C2SP tlog-cosignature, Ed25519)."""

from collections.abc import Sequence
from dataclasses import dataclass

from seawall_verify.failures import VerificationFailed
from seawall_verify.keys import COSIGNATURE, NOTE, VerifierKey
from seawall_verify.notes import Note, read_note
from seawall_verify.texts import MAX_SIZE, a_hash, decimal, shown

_STAMP_BYTES, _SIGNATURE_BYTES = 8, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The log `origin` had `size` entries and the Merkle root `root`; `text` is the signed note."""

    origin: str
    size: int
    root: bytes
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A witness saw this checkpoint as the newest one; `at` in seconds since 1970, UTC."""

    name: str
    at: int


def open_checkpoint(
    text: str, *, keys: Sequence[VerifierKey], origin: str | None = None
) -> Checkpoint:
    """The checkpoint that `text` holds, signed by one of the log's `keys`.

    `origin` is the log it must be of; without it, the log must be named like the key that signed.
    """
    note = read_note(text)
    checkpoint = unverified(note, text)
    signers = _signers(note, keys)
    if not signers:
        raise VerificationFailed(
            f"The checkpoint of {shown(checkpoint.origin)} is not signed by the expected key."
        )
    expected = {origin} if origin is not None else {key.name for key in signers}
    if checkpoint.origin not in expected:
        raise VerificationFailed(
            f"The checkpoint is of the log {shown(checkpoint.origin)}; "
            f"expected was {shown(min(expected))}."
        )
    return checkpoint


def check_cosignatures(text: str, witnesses: Sequence[VerifierKey], need: int) -> tuple[str, ...]:
    """The names of the `witnesses` that cosigned the checkpoint `text`; at least `need` of them."""
    found = cosignatures(text, witnesses)
    if len(found) < need:
        raise VerificationFailed(
            f"{len(found)} of {len(witnesses)} known witnesses cosigned the checkpoint; "
            f"{need} are needed."
        )
    return tuple(cosignature.name for cosignature in found)


def cosignatures(text: str, witnesses: Sequence[VerifierKey]) -> tuple[Cosignature, ...]:
    """What `witnesses` put below the checkpoint `text`: one for each key that did, in the order
    of `witnesses`. A wrong cosignature of a known witness fails the whole."""
    note = read_note(text)
    unverified(note, text)
    known = [key for key in witnesses if key.kind == COSIGNATURE]
    newest: dict[bytes, Cosignature] = {}
    for key, value in note.by(known):
        at = _cosigned_at(key, value, note.text)
        if key.raw not in newest or at > newest[key.raw].at:
            newest[key.raw] = Cosignature(name=key.name, at=at)
    return tuple(newest[raw] for raw in dict.fromkeys(key.raw for key in known) if raw in newest)


def unverified(note: Note, text: str) -> Checkpoint:
    """What the note `text` says as a checkpoint, whoever signed it."""
    lines = note.text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):
        raise VerificationFailed(
            "A checkpoint says the log's origin, its size and its root, each on a line; "
            "this does not."
        )
    return Checkpoint(
        origin=lines[0],
        size=decimal(lines[1], "The size in the checkpoint"),
        root=a_hash(lines[2], "The root in the checkpoint"),
        text=text,
    )


def cosigned_message(body: str, at: int) -> bytes:
    """What a witness signs of the note text `body` at `at` (tlog-cosignature, Ed25519)."""
    return f"cosignature/v1\ntime {at}\n{body}".encode()


def _signers(note: Note, keys: Sequence[VerifierKey]) -> list[VerifierKey]:
    signers = []
    for key, value in note.by([key for key in keys if key.kind == NOTE]):
        if not key.verify(value, note.text.encode()):
            raise VerificationFailed(f"The signature of {shown(key.name)} is wrong.")
        signers.append(key)
    return signers


def _cosigned_at(key: VerifierKey, value: bytes, body: str) -> int:
    at = int.from_bytes(value[:_STAMP_BYTES], "big")
    if (
        len(value) != _STAMP_BYTES + _SIGNATURE_BYTES
        or at > MAX_SIZE
        or not key.verify(value[_STAMP_BYTES:], cosigned_message(body, at))
    ):
        raise VerificationFailed(f"The cosignature of the witness {shown(key.name)} is wrong.")
    return at
