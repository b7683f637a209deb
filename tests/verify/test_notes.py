"""Verifier keys, signed notes, checkpoints and cosignatures: read strictly, verified wholly."""

import base64

import pytest

from seawall_verify import (
    VerificationFailed,
    VerifierKey,
    check_cosignatures,
    cosignatures,
    open_checkpoint,
)
from seawall_verify.notes import MAX_SIGNATURES, read_note
from verify.smalllog import ORIGIN, TestKey, body, checkpoint, entries

LOG = TestKey(ORIGIN)
OTHER = TestKey("other.example/log")
W1, W2, W3 = (TestKey(f"witness.example/w{n}", 4) for n in (1, 2, 3))
KEY = VerifierKey.parse(LOG.vkey)
WITNESSES = [VerifierKey.parse(w.vkey) for w in (W1, W2, W3)]
LEAVES = entries(5)
BODY = body(LEAVES)
SIGNED = checkpoint(LEAVES, LOG)


def refused(match):
    return pytest.raises(VerificationFailed, match=match)


def test_a_verifier_key_is_read_and_written():
    assert str(KEY) == LOG.vkey
    assert (KEY.name, KEY.kind, KEY.raw) == (ORIGIN, 1, LOG.private.public_key().public_bytes_raw())
    assert VerifierKey.parse(W1.vkey).kind == 4


def test_the_specifications_example_key_verifies_its_example_note():
    """From the documentation of Go's golang.org/x/mod/sumdb/note."""
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    note = read_note(
        f"{text}\n— PeterNeumann "
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    (found,) = note.by([key])
    assert note.text == text
    assert key.verify(found[1], text.encode())
    assert not key.verify(found[1], text.upper().encode())


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "a+b",
        LOG.vkey + "=",
        LOG.vkey + "\n",
        " " + LOG.vkey,
        LOG.vkey.replace("+", "+0", 1),
        LOG.vkey.replace("log.example", "log.examplf"),
        LOG.vkey.replace("log.example", "log example"),
        "+" + LOG.vkey.split("+", 1)[1],
        "x" * 2000 + LOG.vkey,
        "bad\udc80name+00000000+AAAA",
        f"n+00000000+{base64.b64encode(bytes([2]) + bytes(32)).decode()}",
        f"n+00000000+{base64.b64encode(bytes([1]) + bytes(31)).decode()}",
    ],
)
def test_what_is_no_verifier_key_is_refused(vkey):
    with refused(r"erifier key"):
        VerifierKey.parse(vkey)


def test_an_upper_case_id_is_refused():
    name, id_, key = LOG.vkey.split("+", 2)
    if id_.upper() != id_:
        with refused("has the id"):
            VerifierKey.parse(f"{name}+{id_.upper()}+{key}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "A signed note is text"),
        ("text\n", "A signed note is text"),
        (SIGNED.rstrip("\n"), "A signed note is text"),
        (SIGNED + "\n", "A signed note is text"),
        (BODY + "\n", "A signed note is text"),
        ("\n\n— a AAAAAAAA\n", "A signed note is text"),
        (SIGNED + "more\n", "not a signature line"),
        (SIGNED.replace("— ", "- "), "not a signature line"),
        (SIGNED.replace("— ", "—"), "not a signature line"),
        (SIGNED.replace("seawall ", "seawall  "), "not base64"),
        (SIGNED.replace("\n— log", "\n— lo+g"), "not a signature line"),
        (SIGNED.replace("\n5\n", "\n5\r\n"), "control characters"),
        (SIGNED.replace("\n5\n", "\n5\x00\n"), "control characters"),
        (SIGNED + "— name AAAA\n", "is empty"),
        (SIGNED + "— name AAAAAAA=A\n", "not base64"),
        (SIGNED + "— name AAAAAAB=\n", "not base64"),
        (SIGNED + LOG.line(BODY) * MAX_SIGNATURES, "65 signatures"),
        ("x" * 65536 + SIGNED, "bytes"),
        ("\ud800" + SIGNED, "UTF-8"),
    ],
)
def test_what_is_no_signed_note_is_refused(text, says):
    with refused(says):
        read_note(text)


def test_an_empty_line_may_be_in_the_text():
    assert read_note(f"one\n\ntwo\n\n{LOG.line('x')}").text == "one\n\ntwo\n"


def test_a_checkpoint_opens_with_the_log_s_key():
    found = open_checkpoint(SIGNED, keys=[KEY])
    assert (found.origin, found.size, found.text) == (ORIGIN, 5, SIGNED)
    assert base64.b64encode(found.root).decode() == BODY.split("\n")[2]


def test_signatures_of_unknown_keys_are_ignored():
    noisy = checkpoint(LEAVES, OTHER, LOG, TestKey(ORIGIN, seed="another"), W1)
    assert open_checkpoint(noisy, keys=[KEY]).size == 5


def test_a_checkpoint_of_another_key_does_not_open():
    for text in (
        checkpoint(LEAVES, TestKey(ORIGIN, seed="another")),
        checkpoint(LEAVES, OTHER),
        SIGNED.replace(f"— {ORIGIN}", "— other.example"),
    ):
        with refused("is not signed by the expected key"):
            open_checkpoint(text, keys=[KEY])


def test_no_key_opens_nothing():
    with refused("is not signed by the expected key"):
        open_checkpoint(SIGNED, keys=[])


