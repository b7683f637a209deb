"""The blob store: what goes in comes out unaltered, or not at all."""

import pytest

from seawall.blobs.store import BlobDamaged, BlobMissing, BlobTooLarge, FolderBlobs, blob_digest


@pytest.fixture
def blobs(tmp_path) -> FolderBlobs:
    return FolderBlobs(folder=tmp_path / "blobs", max_bytes=1000)


def files(blobs: FolderBlobs) -> list[str]:
    return sorted(p.name for p in blobs.folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("data", [b"", b"x", b"\x00" * 1000])
def test_what_goes_in_comes_out(blobs, data):
    digest = blobs.put(data)
    assert digest == blob_digest(data)
    assert blobs.has(digest)
    assert blobs.get(digest) == data
    assert list(blobs.digests()) == [digest]


def test_the_same_bytes_are_one_private_file(blobs):
    digest = blobs.put(b"same")
    assert blobs.put(b"same") == digest
    assert files(blobs) == [digest[2:]]
    path = blobs.folder / digest[:2] / digest[2:]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_blob_is_not_given_and_is_mended_by_putting_it_again(blobs):
    digest = blobs.put(b"good")
    path = blobs.folder / digest[:2] / digest[2:]
    path.write_bytes(b"evil")
    with pytest.raises(BlobDamaged):
        blobs.get(digest)
    blobs.put(b"good")
    assert blobs.get(digest) == b"good"


def test_too_large_a_blob_leaves_nothing(blobs):
    with pytest.raises(BlobTooLarge):
        blobs.put(b"x" * 1001)
    assert not blobs.folder.exists()


def test_a_disk_that_fails_leaves_nothing(blobs, monkeypatch):
    blobs.put(b"first")
    before = files(blobs)

    def broken(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="No space left"):
        blobs.put(b"second")
    assert files(blobs) == before
    assert not blobs.has(blob_digest(b"second"))


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "", "A" * 64, "0" * 63])
def test_what_is_absent_or_no_digest_is_missing(blobs, digest):
    with pytest.raises(BlobMissing):
        blobs.get(digest)


def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_error(blobs):
    digest = blobs.put(b"x")
    blobs.delete(digest)
    blobs.delete(digest)
    assert not blobs.has(digest)
