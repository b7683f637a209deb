"""Checkpoints and proofs as texts: the specifications' examples, and what is refused."""

import pytest

from seawall.signing.checkpoints import TreeHead, sign_checkpoint
from seawall.signing.keys import FileKeys
from seawall.signing.log_proofs import write_proof
from seawall.signing.notes import Note, NoteKey
from seawall.vocab.errors import BadInput

SOFA = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_the_specifications_example_is_read_and_written_back():
    head = TreeHead.parse(SOFA)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert head.root.hex().startswith("0ac5186a")
    assert head.body == SOFA


def test_more_lines_are_ignored_as_they_must_be():
    assert TreeHead.parse(SOFA + "more\n") == TreeHead.parse(SOFA)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a\n1\n",
        SOFA[:-1],
        SOFA + "\n",
        SOFA + "more",
        "\n" + SOFA.split("\n", 1)[1],
        SOFA.replace("20852163", "020852163"),
        SOFA.replace("20852163", "-1"),
        SOFA.replace("20852163", "9" * 20),
        SOFA.replace("20852163", "٣"),
        SOFA.replace("2I=", "2I"),
        SOFA.replace("CsUY", "CsU"),
    ],
)
def test_what_is_no_checkpoint_is_refused(body):
    with pytest.raises(BadInput):
        TreeHead.parse(body)


def test_a_checkpoint_is_signed_in_the_name_of_its_origin(tmp_path):
    signer = FileKeys(tmp_path).ensure("log")
    note = sign_checkpoint(TreeHead.parse(SOFA), signer=signer)
    assert note.text == SOFA
    assert Note.parse(str(note)).is_signed_by(
        NoteKey(name="example.com/behind-the-sofa", public=signer.public)
    )


def test_a_proof_reads_as_the_specification_says():
    text = write_proof(index=73_894, path=[bytes(32), b"\xff" * 32], checkpoint="CHECKPOINT\n")
    assert text == (
        "c2sp.org/tlog-proof@v1\nindex 73894\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "//////////////////////////////////////////8=\n"
        "\nCHECKPOINT\n"
    )
    assert write_proof(index=0, path=[], checkpoint="X", extra=b"abc") == (
        "c2sp.org/tlog-proof@v1\nextra YWJj\nindex 0\n\nX"
    )