def test_a_witness_s_key_signs_no_checkpoint():
    cosigned = BODY + "\n" + W1.line(BODY)
    with refused("is not signed by the expected key"):
        open_checkpoint(cosigned, keys=WITNESSES, origin=ORIGIN)


def test_a_wrong_signature_of_a_known_key_spoils_the_note():
    wrong = LOG.line("another text\n")
    for text in (f"{BODY}\n{wrong}", SIGNED + wrong, f"{BODY}\n{wrong}{LOG.line(BODY)}"):
        with refused(f"The signature of '{ORIGIN}' is wrong"):
            open_checkpoint(text, keys=[KEY])


def test_any_other_text_is_not_what_was_signed():
    lines = LOG.line(BODY)
    for text in (BODY.replace("\n5\n", "\n6\n"), BODY + "extension\n"):
        with refused("is wrong"):
            open_checkpoint(f"{text}\n{lines}", keys=[KEY])


def test_a_checkpoint_of_another_log_is_refused():
    foreign = checkpoint(LEAVES, LOG, origin="other.example/log")
    with refused("is of the log 'other.example/log'; expected was 'log.example/seawall'"):
        open_checkpoint(foreign, keys=[KEY])
    assert open_checkpoint(foreign, keys=[KEY], origin="other.example/log").size == 5
    with refused("expected was 'third.example'"):
        open_checkpoint(foreign, keys=[KEY], origin="third.example")


ROOT = BODY.split("\n")[2]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{ORIGIN}\n5\n", "origin, its size and its root"),
        (f"{ORIGIN}\n\n{ROOT}\n", "origin, its size and its root"),
        (f"\n5\n{ROOT}\n", "origin, its size and its root"),
        (f"{ORIGIN}\n05\n{ROOT}\n", "size in the checkpoint is not a number"),
        (f"{ORIGIN}\n-5\n{ROOT}\n", "size in the checkpoint is not a number"),
        (f"{ORIGIN}\n5 \n{ROOT}\n", "size in the checkpoint is not a number"),
        (f"{ORIGIN}\n٥\n{ROOT}\n", "size in the checkpoint is not a number"),
        (f"{ORIGIN}\n{2**63}\n{ROOT}\n", "size in the checkpoint is not a number"),
        (f"{ORIGIN}\n5\n{ROOT[:-1]}\n", "root in the checkpoint is not base64"),
        (f"{ORIGIN}\n5\n{base64.b64encode(bytes(31)).decode()}\n", "has 31 bytes"),
    ],
)
def test_what_is_no_checkpoint_is_refused_though_signed(text, says):
    with refused(says):
        open_checkpoint(f"{text}\n{LOG.line(text)}", keys=[KEY], origin=ORIGIN)


def test_extension_lines_are_part_of_what_is_signed():
    text = BODY + "extension\n"
    assert open_checkpoint(f"{text}\n{LOG.line(text)}", keys=[KEY]).size == 5


def test_witnesses_are_counted():
    text = checkpoint(LEAVES, LOG, W3, W1)
    assert check_cosignatures(text, WITNESSES, 2) == ("witness.example/w1", "witness.example/w3")
    assert check_cosignatures(text, WITNESSES[1:2], 0) == ()
    with refused("2 of 3 known witnesses cosigned the checkpoint; 3 are needed"):
        check_cosignatures(text, WITNESSES, 3)


def test_a_cosignature_tells_its_time():
    text = SIGNED + W1.line(BODY, at=1_700_000_000) + W1.line(BODY, at=1_700_000_060)
    (found,) = cosignatures(text, WITNESSES)
    assert (found.name, found.at) == ("witness.example/w1", 1_700_000_060)


def test_one_witness_counts_once_under_whatever_names():
    again = TestKey("witness.example/again", 4, seed=W1.name)
    text = checkpoint(LEAVES, LOG, W1, W1, again)
    both = [WITNESSES[0], VerifierKey.parse(again.vkey)]
    assert len(check_cosignatures(text, both, 1)) == 1
    with refused("2 are needed"):
        check_cosignatures(text, both, 2)


def forged(witness, made_for, *, at=1_800_000_000):
    """A line that says it is the witness's, made for another text."""
    return SIGNED + witness.line(made_for, at=at)


def test_a_forged_cosignature_spoils_the_checkpoint():
    elsewhere = body(entries(6))
    line = W1.line(BODY)
    raw = base64.b64decode(line.split(" ")[2])
    later = raw[:4] + (1_800_000_001).to_bytes(8, "big") + raw[12:]
    short, endless = raw[:-1], raw[:4] + b"\xff" * 8 + raw[12:]
    for text in (
        forged(W1, elsewhere),
        *(
            SIGNED + f"— {W1.name} {base64.b64encode(data).decode()}\n"
            for data in (later, short, endless)
        ),
    ):
        with refused("The cosignature of the witness 'witness.example/w1' is wrong"):
            check_cosignatures(text, WITNESSES, 0)


def test_the_log_s_own_signature_is_no_cosignature():
    alias = TestKey(W1.name, 1)
    text = checkpoint(LEAVES, LOG, alias)
    with refused("0 of 2 known witnesses"):
        check_cosignatures(text, [KEY, VerifierKey.parse(alias.vkey)], 1)


def test_only_checkpoints_are_cosigned():
    text = "hello\n"
    with refused("origin, its size and its root"):
        check_cosignatures(f"{text}\n{W1.line(text)}", WITNESSES, 1)
