"""Sealed bytes: whole and in their place, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobs.wrappers import key_file
from seawall.blobs.keyring import KeyMissing, Keyring, Shredded
from seawall.blobs.sealed import (
    Damaged,
    SealedBlobs,
    Vault,
    commitment,
    key_of,
    remains_of,
    seal,
    seal_part,
    unseal,
    unseal_part,
)
from seawall.blobs.store import BlobDamaged, BlobMissing, FolderBlobs, blob_digest
from validation.records import NOON

KEY, OTHER = bytes(range(32)), bytes(reversed(range(32)))
ONE, TWO = "01" * 16, "02" * 16


@pytest.fixture
def vault(tmp_path) -> Vault:
    return Vault(
        keyring=Keyring(path=tmp_path / "ring" / "keyring.sqlite3", wrapper=key_file(tmp_path))
    )


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_is_sealed_unseals(data, aad):
    sealed = seal(KEY, data, aad)
    assert unseal(KEY, sealed, aad) == data
    assert len(sealed) == len(data) + 29


def test_the_same_bytes_sealed_twice_differ():
    assert seal(KEY, b"same", b"") != seal(KEY, b"same", b"")


def test_no_bit_of_it_can_be_changed_and_nothing_cut_off_or_added():
    sealed = seal(KEY, b"text", b"place")
    changed = [
        sealed[:at] + bytes([sealed[at] ^ 1 << bit]) + sealed[at + 1 :]
        for at in range(len(sealed))
        for bit in range(8)
    ]
    cut = [sealed[:length] for length in range(len(sealed))]
    for wrong in [*changed, *cut, sealed + b"\0", b"\0" + sealed]:
        with pytest.raises(Damaged):
            unseal(KEY, wrong, b"place")


@pytest.mark.parametrize(("key", "aad"), [(OTHER, b"place"), (KEY, b"elsewhere"), (KEY, b"")])
def test_another_key_or_place_unseals_nothing(key, aad):
    with pytest.raises(Damaged):
        unseal(key, seal(KEY, b"text", b"place"), aad)


@pytest.mark.parametrize(
    "other",
    [
        {"what": "finding.crash", "place": "1"},
        {"what": "finding.content", "place": "2"},
        {"what": "finding.content1", "place": ""},
        {"what": "finding.conten", "place": "t1"},
    ],
)
def test_a_part_unseals_only_as_what_it_is_and_where_it_belongs(other):
    sealed = seal_part(KEY, ONE, b"text", what="finding.content", place="1")
    assert unseal_part(KEY, sealed, what="finding.content", place="1") == b"text"
    with pytest.raises(Damaged):
        unseal_part(KEY, sealed, **other)


def test_a_part_cannot_be_passed_off_as_another_keys():
    """Even if both ids led to the same key."""
    sealed = seal_part(KEY, ONE, b"text", what="a", place="b")
    forged = sealed[:1] + bytes.fromhex(TWO) + sealed[17:]
    assert (key_of(sealed), key_of(forged)) == (ONE, TWO)
    with pytest.raises(Damaged):
        unseal_part(KEY, forged, what="a", place="b")


@pytest.mark.parametrize("wrong", [b"", b"\x02" * 60, b"\x01" + b"a" * 15])
def test_what_names_no_key_is_no_sealed_part(wrong):
    with pytest.raises(Damaged):
        key_of(wrong)


def test_a_vault_seals_and_unseals_by_key_id(vault):
    key_id = vault.keyring.new()
    sealed = vault.seal(key_id, b"text", what="a", place="b")
    assert vault.unseal(sealed, what="a", place="b") == b"text"


def test_a_shredded_key_is_told_from_one_that_was_never_here(vault):
    key_id = vault.keyring.new()
    sealed = vault.seal(key_id, b"text", what="a", place="b")
    vault.keyring.destroy(key_id, at=NOON)
    for what in (sealed, remains_of(key_id)):
        with pytest.raises(Shredded, match="shredded on 2026-11-23"):
            vault.unseal(what, what="a", place="b")
    with pytest.raises(KeyMissing):
        vault.unseal(seal_part(KEY, TWO, b"", what="a", place="b"), what="a", place="b")


def test_a_commitment_can_be_checked_with_the_key_only():
    digest = blob_digest(b"a guessed file")
    assert commitment(KEY, digest) == commitment(KEY, digest)
    assert commitment(KEY, digest) != commitment(OTHER, digest)
    assert commitment(KEY, digest) not in (digest, blob_digest(digest.encode()))


class TestSealedBlobs:
    @pytest.fixture
    def folder(self, tmp_path) -> FolderBlobs:
        return FolderBlobs(folder=tmp_path / "blobs")

    @pytest.fixture
    def blobs(self, folder) -> SealedBlobs:
        return SealedBlobs(inner=folder, key_id=ONE, key=KEY)

    def test_what_goes_in_comes_out_and_no_byte_of_it_lies_there(self, blobs, folder):
        name = blobs.put(b"a proof, a proof")
        assert blobs.get(name) == b"a proof, a proof"
        assert blobs.has(name)
        assert folder.get(name) != b"a proof, a proof"
        assert b"proof" not in folder.get(name)

    def test_a_name_tells_nothing_about_the_content(self, blobs):
        one, two = blobs.put(b"same"), blobs.put(b"same")
        assert len({one, two, blob_digest(b"same")}) == 3

    def test_the_folder_sees_damage_without_any_key(self, blobs, folder):
        name = blobs.put(b"x")
        (folder.folder / name[:2] / name[2:]).write_bytes(b"evil")
        for door in (folder, blobs):
            with pytest.raises(BlobDamaged):
                door.get(name)

    def test_a_blob_of_another_key_is_refused(self, blobs, folder):
        name = SealedBlobs(inner=folder, key_id=TWO, key=OTHER).put(b"x")
        with pytest.raises(Damaged, match="another key"):
            blobs.get(name)

    def test_a_deleted_blob_is_gone(self, blobs):
        name = blobs.put(b"x")
        blobs.delete(name)
        assert not blobs.has(name)
        with pytest.raises(BlobMissing):
            blobs.get(name)
