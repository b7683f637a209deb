"""tlog-proofs: what they prove, and that nothing else does."""

import base64

import pytest

from seawall_verify import VerificationFailed, VerifierKey, verify_proof
from verify.smalllog import ORIGIN, TestKey, entries, proof_text

LOG, WITNESS = TestKey(ORIGIN), TestKey("witness.example/w", 4)
KEYS, WITNESSES = [VerifierKey.parse(LOG.vkey)], [VerifierKey.parse(WITNESS.vkey)]
LEAVES = entries(300)


def proven(text, entry, **more):
    return verify_proof(text, entry=entry, keys=KEYS, origin=ORIGIN, **more)


@pytest.mark.parametrize("index", [0, 1, 2, 255, 256, 299])
def test_a_proof_proves(index):
    found = proven(proof_text(index, LEAVES, LOG), LEAVES[index])
    assert (found.index, found.checkpoint.size, found.cosigned_by) == (index, 300, ())


def test_a_log_of_one_entry_proves_without_hashes():
    assert proven(proof_text(0, LEAVES[:1], LOG), LEAVES[0]).index == 0


def test_witnesses_are_required():
    text = proof_text(7, LEAVES, LOG, WITNESS)
    assert proven(text, LEAVES[7], witnesses=WITNESSES, need=1).cosigned_by == (WITNESS.name,)
    with pytest.raises(VerificationFailed, match="0 of 1 known witnesses"):
        proven(proof_text(7, LEAVES, LOG), LEAVES[7], witnesses=WITNESSES, need=1)


def test_extra_data_is_skipped():
    text = proof_text(7, LEAVES, LOG).replace("\n", "\nextra aGVsbG8=\n", 1)
    assert proven(text, LEAVES[7]).index == 7


GOOD = proof_text(7, LEAVES, LOG)
OTHER_HASH = base64.b64encode(b"\7" * 32).decode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "A proof begins with the line"),
        (GOOD.replace("@v1", "@v2"), "A proof begins with the line"),
        (GOOD.split("\n\n")[0], "A proof begins with the line"),
        (GOOD.replace("index 7", "index 07"), "The index in the proof is not a number"),
        (GOOD.replace("index 7", "index 6"), "does not show that entry 6 is in the log"),
        (GOOD.replace("index 7", "index 300"), "Entry 300 is not among"),
        (GOOD.replace("index 7\n", ""), "does not say which entry"),
        (GOOD.replace("index 7\n", "extra !\nindex 7\n"), "extra data of the proof is not base64"),
        (GOOD.replace("index 7\n", "index 7\nAAAA\n"), "A hash in the proof has 3 bytes"),
        (GOOD.replace("index 7\n", f"index 7\n{OTHER_HASH}\n"), "does not show that entry 7"),
        (GOOD.replace("index 7\n", "index 7\n" + f"{OTHER_HASH}\n" * 64), "hashes; 63 can be"),
        (GOOD + "x" * 200_000, "too long"),
    ],
)
def test_what_is_no_proof_is_refused(text, says):
    with pytest.raises(VerificationFailed, match=says):
        proven(text, LEAVES[7])


def test_a_proof_is_of_one_entry_only():
    for entry in (LEAVES[8], LEAVES[7] + b" ", b""):
        with pytest.raises(VerificationFailed, match="does not show that entry 7 is in the log"):
            proven(GOOD, entry)


def test_a_proof_by_another_key_or_of_another_log_is_refused():
    with pytest.raises(VerificationFailed, match="not signed by the expected key"):
        proven(proof_text(7, LEAVES, TestKey(ORIGIN, seed="another")), LEAVES[7])
    with pytest.raises(VerificationFailed, match="expected was"):
        verify_proof(GOOD, entry=LEAVES[7], keys=KEYS, origin="other.example/log")


def test_an_entry_that_names_another_index_is_refused():
    shifted = [*LEAVES[:7], LEAVES[8], *LEAVES[7:]]
    with pytest.raises(VerificationFailed, match="Entry 7 says that it is entry 8"):
        proven(proof_text(7, shifted, LOG), LEAVES[8])
    found = proven(proof_text(7, shifted, LOG), LEAVES[8], check_entry=lambda index, entry: None)
    assert found.index == 7
