"""Archives from strangers."""

import io
import stat
import tarfile
import zipfile

import pytest
import zstandard

from realdata import data
from seawall.formats.archives import (
    ArchiveLimits,
    check_path,
    pack_zip,
    read_archive,
    strip_top,
    unpack,
)
from seawall.vocab.errors import BadInput

FILES = {"reproducer.toml": b"format = 1\n", "deep/er/input.bin": bytes(range(256)), "empty": b""}


def tar(members: dict[str, bytes], *, mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def tar_with(**fields: object) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("x")
        for key, value in fields.items():
            setattr(entry, key, value)
        archive.addfile(entry)
    return out.getvalue()


def zip_(members: list[tuple[str, bytes]], *, mode: int = stat.S_IFREG | 0o644) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "archive",
    [
        zip_(list(FILES.items())),
        tar(FILES),
        tar(FILES, form=tarfile.GNU_FORMAT),
        tar(FILES, form=tarfile.USTAR_FORMAT),
        tar(FILES, mode="w:gz"),
        tar(FILES, mode="w:bz2"),
        tar(FILES, mode="w:xz"),
        zstandard.ZstdCompressor().compress(tar(FILES)),
        pack_zip(FILES),
    ],
    ids=["zip", "pax", "gnu", "ustar", "gz", "bz2", "xz", "zst", "own"],
)
def test_files_are_read_from_every_kind(archive):
    assert dict(read_archive(archive)) == FILES


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_and_foreign_names_are_read(form):
    files = {"a" * 120 + "/" + "ü" * 60: b"1", "b": b"2"}
    assert dict(read_archive(tar(files, form=form))) == files


def test_a_packed_zip_depends_on_its_files_only():
    assert pack_zip(FILES) == pack_zip(dict(reversed(FILES.items())))


def test_names_are_given_in_one_unicode_form():
    assert list(read_archive(zip_([("u\u0308.txt", b"")]))) == ["ü.txt"]


@pytest.mark.parametrize(
    "make", [lambda name: zip_([(name, b"x")]), lambda name: tar({name: b"x"})]
)
@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a/./b",
        "a//b",
        "a\\b",
        "C:\\x",
        "C:/x",
        "a\nb",
        "a\x1b[0m",
        "a/" * 25 + "b",
        "x" * 300,
        "x/" + "y" * 450,
        " a",
        "a ",
    ],
)
def test_an_unsafe_path_is_refused_and_named(make, name):
    with pytest.raises(BadInput) as caught:
        read_archive(make(name))
    assert caught.value.where


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.GNUTYPE_SPARSE,
        b"?",
    ],
)
def test_a_tar_with_anything_but_files_and_folders_is_refused(kind):
    with pytest.raises(BadInput, match="link or special file"):
        read_archive(tar_with(type=kind, linkname="/etc/passwd"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_zip_with_anything_but_files_and_folders_is_refused(kind):
    with pytest.raises(BadInput, match="link or special file"):
        read_archive(zip_([("x", b"/etc/passwd")], mode=kind | 0o777))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names",
    [("a", "a"), ("a", "A"), ("straße", "STRASSE"), ("a", "a/b"), ("a/b", "a"), ("a/x", "A/y")],
)
def test_names_that_collide_are_refused(names):
    with pytest.raises(BadInput) as caught:
        read_archive(zip_([(name, b"") for name in names]))
    assert caught.value.where
    if len(set(names)) == len(names):
        with pytest.raises(BadInput):
            read_archive(tar(dict.fromkeys(names, b"")))


@pytest.mark.parametrize("make", [lambda files: zip_(list(files.items())), tar])
@pytest.mark.parametrize(
    ("files", "limits"),
    [
        ({"a": bytes(60), "b": bytes(60)}, ArchiveLimits(total_bytes=100)),
        ({"a": bytes(200)}, ArchiveLimits(member_bytes=100)),
        ({str(n): b"" for n in range(30)}, ArchiveLimits(members=10)),
        ({"a" * 50: b""}, ArchiveLimits(name_characters=40)),
        ({"a/b/c/d": b""}, ArchiveLimits(depth=3)),
    ],
)
def test_what_is_beyond_a_limit_is_refused(make, files, limits):
    assert dict(read_archive(make(files))) == files
    with pytest.raises(BadInput):
        read_archive(make(files), limits=limits)


@pytest.mark.parametrize(
    "bomb",
    [zip_([("a", bytes(8 << 20))]), tar({"a": bytes(8 << 20)}, mode="w:gz")],
    ids=["zip", "gz"],
)
def test_a_bomb_is_refused_by_its_ratio(bomb):
    with pytest.raises(BadInput, match="200 times"):
        read_archive(bomb)


def test_an_encrypted_member_is_refused():
    packed = bytearray(zip_([("a", b"x")]))
    at = packed.index(b"PK\x01\x02")
    packed[at + 8] |= 1
    with pytest.raises(BadInput, match="the member is encrypted"):
        read_archive(bytes(packed))


@pytest.mark.parametrize("size", [10, 6000])
def test_a_zip_whose_size_is_a_lie_is_refused(size):
    packed = bytearray(zip_([("a", bytes(5000))]))
    at = packed.index(b"PK\x01\x02")
    packed[at + 24 : at + 28] = size.to_bytes(4, "little")
    with pytest.raises(BadInput):
        read_archive(bytes(packed))


def test_a_method_whose_output_cannot_be_bounded_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"x")
    with pytest.raises(BadInput, match="other than deflate"):
        read_archive(out.getvalue())


