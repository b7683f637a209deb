"""Keys in files: made once, private, and refused when they are not."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from seawall.signing.keys import FileKeys, KeyUnusable


def test_a_key_is_made_once_and_private(tmp_path):
    keys = FileKeys(tmp_path / "keys")
    made = keys.ensure("attestation")
    assert keys.ensure("attestation").public == made.public
    assert keys.get("attestation").public == made.public
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert [p.name for p in (tmp_path / "keys").iterdir()] == ["attestation.pem"]
    assert (tmp_path / "keys" / "attestation.pem").stat().st_mode & 0o777 == 0o600


def test_a_signature_is_good_for_its_message_alone(tmp_path):
    signer = FileKeys(tmp_path).ensure("one")
    signature = signer.sign(b"message")
    assert signer.public.verify(signature=signature, message=b"message")
    assert not signer.public.verify(signature=signature, message=b"massage")
    assert not signer.public.verify(signature=b"", message=b"message")


def test_a_key_that_others_can_read_is_refused(tmp_path):
    keys = FileKeys(tmp_path)
    keys.ensure("one")
    (tmp_path / "one.pem").chmod(0o640)
    with pytest.raises(KeyUnusable, match="can be read by others"):
        keys.get("one")


def test_an_absent_key_is_not_made_by_asking_for_it(tmp_path):
    with pytest.raises(KeyUnusable, match="cannot be read"):
        FileKeys(tmp_path).get("one")
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_another_kind_is_refused(tmp_path):
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "one.pem").write_bytes(pem)
    (tmp_path / "one.pem").chmod(0o600)
    with pytest.raises(KeyUnusable, match="not an Ed25519 key"):
        FileKeys(tmp_path).get("one")


@pytest.mark.parametrize("name", ["", "../one", "a/b", "a.b", "é"])
def test_a_name_cannot_leave_the_folder(tmp_path, name):
    with pytest.raises(KeyUnusable, match="not a name"):
        FileKeys(tmp_path).ensure(name)


def test_a_key_does_not_show_itself(tmp_path):
    signer = FileKeys(tmp_path).ensure("one")
    assert repr(signer) == f"<Ed25519Signer {signer.public.id[:12]}>"
