"""A log, its proofs and cosignatures as other programs write them (tests/vectors/tlog)."""

import base64
import json
from pathlib import Path

import pytest

from seawall_verify import (
    VerificationFailed,
    VerifierKey,
    consistent,
    cosignatures,
    open_checkpoint,
    verify_log,
    verify_proof,
)
from seawall_verify.entries import read_bundle
from seawall_verify.trees import check_consistency
from verify.smalllog import fetcher

LOG = json.loads((Path(__file__).parents[1] / "vectors" / "tlog" / "log.json").read_text())
FILES = {path: base64.b64decode(data) for path, data in LOG["files"].items()}
CHECKPOINTS = {int(size): text for size, text in LOG["checkpoints"].items()}
PROOFS = {int(index): text for index, text in LOG["proofs"].items()}
CONSISTENCY = {int(size): lines for size, lines in LOG["consistency"].items()}
KEYS = [VerifierKey.parse(LOG["key"])]
WITNESSES = [VerifierKey.parse(LOG["witness_key"])]
ENTRIES = [
    entry
    for path in ("tile/entries/000", "tile/entries/001.p/44")
    for entry in read_bundle(FILES[path], path)
]


def opened(size):
    return open_checkpoint(CHECKPOINTS[size], keys=KEYS)


def test_the_whole_log_verifies():
    log = FILES | {"checkpoint": CHECKPOINTS[300].encode()}
    report = verify_log(
        fetcher(log), keys=KEYS, witnesses=WITNESSES, need=1, files=lambda: list(log)
    )
    assert (report.entries, report.cosigned_by) == (300, ("witness.example/go",))


@pytest.mark.parametrize("size", CHECKPOINTS)
def test_every_checkpoint_opens_and_is_continued(size):
    assert opened(size).size == size
    assert len(cosignatures(CHECKPOINTS[size], WITNESSES)) == 1
    consistent(opened(size), opened(300), fetcher(FILES))


@pytest.mark.parametrize("size", CHECKPOINTS)
def test_every_consistency_proof_verifies(size):
    check_consistency(
        old_size=size,
        old_root=opened(size).root,
        new_size=300,
        new_root=opened(300).root,
        proof=[base64.b64decode(line) for line in CONSISTENCY[size]],
    )


@pytest.mark.parametrize("index", PROOFS)
def test_every_inclusion_proof_verifies(index):
    def proven(entry):
        return verify_proof(
            PROOFS[index],
            entry=entry,
            keys=KEYS,
            origin="go.example/log",
            witnesses=WITNESSES,
            need=1,
        )

    assert proven(ENTRIES[index]).index == index
    with pytest.raises(VerificationFailed):
        proven(ENTRIES[index - 1])
