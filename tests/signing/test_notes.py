"""Signed notes and verifier keys: the specification's examples, and what is refused."""

import base64

import pytest

from seawall.signing.keys import FileKeys, PublicKey
from seawall.signing.notes import COSIGNATURE, Note, NoteKey, NoteSignature, sign_note
from seawall.vocab.errors import BadInput

# The examples of C2SP signed-note and of the format's first implementation (sumdb/note).
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
PETERS = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
    "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zh"
    "cyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX"
    "3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


@pytest.fixture
def signer(tmp_path):
    return FileKeys(tmp_path / "keys").ensure("log")


@pytest.mark.parametrize("text", [FOO, PETER, REMORA])
def test_published_keys_are_read_and_written_back(text):
    assert NoteKey.parse(text).text == text


def test_the_kind_of_a_key_is_told_apart():
    assert NoteKey.parse(REMORA).kind == COSIGNATURE
    assert NoteKey.parse(FOO).kind == 1


def test_a_published_note_verifies_with_its_key_alone():
    note = Note.parse(PETERS)
    assert str(note) == PETERS
    assert note.is_signed_by(NoteKey.parse(PETER))
    assert not note.is_signed_by(NoteKey.parse(FOO))


@pytest.mark.parametrize("change", [("answer", "Answer"), ("is.\n", "is.\n\n"), ("LLr8", "LLr9")])
def test_a_changed_note_does_not_verify(change):
    assert not Note.parse(PETERS.replace(*change)).is_signed_by(NoteKey.parse(PETER))


def test_one_bad_signature_of_a_key_spoils_the_good_one():
    line = PETERS.split("\n\n")[1]
    both = PETERS + line.replace("pLLr8", "pLLr9")
    assert not Note.parse(both).is_signed_by(NoteKey.parse(PETER))


def test_a_signature_of_an_unknown_key_changes_nothing():
    more = PETERS + NoteSignature(name="other", key_id=b"abcd", signature=b"x" * 64).line
    assert Note.parse(more).is_signed_by(NoteKey.parse(PETER))


def test_the_specifications_cosigned_checkpoint_is_read_to_the_byte():
    note = Note.parse(SOFA)
    assert str(note) == SOFA
    assert [each.name for each in note.signatures] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    assert note.signatures[1].key_id.hex() == "8d66cf3f"


def test_what_is_signed_here_verifies(signer):
    note = sign_note("a text\n\nwith an empty line\n", name="example.com/log", signer=signer)
    key = NoteKey(name="example.com/log", public=signer.public)
    again = Note.parse(str(note).encode())
    assert again == note
    assert again.is_signed_by(key)
    assert not again.is_signed_by(NoteKey(name="example.com/other", public=signer.public))


def test_a_cosigners_key_signs_no_notes(signer):
    """The same bytes under another kind of key are not its word."""
    key = NoteKey(name="w", public=signer.public, kind=COSIGNATURE)
    line = NoteSignature(name="w", key_id=key.id, signature=signer.sign(b"text\n"))
    assert not Note(text="text\n", signatures=(line,)).is_signed_by(key)


def test_a_text_without_its_newline_is_not_signed(signer):
    with pytest.raises(ValueError, match="ends in a newline"):
        sign_note("text", name="w", signer=signer)


def _vkey(name: str, encoded: bytes) -> str:
    from hashlib import sha256

    digest = sha256(name.encode() + b"\n" + encoded).hexdigest()[:8]
    return f"{name}+{digest}+{base64.b64encode(encoded).decode()}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("example.com/foo", "a verifier key reads"),
        (FOO.replace("530d903a", "530D903A"), "a verifier key reads"),
        (FOO.replace("530d903a", "530d903b"), "not that of this name"),
        (FOO + "!", "not base64"),
        (_vkey("a", b"\x01" + bytes(31)), "neither"),
        (_vkey("a", b"\x02" + bytes(32)), "neither"),
        (_vkey("a b", b"\x01" + bytes(32)), "no white space"),
        (_vkey("n" * 256, b"\x01" + bytes(32)), "1 to 255"),
        (_vkey("", b"\x01" + bytes(32)), "no white space"),
        (FOO[:-1] + "=", "one spelling"),
    ],
)
def test_verifier_keys_that_are_none_are_refused(text, problem):
    with pytest.raises(BadInput, match=problem):
        NoteKey.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb"])
def test_a_key_has_a_name_that_notes_can_hold(name):
    with pytest.raises(BadInput):
        NoteKey(name=name, public=PublicKey(raw=bytes(32)))


LINE = "— a AAAAAAE=\n"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"\xff\n\n" + LINE.encode(), "UTF-8"),
        ("a\tb\n\n" + LINE, "control"),
        ("text\n" + LINE, "empty line"),
        ("text\n\n", "empty line"),
        ("text\n\n" + LINE[:-1], "empty line"),
        ("text\n\n- a AAAAAAE=\n", "a dash"),
        ("text\n\na AAAAAAE=\n", "a dash"),
        ("text\n\n— a\n", "a dash"),
        ("text\n\n— a+b AAAAAAE=\n", "no plus"),
        ("text\n\n— a AAAA\n", "four bytes"),
        ("text\n\n— a AAAAAAF=\n", "one spelling"),
        ("text\n\n" + LINE * 101, "at most 100"),
        ("text\n" * 300_000 + "\n" + LINE, "bytes"),
    ],
)
def test_notes_that_are_none_are_refused(raw, problem):
    with pytest.raises(BadInput, match=problem):
        Note.parse(raw)


def test_a_hundred_signatures_are_read():
    assert len(Note.parse("text\n\n" + LINE * 100).signatures) == 100
