"""Offline keys: under a passphrase in one file, their public half in another."""

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from seawall.feed.tuf.keys import OnlineKeys, key_id, public_of, tuf_key, words
from seawall.feed.tuf.offline import new_key, open_key, public_file, read_public
from seawall.feed.tuf.sealed_pem import seal
from seawall.signing.keys import FileKeys, KeyUnusable, PublicKey
from seawall.vocab.errors import BadInput

SECRET = "five random words are good"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ana.pem"


def test_a_key_signs_what_its_public_half_verifies(path):
    made = new_key(path, SECRET, holder="Ana Ruiz", work=1)
    signer = open_key(path, SECRET)
    assert made.public.verify(signature=signer.sign(b"x"), message=b"x")
    assert signer.public == made.public
    assert read_public(public_file(path)) == made
    assert made.holder == "Ana Ruiz"


def test_the_private_half_is_its_owners_alone(path):
    new_key(path, SECRET, work=1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_file(path).stat().st_mode & 0o777 == 0o644


def test_the_public_half_says_in_words_what_it_is(path):
    made = new_key(path, SECRET, holder="Ana", work=1)
    lines = public_file(path).read_text().splitlines()
    assert lines[:4] == [
        "Holder: Ana",
        f"Key id: {made.id}",
        f"In words: {made.words}",
        "-----BEGIN PUBLIC KEY-----",
    ]


def test_what_is_written_above_a_public_key_is_not_believed(path):
    made = new_key(path, SECRET, holder="Ana", work=1)
    file = public_file(path)
    file.write_text(file.read_text().replace(made.id, "0" * 64))
    assert read_public(file).id == made.id


def test_a_wrong_passphrase_opens_nothing(path):
    new_key(path, SECRET, work=1)
    with pytest.raises(KeyUnusable, match="does not open with this passphrase"):
        open_key(path, SECRET + "x")
    with pytest.raises(KeyUnusable, match="is not a key under a passphrase"):
        open_key(public_file(path), SECRET)


def test_a_short_passphrase_is_refused(path):
    with pytest.raises(BadInput, match="fewer than 12 characters"):
        new_key(path, "eleven chrs", work=1)
    assert not path.exists()


def test_a_key_is_never_written_over(path):
    new_key(path, SECRET, work=1)
    before = path.read_bytes()
    with pytest.raises(BadInput, match="there is a file already"):
        new_key(path, SECRET, work=1)
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", [b"", b"x", b"-----BEGIN PUBLIC KEY-----\nAAAA\n"])
def test_what_is_no_public_key_is_refused(path, text):
    path.write_bytes(text)
    with pytest.raises(BadInput, match="not a public key"):
        read_public(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_public(path.with_name("absent"))


def test_a_guess_costs_scrypt_with_16_megabytes_eight_times(path):
    pem = seal(Ed25519PrivateKey.generate(), SECRET)
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl reads the structure here")
    parsed = subprocess.run(
        [program, "asn1parse"], input=pem, capture_output=True, check=True
    ).stdout.decode()
    assert ":scrypt" in parsed
    assert [line.split(":")[-1] for line in parsed.splitlines() if "INTEGER" in line] == [
        "4000", "08", "08",
    ]  # fmt: skip
    assert ":aes-256-cbc" in parsed


def test_two_keys_of_one_passphrase_share_nothing():
    key = Ed25519PrivateKey.generate()
    one, two = seal(key, SECRET, work=1), seal(key, SECRET, work=1)
    assert one.splitlines()[2:] != two.splitlines()[2:]
    assert load_pem_private_key(one, SECRET.encode()).private_bytes_raw() == key.private_bytes_raw()


def test_words_are_half_of_the_id():
    assert words("0000" * 16) == " ".join(["babab"] * 8)
    assert words("ffff" * 16) == " ".join(["zuzuz"] * 8)
    assert len({words(f"{n:04x}" + "0" * 60) for n in range(0x10000)}) == 0x10000


def test_a_key_keeps_its_id_whoever_holds_it():
    public = PublicKey(raw=bytes(range(32)))
    key = tuf_key(public, holder="Ana")
    assert key.keyid == key_id(public) == tuf_key(public).keyid
    assert public_of(key) == public
    assert key.to_dict()["x-seawall-holder"] == "Ana"


def test_fewer_keys_than_a_role_needs_sign_nothing(tmp_path):
    keys = FileKeys(tmp_path / "keys")
    ids = [key_id(keys.ensure(name).public) for name in ("snapshot", "timestamp")]
    online = OnlineKeys(keys)
    assert len(online.for_ids(ids, need=2, role="x")) == 2
    with pytest.raises(KeyUnusable, match="may sign x"):
        online.for_ids([ids[0], "0" * 64], need=2, role="x")
