"""Proofs that an entry is in a log, readable offline (C2SP tlog-proof)."""

from collections.abc import Sequence
from dataclasses import dataclass

from seawall_verify.checkpoints import Checkpoint, check_cosignatures, open_checkpoint
from seawall_verify.entries import CheckEntry, check_seawall_entry
from seawall_verify.failures import VerificationFailed
from seawall_verify.keys import VerifierKey
from seawall_verify.notes import MAX_NOTE_BYTES
from seawall_verify.texts import a_hash, decimal, unbase64
from seawall_verify.trees import check_inclusion, leaf_hash

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF_CHARACTERS = 2 * MAX_NOTE_BYTES
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An entry is number `index` of the log at `checkpoint`; `cosigned_by` names witnesses."""

    checkpoint: Checkpoint
    index: int
    cosigned_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProof:
    """The parts of a proof, nothing of them verified."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str


def verify_proof(
    proof_text: str,
    *,
    entry: bytes,
    keys: Sequence[VerifierKey],
    origin: str | None,
    witnesses: Sequence[VerifierKey] = (),
    need: int = 0,
    check_entry: CheckEntry = check_seawall_entry,
) -> Proven:
    """Where `entry` is in the log `origin`, by a proof that needs no network.

    The checkpoint must be signed by one of `keys` and cosigned by `need` of `witnesses`; the entry
    must pass `check_entry`. Raises VerificationFailed.
    """
    proof = read_proof(proof_text)
    checkpoint = open_checkpoint(proof.checkpoint, keys=keys, origin=origin)
    names = check_cosignatures(proof.checkpoint, witnesses, need)
    check_inclusion(
        index=proof.index,
        size=checkpoint.size,
        leaf=leaf_hash(entry),
        root=checkpoint.root,
        proof=proof.hashes,
    )
    check_entry(proof.index, entry)
    return Proven(checkpoint=checkpoint, index=proof.index, cosigned_by=names)


def read_proof(text: str) -> ReadProof:
    """Read the text of a proof, or raise VerificationFailed."""
    if len(text) > MAX_PROOF_CHARACTERS:
        raise VerificationFailed("The proof is too long.")
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines.pop(0) != HEADER:
        raise VerificationFailed(f"A proof begins with the line {HEADER}; this does not.")
    if lines and lines[0].startswith("extra "):
        unbase64(lines.pop(0).removeprefix("extra "), "The extra data of the proof")
    if not lines or not lines[0].startswith("index "):
        raise VerificationFailed("The proof does not say which entry it is about.")
    index = decimal(lines.pop(0).removeprefix("index "), "The index in the proof")
    if len(lines) > _MAX_HASHES:
        raise VerificationFailed(f"The proof has {len(lines)} hashes; {_MAX_HASHES} can be.")
    hashes = tuple(a_hash(line, "A hash in the proof") for line in lines)
    return ReadProof(index=index, hashes=hashes, checkpoint=checkpoint)
