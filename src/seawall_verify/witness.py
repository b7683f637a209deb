"""A witness of logs: it cosigns a checkpoint only when the log continues the one it cosigned last
(C2SP tlog-witness, `add-checkpoint`). It believes nothing of the log but its signature."""

import base64
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seawall_verify.checkpoints import Checkpoint, cosigned_message, open_checkpoint, unverified
from seawall_verify.failures import VerificationFailed
from seawall_verify.keys import VerifierKey
from seawall_verify.notes import MAX_NOTE_BYTES, read_note
from seawall_verify.texts import a_hash, decimal, shown, utf8
from seawall_verify.trees import check_consistency
from seawall_verify.witness_memory import KnownLog, Memory

MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 4096
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the witness answers: an HTTP status and a text."""

    status: int
    text: str
    kind: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    old: int
    proof: tuple[bytes, ...]
    text: str
    checkpoint: Checkpoint


class Witness:
    """The witness whose memory lies in one file; any number of processes may use it at once."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._private: Ed25519PrivateKey = memory.private()
        self._key: VerifierKey = memory.vkey()

    def add_checkpoint(self, body: bytes, *, now: int) -> Answer:
        """Answer the `body` of a request; `now` in seconds since 1970.

        The checkpoint is on the disk as the newest one before the cosignature exists, so that
        no crash lets the witness cosign an older or another one afterwards.
        """
        try:
            request = _read(body)
        except VerificationFailed as error:
            return Answer(status=400, text=f"{error}\n")
        with self._memory.open() as database:
            known = self._memory.log(database, request.checkpoint.origin)
            if known is None:
                return _unknown(request)
            refused = _refusal(request, known)
            if refused is not None:
                return refused
            new = request.checkpoint
            self._memory.remember(
                database,
                replace(known, size=new.size, root=new.root, note=new.text, cosigned_at=now),
            )
        return Answer(status=200, text=self._cosignature(request.text, now))

    def _cosignature(self, text: str, now: int) -> str:
        """The signature line for the checkpoint `text`."""
        message = cosigned_message(read_note(text).text, now)
        value = self._key.id + now.to_bytes(8, "big") + self._private.sign(message)
        return f"— {self._key.name} {base64.b64encode(value).decode()}\n"


def _read(body: bytes) -> _Request:
    """The parts of a request, nothing of them verified, or VerificationFailed."""
    if len(body) > MAX_REQUEST_BYTES:
        raise VerificationFailed(f"The request is longer than {MAX_REQUEST_BYTES} bytes.")
    head, gap, text = utf8(body, "The request").partition("\n\n")
    lines = head.split("\n")
    first = lines.pop(0)
    if not gap or not first.startswith("old "):
        raise VerificationFailed(
            "A request is the line `old SIZE`, a proof, an empty line and a checkpoint."
        )
    if len(lines) > _MAX_HASHES:
        raise VerificationFailed(f"The proof has {len(lines)} hashes; {_MAX_HASHES} can be.")
    request = _Request(
        old=decimal(first.removeprefix("old "), "The old size"),
        proof=tuple(a_hash(line, "A hash in the proof") for line in lines),
        text=text,
        checkpoint=unverified(read_note(text), text),
    )
    if request.old > request.checkpoint.size:
        raise VerificationFailed(
            f"The old size {request.old} is larger than the checkpoint's {request.checkpoint.size}."
        )
    return request


def _refusal(request: _Request, known: KnownLog) -> Answer | None:
    """Why the checkpoint is not cosigned, in the order that tlog-witness gives; None when it is."""
    new = request.checkpoint
    try:
        open_checkpoint(request.text, keys=known.keys, origin=known.origin)
    except VerificationFailed as error:
        return Answer(status=403, text=f"{error}\n")
    if request.old != known.size or (new.size == known.size and new.root != known.root):
        return Answer(status=409, text=f"{known.size}\n", kind="text/x.tlog.size")
    try:
        check_consistency(
            old_size=known.size,
            old_root=known.root,
            new_size=new.size,
            new_root=new.root,
            proof=request.proof,
        )
    except VerificationFailed as error:
        return Answer(status=422, text=f"{error}\n")
    return None


def _unknown(request: _Request) -> Answer:
    return Answer(
        status=404, text=f"No log called {shown(request.checkpoint.origin)} is known here.\n"
    )
