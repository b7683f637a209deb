"""in-toto statements: signed, opened, and refused when they are something else."""

import pytest

from seawall.signing import dsse
from seawall.signing.dsse import SignatureInvalid
from seawall.signing.keys import FileKeys
from seawall.signing.statements import PAYLOAD_TYPE, open_statement, sign_statement
from seawall.vocab.errors import BadInput

STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "bundle", "digest": {"sha256": "00"}}],
    "predicateType": "https://example.org/proof/v1",
    "predicate": {"level": "E3"},
}


@pytest.fixture
def signer(tmp_path):
    return FileKeys(tmp_path).ensure("one")


def test_a_signed_statement_is_opened_by_who_trusts_the_key(signer):
    envelope = sign_statement(STATEMENT, signers=[signer])
    assert envelope.payload_type == "application/vnd.in-toto+json"
    assert open_statement(envelope, trusted=[signer.public]) == STATEMENT


def test_nobody_else_opens_it(signer, tmp_path):
    envelope = sign_statement(STATEMENT, signers=[signer])
    with pytest.raises(SignatureInvalid):
        open_statement(envelope, trusted=[FileKeys(tmp_path).ensure("two").public])


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"_type": "https://in-toto.io/Statement/v0.1"}, "/_type"),
        ({"predicateType": None}, "/predicateType"),
        ({"subject": []}, "/subject"),
        ({"subject": [{"name": "x", "digest": {}}]}, "/subject/0/digest"),
    ],
)
def test_what_is_no_statement_is_neither_signed_nor_opened(signer, change, where):
    with pytest.raises(BadInput) as refused:
        sign_statement(STATEMENT | change, signers=[signer])
    assert refused.value.where == where


def test_a_good_signature_on_something_else_is_no_statement(signer):
    envelope = dsse.sign(b"{}", payload_type="text/plain", signers=[signer])
    with pytest.raises(BadInput, match="not an in-toto statement"):
        open_statement(envelope, trusted=[signer.public])
    envelope = dsse.sign(b"{}", payload_type=PAYLOAD_TYPE, signers=[signer])
    with pytest.raises(BadInput, match="has the type"):
        open_statement(envelope, trusted=[signer.public])
