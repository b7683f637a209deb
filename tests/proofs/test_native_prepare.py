"""Builds: what goes in decides the cache, what cannot be built says why, nothing leaks out."""

import dataclasses
import json

import pytest

from proofs.native_bundles import a_sandbox, source_archive, tar_gz, toy
from seawall.proofs.native import NativeRuntime
from seawall.proofs.native_tools import find_compiler
from seawall.proofs.runtime import PrepareFailed, Unsupported
from seawall.vocab.evidence import Side


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> NativeRuntime:
    try:
        find_compiler()
    except PrepareFailed as missing:
        pytest.skip(str(missing))
    return NativeRuntime(a_sandbox(), tmp_path_factory.mktemp("cache"))


def test_a_build_is_made_once_and_found_again(native):
    first = native.prepare(toy("a"), Side.AFFECTED)
    (first.tree / "stamp").touch()
    again = native.prepare(toy("other input"), Side.AFFECTED)
    assert again == first
    assert (again.tree / "stamp").exists()
    assert first.facts["guard"] == "yes"
    assert first.facts["source"] == "toy-1.tar.gz"
    assert sorted(p.name for p in first.tree.iterdir()) == ["facts.json", "program", "stamp"]


def test_versions_flags_and_sanitizers_are_builds_of_their_own(native):
    builds = [
        native.prepare(toy("a"), Side.AFFECTED),
        native.prepare(toy("a"), Side.FIXED),
        native.prepare(
            toy("a", build='sources = ["toy.c"]\nflags = ["-std=gnu11"]'), Side.AFFECTED
        ),
        native.prepare(
            toy("a", build='sources = ["toy.c"]\nsanitizers = ["address"]'), Side.AFFECTED
        ),
    ]
    assert len({b.tree for b in builds}) == 4
    assert [b.version for b in builds] == ["1", "2", "1", "1"]


def test_a_control_runs_on_the_affected_build(native):
    assert native.prepare(toy("a"), Side.CONTROL) == native.prepare(toy("a"), Side.AFFECTED)


def test_the_projects_own_build_system_gets_our_compiler_and_guard(native):
    prepared = native.prepare(toy("a", build='commands = [["make"]]'), Side.AFFECTED)
    assert prepared.facts["guard"] == "yes"
    assert b"__asan_init" in (prepared.tree / "program").read_bytes()


def test_a_program_built_around_our_compiler_is_refused(native):
    sneaky = tar_gz({"toy/Makefile": b"toy:\n\tcp /usr/bin/true toy\n"})
    reproducer = toy("a", build='commands = [["make"]]', extra={"toy-1.tar.gz": sneaky})
    with pytest.raises(PrepareFailed, match="without the address sanitizer"):
        native.prepare(reproducer, Side.AFFECTED)


def test_a_script_in_place_of_the_program_is_refused(native):
    libtool = tar_gz({"toy/Makefile": b"toy:\n\techo '#!/bin/sh' > toy\n"})
    reproducer = toy("a", build='commands = [["make"]]', extra={"toy-1.tar.gz": libtool})
    with pytest.raises(PrepareFailed, match="--disable-shared"):
        native.prepare(reproducer, Side.AFFECTED)


def test_a_fix_is_applied_to_the_affected_source(native):
    diff = b"--- a/size.h\n+++ b/size.h\n@@ -1 +1 @@\n-#define SIZE 16\n+#define SIZE 4096\n"
    plain = toy("a")
    fixed = dataclasses.replace(
        plain,
        build=dataclasses.replace(plain.build, fixed_archive="", fix="fix.diff"),
        files={**plain.files, "fix.diff": diff},
    )
    prepared = native.prepare(fixed, Side.FIXED)
    assert prepared.digest == native.prepare(plain, Side.FIXED).digest
    wrong = dataclasses.replace(
        fixed, files={**fixed.files, "fix.diff": diff.replace(b"16", b"17")}
    )
    with pytest.raises(PrepareFailed, match="build failed"):
        native.prepare(wrong, Side.FIXED)


def test_an_archive_inside_the_archive_can_be_built(native):
    outer = tar_gz({"wrap-9/deps/toy-1.tar.gz": source_archive(size=16)})
    build = 'sources = ["toy.c"]\ninner = "deps/toy-*.tar.gz"'
    reproducer = toy("a", build=build, extra={"toy-1.tar.gz": outer})
    assert native.prepare(reproducer, Side.AFFECTED).facts["guard"] == "yes"


def test_a_failed_build_says_the_compilers_error_and_is_not_kept(native):
    broken = tar_gz({"toy/toy.c": b"int main(void) { return wrong; }\n"})
    reproducer = toy("a", extra={"toy-1.tar.gz": broken})
    for _ in range(2):
        with pytest.raises(PrepareFailed, match="undeclared"):
            native.prepare(reproducer, Side.AFFECTED)
    assert not list((native.cache / "native").glob(".build-*"))


def test_a_build_sees_neither_network_nor_host(native, tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "secret").write_text("host secret")
    makefile = (
        f"toy:\n\tcat {tmp_path}/secret || true\n\tcat /etc/shadow || true\n"
        "\techo error: $$(tail -n +3 /proc/net/dev | cut -d: -f1) $$(id -u) >&2; false\n"
    )
    reproducer = toy(
        "a",
        build='commands = [["make"]]',
        extra={"toy-1.tar.gz": tar_gz({"toy/Makefile": makefile.encode()})},
    )
    with pytest.raises(PrepareFailed, match=r"error: lo 1000") as failure:
        native.prepare(reproducer, Side.AFFECTED)
    assert "host secret" not in str(failure.value)


def test_an_archive_that_climbs_out_changes_nothing_outside(native, tmp_path):
    import io
    import tarfile

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        link = tarfile.TarInfo("toy/out")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
        archive.addfile(link)
        for name in ("toy/out/pwned", "../../../../pwned", f"{tmp_path}/pwned"):
            info = tarfile.TarInfo(name)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"x"))
    with pytest.raises(PrepareFailed):
        native.prepare(toy("a", extra={"toy-1.tar.gz": out.getvalue()}), Side.AFFECTED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("define", ["size_t=char", "A=1;system()"])
def test_a_define_that_rewrites_the_program_is_refused(native, define):
    build = f'sources = ["toy.c"]\ndefines = [{json.dumps(define)}]'
    with pytest.raises(Unsupported, match="more than configuration"):
        native.prepare(toy("a", build=build), Side.AFFECTED)
