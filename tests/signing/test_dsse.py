"""DSSE envelopes: the specification's vector, and every way in which one is not to be believed."""

import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from seawall.signing import dsse
from seawall.signing.dsse import Envelope, SignatureInvalid
from seawall.signing.keys import Ed25519Signer
from seawall.vocab.errors import BadInput

# secure-systems-lab/dsse, protocol.md, "Test Vectors" (Apache-2.0).
KIND = "http://example.com/HelloWorld"
VECTOR = """{"payload": "aGVsbG8gd29ybGQ=",
 "payloadType": "http://example.com/HelloWorld",
 "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJ\
PcIAriEGAHTVeCUjW2JIZA=="}]}"""


class VectorKey:
    """The vector's key: ECDSA over P-256, the signature being r and s one after the other."""

    id = "vector"

    def verify(self, *, signature: bytes, message: bytes) -> bool:
        key = ec.EllipticCurvePublicNumbers(
            46950820868899156662930047687818585632848591499744589407958293238635476079160,
            5640078356564379163099075877009565129882514886557779369047442380624545832820,
            ec.SECP256R1(),
        ).public_key()
        r, s = (int.from_bytes(part) for part in (signature[:32], signature[32:]))
        try:
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


@pytest.fixture(scope="module")
def ann() -> Ed25519Signer:
    return Ed25519Signer(Ed25519PrivateKey.generate())


@pytest.fixture(scope="module")
def bob() -> Ed25519Signer:
    return Ed25519Signer(Ed25519PrivateKey.generate())


def test_the_bytes_that_are_signed_are_those_of_the_specification():
    assert dsse.pae(KIND, b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_lengths_count_bytes_and_not_characters():
    assert dsse.pae("é", b"") == "DSSEv1 2 é 0 ".encode()


def test_the_envelope_of_the_specification_is_verified():
    envelope = Envelope.from_json(VECTOR)
    assert envelope.payload == b"hello world"
    assert dsse.verify(envelope, trusted=[VectorKey()]) == {"vector"}


def test_the_envelope_of_the_specification_is_refused_when_its_type_is_changed():
    envelope = Envelope.from_json(VECTOR.replace("HelloWorld", "HelloMoon"))
    with pytest.raises(SignatureInvalid):
        dsse.verify(envelope, trusted=[VectorKey()])


def test_what_was_signed_comes_back_through_json(ann):
    made = dsse.sign(b"x\x00y", payload_type="a/b", signers=[ann])
    read = Envelope.from_json(made.to_json())
    assert read == made
    assert dsse.verify(read, trusted=[ann.public]) == {ann.public.id}


@pytest.mark.parametrize("change", [{"payload": b"other"}, {"payload_type": "a/c"}])
def test_a_changed_envelope_is_not_believed(ann, change):
    made = dsse.sign(b"data", payload_type="a/b", signers=[ann])
    fields = {"payload": made.payload, "payload_type": made.payload_type} | change
    with pytest.raises(SignatureInvalid):
        dsse.verify(Envelope(signatures=made.signatures, **fields), trusted=[ann.public])


def test_a_stranger_is_not_believed_even_under_a_trusted_key_id(ann, bob):
    made = dsse.sign(b"data", payload_type="a/b", signers=[bob])
    text = made.to_json().replace(bob.public.id, ann.public.id)
    with pytest.raises(SignatureInvalid, match="0 of 1"):
        dsse.verify(Envelope.from_json(text), trusted=[ann.public])


def test_one_key_that_signs_twice_counts_once(ann, bob):
    made = dsse.sign(b"data", payload_type="a/b", signers=[ann, ann])
    with pytest.raises(SignatureInvalid, match="1 of 2"):
        dsse.verify(made, trusted=[ann.public, ann.public, bob.public], threshold=2)


def test_two_keys_meet_a_threshold_of_two(ann, bob):
    made = dsse.sign(b"data", payload_type="a/b", signers=[ann, bob])
    both = {ann.public.id, bob.public.id}
    assert dsse.verify(made, trusted=[ann.public, bob.public], threshold=2) == both


def test_url_safe_base64_is_read_as_well(ann):
    made = dsse.sign(b"\xfb\xff\xfe", payload_type="a/b", signers=[ann])
    text = made.to_json()
    assert "+//+" in text
    assert Envelope.from_json(text.replace("+//+", "-__-")) == made


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ("[]", ""),
        ("{", ""),
        ({"payload": "", "payloadType": "a", "signatures": []}, "/signatures"),
        ({"payload": "", "signatures": [{"sig": ""}]}, "/payloadType"),
        ({"payload": "!", "payloadType": "a", "signatures": [{"sig": ""}]}, "/payload"),
        ({"payload": "", "payloadType": "a", "signatures": [{}]}, "/sig"),
        ({"payload": "", "payloadType": "a", "signatures": [1]}, "/signatures/0"),
    ],
)
def test_what_is_no_envelope_is_refused_with_its_place(document, where):
    with pytest.raises(BadInput) as refused:
        Envelope.from_json(document if isinstance(document, str) else json.dumps(document))
    assert refused.value.where == where


def test_a_threshold_of_none_is_a_mistake(ann):
    made = dsse.sign(b"data", payload_type="a/b", signers=[ann])
    with pytest.raises(ValueError, match="at least 1"):
        dsse.verify(made, trusted=[], threshold=0)
