"""Cosignatures: one from the public network of witnesses, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from seawall.signing.cosignatures import AHEAD, cosigned_message, read_cosignature
from seawall.signing.keys import FileKeys
from seawall.signing.notes import COSIGNATURE, ED25519, NoteKey, NoteSignature
from seawall.vocab.errors import BadInput

# A checkpoint of a certificate log and the cosignature that a public witness gave to it.
BODY = (
    "coachandhorses2026h1.staging.certificate.transparency.goog\n185550722\n"
    "YXAM0VmnrfvLaBCOOYSJhCaE5F10oGBOo+hkbDa1kng=\n"
)
LINE = (
    "— witness.navigli.sunlight.geomys.org o+AP4gAAAABqb7DzNrGFRJnQ9vrJ8xpnwZytnr/ZYczDIsvwvouiS"
    "jwOjn7a72ccxBk+lKnZ7dKqkYKER1s/KxLTaVwQD7lJZTC/CQ==\n"
)
NAVIGLI = NoteKey.parse(
    "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G"
)
AT = datetime.fromtimestamp(0x6A6FB0F3, UTC)
OTHER = NoteSignature(name="other.example", key_id=b"abcd", signature=bytes(72)).line


def read(lines: str = LINE, *, body: str = BODY, witness: NoteKey = NAVIGLI, now=AT):
    return read_cosignature(lines, body=body, witness=witness, now=now)


def test_the_message_is_the_specifications():
    body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert cosigned_message(body, at_seconds=1679315147).decode() == (
        f"cosignature/v1\ntime 1679315147\n{body}"
    )


def test_a_cosignature_of_a_public_witness_verifies():
    found = read()
    assert (found.line, found.at) == (LINE, AT)


def test_lines_of_others_are_ignored():
    assert read(OTHER + LINE + OTHER) == read()


@pytest.mark.parametrize("now", [AT - AHEAD, AT + timedelta(days=4000)])
def test_clocks_may_differ_a_little_and_old_words_stay_good(now):
    assert read(now=now).at == AT


def test_a_cosignature_from_the_future_is_refused():
    with pytest.raises(BadInput, match="future"):
        read(now=AT - AHEAD - timedelta(seconds=1))


def _at_another_time(line: str) -> str:
    signature = NoteSignature.parse(line[:-1])
    later = (int.from_bytes(signature.signature[:8], "big") - 1).to_bytes(8, "big")
    return replace(signature, signature=later + signature.signature[8:]).line


@pytest.mark.parametrize(
    ("lines", "more", "problem"),
    [
        (LINE, {"body": BODY.replace("185550722", "185550723")}, "does not verify"),
        (_at_another_time(LINE), {}, "does not verify"),
        (LINE + _at_another_time(LINE), {}, "does not verify"),
        (LINE.replace("CQ==", "CA=="), {}, "does not verify"),
        (NoteSignature(name=NAVIGLI.name, key_id=NAVIGLI.id, signature=b"1").line, {}, "verify"),
        (OTHER, {}, "no cosignature"),
        ("", {}, "signature lines"),
        (LINE[:-1], {}, "signature lines"),
        (OTHER * 101, {}, "signature lines"),
        ("nonsense\n", {}, "a dash"),
        (LINE, {"witness": replace(NAVIGLI, kind=ED25519)}, "no key of a cosigner"),
    ],
)
def test_what_is_no_cosignature_of_this_checkpoint_is_refused(lines, more, problem):
    with pytest.raises(BadInput, match=problem):
        read(lines, **more)


def test_a_plain_signature_of_the_witness_is_no_cosignature(tmp_path):
    signer = FileKeys(tmp_path).ensure("w")
    witness = NoteKey(name="w", public=signer.public, kind=COSIGNATURE)
    plain = NoteSignature(
        name="w", key_id=witness.id, signature=bytes(8) + signer.sign(BODY.encode())
    )
    with pytest.raises(BadInput, match="does not verify"):
        read(plain.line, witness=witness)