def header(name: bytes, size: bytes, kind: bytes) -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[124 : 124 + len(size)] = size
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


LONG_RECORD = b"9001 comment=" + b"x" * (9001 - 14) + b"\n"


@pytest.mark.parametrize(
    ("archive", "what"),
    [
        (header(b"a", b"\xff" * 12, b"0"), "not a size"),
        (header(b"a", b"-0000000010", b"0"), "not a size"),
        (header(b"a", b"77777777777", b"0"), "ends within a member"),
        (header(b"a", b"00000000001", b"0"), "ends within a member"),
        (
            header(b"a", b"%011o" % 9001, b"x") + LONG_RECORD.ljust(9216, b"\0") + tar({"b": b""}),
            "more than 8192 bytes",
        ),
        (
            header(b"a", b"00000000010", b"x") + b"9 path=a" + bytes(504) + bytes(1024),
            "damaged extended tar header",
        ),
        (
            header(b"a", b"00000000010", b"x") + b"0 path=a" + bytes(504) + bytes(1024),
            "damaged extended tar header",
        ),
        (b"".join(header(b"a", b"00000000000", b"L") for _ in range(5000)), "has no end"),
        (tar({"a": bytes(600)})[:1100], "ends within a member"),
        (tar({"a": b""})[:512] + b"x" * 512, "damaged tar header"),
    ],
)
def test_a_damaged_tar_is_refused(archive, what):
    with pytest.raises(BadInput, match=what):
        read_archive(archive)


def test_what_is_no_archive_is_refused():
    with pytest.raises(BadInput, match="not a zip or tar archive"):
        read_archive(b"hello", name="x.zip")


def test_an_archive_is_unpacked_into_an_empty_folder_only(tmp_path):
    folder = tmp_path / "new"
    assert unpack(tar(FILES), folder) == tuple(FILES)
    assert (folder / "deep/er/input.bin").read_bytes() == FILES["deep/er/input.bin"]
    assert stat.S_IMODE((folder / "empty").stat().st_mode) & 0o111 == 0
    with pytest.raises(BadInput, match="not empty"):
        unpack(tar(FILES), folder)


def test_nothing_is_written_of_an_archive_with_one_unsafe_member(tmp_path):
    folder = tmp_path / "new"
    with pytest.raises(BadInput):
        unpack(tar({"good": b"x", "../bad": b"x"}), folder)
    assert not folder.exists()


def test_one_top_folder_is_stripped_when_the_marker_lies_in_it():
    assert strip_top({"t/m": b"1", "t/a/b": b"2"}, marker="m") == {"m": b"1", "a/b": b"2"}
    for files in ({"t/m": b"", "u": b""}, {"m": b"", "t": b""}, {"t/x/m": b""}):
        assert strip_top(files, marker="m") == files


def test_a_safe_path_is_kept():
    assert (
        check_path("./id:000000,sig:11,src:000003/ö x.bin") == "id:000000,sig:11,src:000003/ö x.bin"
    )


def test_a_real_archive_of_many_files_is_read():
    files = read_archive(data("findings/defectdojo-scans.tar.zst").read_bytes())
    assert len(files) == 1344
