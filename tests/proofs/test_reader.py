"""The reader of bundles: what it accepts, and one clear error for every mistake."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from seawall.proofs.archive import LIMITS
from seawall.proofs.reader import load_reproducer, read_reproducer, read_reproducer_archive
from seawall.vocab.errors import BadInput

PYTHON = """
format = 1
title = "A flaw"
identifiers = ["CVE-2024-0001"]
cwes = ["CWE-94"]

[target]
purl = "pkg:pypi/Leaky_Pkg"
affected = "1.0"
fixed = "1.1"
runtime = "python"
with = ["other==2.0"]

[oracle]
kind = "command"

[[step]]
call = "leaky:Box"
as = "box"

[[step]]
call = "$box.put"
args = ["{command}", { bytes = "YWJj" }, { repeat = ["ab", 5] }, { plain = 1, two = [true] }]
kwargs = { flag = { none = true } }
"""
NATIVE = """
format = 1
title = "A flaw in C"

[target]
purl = "pkg:generic/toy"
affected = "1.0"
runtime = "native"

[oracle]
kind = "sanitizer"

[build]
archive = "toy.tar.gz"
sources = ["src/*.c"]
program = "toy"

[run]
args = ["{input}"]
inputs = ["input.bin"]
"""
FROM_REGISTRY = NATIVE.replace("pkg:generic", "pkg:pypi").replace('archive = "toy.tar.gz"', "")
NATIVE_FILES = {"toy.tar.gz": b"x", "input.bin": b"y"}


def python(old: str = "", new: str = "", **files: bytes) -> dict[str, bytes]:
    assert old in PYTHON
    return {"reproducer.toml": PYTHON.replace(old, new, 1).encode(), **files}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: dict[str, bytes], *, prefix: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(prefix + name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_a_bundle_is_read_whole() -> None:
    found = read_reproducer(python())
    assert found.target.purl == "pkg:pypi/leaky-pkg"
    assert (found.target.kind, found.target.name) == ("pypi", "leaky-pkg")
    assert found.target.pins == ("other==2.0",)
    box, put = found.steps
    assert (box.op, box.ref, box.save_as) == ("call", "leaky:Box", "box")
    assert put.args == (
        "{command}",
        {"bytes": "YWJj"},
        {"repeat": ["ab", 5]},
        {"dict": [["plain", 1], ["two", [True]]]},
    )
    assert put.kwargs == {"flag": {"none": True}}


def test_the_identity_is_the_content_however_it_is_packed(tmp_path: Path) -> None:
    files = python(**{"a/b.txt": b"text"})
    folder = tmp_path / "bundle"
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (tmp_path / "b.tar.gz").write_bytes(tarred(files, prefix="top/"))
    digests = {
        load_reproducer(folder).digest,
        load_reproducer(tmp_path / "b.tar.gz").digest,
        read_reproducer_archive(zipped(dict(reversed(files.items())))).digest,
        read_reproducer(files).digest,
    }
    assert len(digests) == 1
    assert read_reproducer(python(**{"a/b.txt": b"other"})).digest not in digests


def test_a_native_bundle_is_read() -> None:
    found = read_reproducer({"reproducer.toml": NATIVE.encode(), **NATIVE_FILES})
    assert found.build is not None and found.build.sanitizers == ("address", "undefined")
    assert found.run is not None and found.run.inputs == ("input.bin",)
    assert found.needs_endorsement  # the source itself is the reporter's


@pytest.mark.parametrize(
    "line",
    ['driver = "input.bin"', 'files = { "config.h" = "input.bin" }'],
    ids=["driver", "header"],
)
def test_code_of_the_reporter_needs_an_endorsement(line: str) -> None:
    manifest = FROM_REGISTRY.replace('program = "toy"', f'program = "toy"\n{line}')
    assert read_reproducer({"reproducer.toml": manifest.encode(), **NATIVE_FILES}).needs_endorsement


@pytest.mark.parametrize(
    ("argv", "needed"),
    [
        ('["./configure", "--disable-shared"], ["make", "-j4"]', False),
        ('["sh", "-c", "true"]', True),
        ('["make", "CC=evil"]', True),
        ('["make", "--eval=$(shell id)"]', True),
        ('["make", "-f", "../x"]', True),
    ],
)
def test_only_plain_build_commands_go_without_endorsement(argv: str, needed: bool) -> None:
    manifest = FROM_REGISTRY.replace('sources = ["src/*.c"]', f"commands = [{argv}]")
    found = read_reproducer({"reproducer.toml": manifest.encode(), **NATIVE_FILES})
    assert found.needs_endorsement is needed


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("format = 1", "format = 2", "format: this reader knows format 1"),
        ("title", "titel", "unknown key 'titel' (did you mean 'title'?)"),
        ('purl = "pkg:pypi/Leaky_Pkg"', 'purl = "pkg:pypi/x@1"', "the purl goes without"),
        ('purl = "pkg:pypi/Leaky_Pkg"', 'purl = "pkg:npm/x"', "do not run as python"),
        ('affected = "1.0"', 'affected = "--evil"', "target.affected: '--evil' is not usable here"),
        ('"other==2.0"', '"other>=2"', "target.with[0]"),
        ('kind = "command"', 'kind = "comand"', "did you mean 'command'?"),
        ('kind = "command"', 'kind = "prototype"', "is not one of"),
        ('kind = "command"', 'kind = "exception"', "oracle: 'type' is missing"),
        ('kind = "command"', 'kind = "exception"\ntype = "Exception"', "oracle.type"),
        ('kind = "command"', 'kind = "command"\ntype = "X"', "goes with the exception oracle"),
        ('kind = "command"', 'kind = "hang"', "control: a hang is told from a slow machine"),
        ("leaky:Box", "leaky:_Box", "step[0].call: '_Box'"),
        ("leaky:Box", "leaky._private:Box", "begins with an underscore is private"),
        ("leaky:Box", "leaky", "names no function"),
        ("$box.put", "$bix.put", "step[1].call: no earlier step is saved as 'bix'"),
        ("$box.put", "$box.__class__", "begins with an underscore is private"),
        ('"{command}"', '"{cmd}"', "no step names {command}"),
        ('"YWJj"', '"%%"', "step[1].args[1].bytes: is not base64"),
        ("5]", "50000000]", "count is not between"),
        ('{ bytes = "YWJj" }', '{ file = "absent" }', "no file 'absent' in the bundle"),
        ('{ bytes = "YWJj" }', '{ handle = "later" }', "no earlier step is saved as 'later'"),
        ('{ bytes = "YWJj" }', "1979-05-27", "date values cannot be passed"),
        ('call = "leaky:Box"', 'call = "leaky:Box"\nget = "leaky:Box"', "exactly one of"),
        ('call = "leaky:Box"', 'new = "leaky:Box"', "'new' is for node"),
        ("[[step]]", "[[stepp]]", "unknown key 'stepp'"),
        ("format = 1", 'format = 1\nscript = "x.py"', "exactly one of [[step]] and script"),
    ],
)  # fmt: skip
def test_every_mistake_has_one_clear_error(old: str, new: str, error: str) -> None:
    with pytest.raises(BadInput) as bad:
        read_reproducer(python(old, new))
    assert error in str(bad.value)


def test_a_hang_wants_a_control_of_equal_size() -> None:
    steps = '[[step]]\ncall = "leaky:match"\nargs = [{ repeat = ["a", 1000] }]\n'
    small = steps.replace("step", "control").replace("1000", "10")
    manifest = PYTHON.split("[oracle]")[0] + '[oracle]\nkind = "hang"\n' + steps + small
    with pytest.raises(BadInput, match="values are smaller"):
        read_reproducer({"reproducer.toml": manifest.encode()})


@pytest.mark.parametrize(
    "name", ["../up.txt", "/abs.txt", "a\\b.txt", "a/../b.txt", "d/" * 20 + "deep.txt"]
)
def test_archives_with_paths_that_leave_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        read_reproducer_archive(zipped(python(**{name: b"x"})))


def test_links_in_archives_and_folders_are_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("reproducer.toml")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(BadInput):
        read_reproducer_archive(out.getvalue())
    (tmp_path / "reproducer.toml").symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match="is a link"):
        load_reproducer(tmp_path)


def test_too_many_files_and_bombs_are_refused() -> None:
    with pytest.raises(BadInput):
        read_reproducer_archive(zipped({f"f{i}": b"" for i in range(LIMITS.members + 1)}))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * (40 << 20))
    with pytest.raises(BadInput):
        read_reproducer_archive(out.getvalue())


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04broken", b"\x1f\x8bbroken"])
def test_what_is_no_archive_is_one_error(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_reproducer_archive(data)


def test_a_folder_without_manifest_says_so(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("x")
    with pytest.raises(BadInput, match=r"no reproducer\.toml in the bundle"):
        load_reproducer(tmp_path)
