"""Verifies a transparency log and what it holds; shares no code with what writes it.

A log in the form of C2SP tlog-tiles, its checkpoints, its witnesses' cosignatures, and proofs that
an entry is in it. Everything that is read is foreign: a failure is `VerificationFailed` with one
sentence that says what and where.
"""

from seawall_verify.checkpoints import (
    Checkpoint,
    Cosignature,
    check_cosignatures,
    cosignatures,
    open_checkpoint,
)
from seawall_verify.continuing import consistent
from seawall_verify.entries import check_seawall_entry, stated_index
from seawall_verify.failures import (
    Forked,
    Missing,
    RolledBack,
    Unreachable,
    VerificationFailed,
)
from seawall_verify.keys import VerifierKey
from seawall_verify.logs import Report, verify_log
from seawall_verify.places import Folder, Web, WrongAddress
from seawall_verify.proofs import Proven, verify_proof
from seawall_verify.tiles import Fetch, most_bytes
from seawall_verify.trees import leaf_hash

__all__ = [
    "Checkpoint",
    "Cosignature",
    "Fetch",
    "Folder",
    "Forked",
    "Missing",
    "Proven",
    "Report",
    "RolledBack",
    "Unreachable",
    "VerificationFailed",
    "VerifierKey",
    "Web",
    "WrongAddress",
    "check_cosignatures",
    "check_seawall_entry",
    "consistent",
    "cosignatures",
    "leaf_hash",
    "most_bytes",
    "open_checkpoint",
    "stated_index",
    "verify_log",
    "verify_proof",
]
