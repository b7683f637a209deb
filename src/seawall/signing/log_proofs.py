"""Proofs for taking along that a log holds an entry (C2SP tlog-proof)."""

from base64 import b64encode
from collections.abc import Sequence

HEADER = "c2sp.org/tlog-proof@v1"


def write_proof(*, index: int, path: Sequence[bytes], checkpoint: str, extra: bytes = b"") -> str:
    """The text of a proof: `path` leads from leaf `index` to the root of `checkpoint`, a signed
    note; `extra` is for whoever reads it, and not covered by any signature."""
    lines = [HEADER]
    if extra:
        lines.append(f"extra {b64encode(extra).decode()}")
    lines.append(f"index {index}")
    lines.extend(b64encode(each).decode() for each in path)
    return "\n".join(lines) + "\n\n" + checkpoint
