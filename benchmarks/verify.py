"""How fast the verifier reads a whole log, beside plain hashing of the same bytes.

    python benchmarks/verify.py [ENTRIES]

Makes a log in a temporary folder (two thirds commitments, one third public events), verifies it
from the folder with `verify_log`, and hashes the same entries and tree nodes with `hashlib` and
nothing else: no files, no comparison, no parsing. That is the limit; the ratio is what counts.
"""

import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests" / "verify")]

from smalllog import ORIGIN, TestKey, checkpoint, entries, files, write  # noqa: E402

from seawall_verify import Folder, VerifierKey, verify_log  # noqa: E402

ROUNDS = 3


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    leaves, key = entries(size), TestKey(ORIGIN)
    keys = [VerifierKey.parse(key.vkey)]
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(Path(name))
        write(Path(name), files(leaves) | {"checkpoint": checkpoint(leaves, key).encode()})
        verified = best(lambda: verify_log(folder.fetch, keys=keys, files=folder.files))
        unread = best(
            lambda: verify_log(folder.fetch, keys=keys, check_entry=lambda index, entry: None)
        )
    hashed = best(lambda: hash_all(leaves))
    print(
        f"{size:,} entries, {sum(map(len, leaves)) / size:.0f} bytes each; {os.cpu_count()} cores"
    )
    for what, seconds in (
        ("verify_log", verified),
        ("without reading the index inside", unread),
        ("plain hashing", hashed),
    ):
        print(f"  {what:<34}{size / seconds:>12,.0f} entries/s")
    print(f"  {verified / hashed:.1f} times the processor time of plain hashing")


def best(run) -> float:
    """The least processor time of a few runs, in seconds."""
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        run()
        times.append(time.process_time() - begun)
    return min(times)


def hash_all(leaves: list[bytes]) -> None:
    """As many hashes over as many bytes as the tree of these entries has."""
    sha256 = hashlib.sha256
    row = [sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(row) > 1:
        row = [sha256(b"\1" + a + b).digest() for a, b in zip(row[::2], row[1::2], strict=False)]


if __name__ == "__main__":
    main()
