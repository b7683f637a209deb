"""Bundles whose tables, names and numbers try to cheat before anything runs."""

import dataclasses

import pytest

from proofs.forgeries.gadgets import call, proof, step
from proofs.native_bundles import toy
from seawall.proofs.reader import read_reproducer
from seawall.proofs.reproducer import Reproducer
from seawall.vocab.errors import BadInput

RUN = call("gadget:run", '"{command}"')


def manifest(old: str = "", new: str = "") -> Reproducer:
    text = proof(RUN).files["reproducer.toml"].decode()
    assert old in text
    return read_reproducer({"reproducer.toml": text.replace(old, new).encode()})


NAMES = {
    "an option of pip": "pkg:pypi/--user",
    "a short option of pip": "pkg:pypi/-rpasswd",
    "a namespace that pypi does not have": "pkg:pypi/other/gadget",
    "a path": "pkg:pypi/..%2Fgadget",
    "an address": "pkg:pypi/git+https:%2F%2Fexample.org%2Fx",
    "a qualifier": "pkg:pypi/gadget?repository_url=https://example.org",
    "a version": "pkg:pypi/gadget@1.0",
    "a subpath": "pkg:pypi/gadget#x",
    "a space": "pkg:pypi/gadget%20x",
}


@pytest.mark.parametrize("purl", NAMES.values(), ids=NAMES.keys())
def test_a_purl_is_a_plain_package_name(purl: str) -> None:
    with pytest.raises(BadInput) as bad:
        manifest("pkg:pypi/gadget", purl)
    assert bad.value.where.startswith(("target", "purl", "")), bad.value


def test_odd_case_is_the_same_package() -> None:
    assert manifest("pkg:pypi/gadget", "pkg:PyPI/Gadget").target.purl == "pkg:pypi/gadget"


NPM = {
    "a repository on a forge": "pkg:npm/user/repo",
    "an option of npm": "pkg:npm/--global",
    "an alias": "pkg:npm/x@npm:y",
    "a path": "pkg:npm/..%2Fx",
}


@pytest.mark.parametrize("purl", NPM.values(), ids=NPM.keys())
def test_an_npm_purl_is_a_plain_package_name(purl: str) -> None:
    text = proof(RUN, runtime="node").files["reproducer.toml"].decode()
    with pytest.raises(BadInput):
        read_reproducer({"reproducer.toml": text.replace("pkg:npm/gadget", purl).encode()})


PINS = [
    "gadget==2.0",
    "-rpasswd==1",
    "x @ https://example.org/x.whl",
    "x",
    "x>=1",
    "x==1;y",
    "x==*",
]


@pytest.mark.parametrize("pin", PINS)
def test_a_pin_is_an_exact_version_of_a_dependency(pin: str) -> None:
    with pytest.raises(BadInput):
        manifest('runtime = "python"', f'runtime = "python"\nwith = ["{pin}"]')


VERSIONS = {
    "the same version twice": "1.0",
    "the same version in other words": "1.0.0",
    "an older version": "0.9",
    "an option": "-1",
    "a tag": "latest",
    "a wildcard": "1.*",
}


@pytest.mark.parametrize("fixed", VERSIONS.values(), ids=VERSIONS.keys())
def test_the_fixed_version_comes_after_the_affected_one(fixed: str) -> None:
    with pytest.raises(BadInput):
        proof(RUN, fixed=fixed)


@pytest.mark.parametrize(
    "line",
    ["runs = -1", "runs = 21", "wall_seconds = 100000", "memory_mb = 999999", "memory_mb = nan",
     "wall_seconds = inf", "runs = true", "cpu_seconds = 1"],
)  # fmt: skip
def test_limits_are_the_runners(line: str) -> None:
    with pytest.raises(BadInput):
        proof(RUN, limits=line).limits  # noqa: B018
        if line.startswith("wall"):
            proof(RUN).files["reproducer.toml"]


EVERYDAY = [
    "SystemExit",
    "KeyboardInterrupt",
    "GeneratorExit",
    "StopIteration",
    "builtins.SystemExit",
    "Exception",
    "BaseException",
]


@pytest.mark.parametrize("kind", EVERYDAY)
def test_an_everyday_exception_is_no_denial_of_service(kind: str) -> None:
    with pytest.raises(BadInput):
        proof(call("gadget:run", '"x"'), oracle=f'kind = "exception"\ntype = "{kind}"')


HANG = 'kind = "hang"\ncpu_seconds = 1'
UNEQUAL = {
    "a larger number": (
        call("gadget:count", "1000000000"),
        call("gadget:count", "1", at="control"),
    ),
    "a larger number inside": (
        call("gadget:count", "[[1000000000]]"),
        call("gadget:count", "[[1]]", at="control"),
    ),
    "a larger big number": (
        call("gadget:count", '{ bigint = "1000000000" }'),
        call("gadget:count", '{ bigint = "0000000001" }', at="control"),
    ),
    "more calls": (
        call("gadget:tock", '"aaaa"') * 3,
        call("gadget:tock", '"aaaaaaaaaaaa"', at="control"),
    ),
    "the weight in another call": (
        call("gadget:count", '"aaaaaaaaaaaa"') + call("gadget:tick", '"a"'),
        call("gadget:count", '"a"', at="control")
        + call("gadget:tick", '"aaaaaaaaaaaa"', at="control"),
    ),
    "other functions": (
        call("gadget:count", '"aaaa"'),
        call("gadget:tick", '"aaaa"', at="control"),
    ),
    "no call of the target": (
        call("gadget:count", '"aaaa"'),
        step("builtin", "len", '"aaaa"', at="control"),
    ),
}


@pytest.mark.parametrize(("steps", "control"), UNEQUAL.values(), ids=UNEQUAL.keys())
def test_a_hang_wants_the_same_calls_with_values_of_equal_size(steps: str, control: str) -> None:
    with pytest.raises(BadInput) as bad:
        proof(steps + control, oracle=HANG)
    assert "control" in str(bad.value)


def test_a_title_cannot_speak_to_a_terminal() -> None:
    made = manifest('title = "A flaw"', r'title = "A\u001b[2J\u001b]0;x\u0007 \u202Eflaw"')
    assert made.title.isprintable()


FLAGS = [
    "-fsanitize=integer", "-fsanitize=unsigned-integer-overflow", "-fpack-struct=1",
    "-fshort-enums",
    "-fplugin=x", "-fno-sanitize=all", "-include", "-Wl,-z", "-Wa,-x", "@flags", "-B.", "-Tx.ld",
    "-finstrument-functions", "-fprofile-generate", "-fsyntax-only", "-ffast-math",
    "-fshort-wchar", "-Xclang", "-specs=x", "-fuse-ld=x",
]  # fmt: skip


@pytest.mark.parametrize("flag", FLAGS)
def test_flags_that_change_what_is_built_are_refused(flag: str) -> None:
    with pytest.raises(BadInput):
        toy("nothing", build=f'sources = ["toy.c"]\nflags = ["{flag}"]')


PATHS = {
    "sources": "../../etc/x.c",
    "include": "/etc",
    "program": "../../bin/sh",
    "root": "..",
    "inner": "../x.tar.gz",
    "libs": "x -Wl,y",
    "without_patches": "../x",
}


@pytest.mark.parametrize(("key", "value"), PATHS.items(), ids=PATHS.keys())
def test_paths_of_a_build_stay_in_the_source(key: str, value: str) -> None:
    listed = key not in ("program", "root", "inner")
    text = toy("nothing").files["reproducer.toml"].decode()
    line = f'{key} = ["{value}"]' if listed else f'{key} = "{value}"'
    kept = [t for t in text.splitlines() if t.split(" =")[0] != key]
    at = kept.index("[build]")
    changed = "\n".join([*kept[: at + 1], line, *kept[at + 1 :]])
    files = {**toy("nothing").files, "reproducer.toml": changed.encode()}
    with pytest.raises(BadInput):
        read_reproducer(files)


def native(**build: object) -> Reproducer:
    """As a package of a registry, so that the source is not the reporter's."""
    made = toy("nothing")
    assert made.build is not None
    plain = dataclasses.replace(made.build, **{"archive": "", "fixed_archive": "", **build})
    target = dataclasses.replace(made.target, purl="pkg:pypi/toy")
    return dataclasses.replace(made, build=plain, target=target)


def test_a_build_of_a_registrys_source_needs_no_endorsement() -> None:
    assert not native().needs_endorsement
    assert not native(defines=("HAVE_CONFIG_H", "LUA_USE_POSIX", "DEBUG=1")).needs_endorsement


CODE: dict[str, dict[str, object]] = {
    "a macro in place of a function": {"defines": ("FREE=abort",)},
    "a macro in place of a limit": {"defines": ("PATH_MAX=1",)},
    "a macro of the compiler": {"defines": ("__GNUC__=1",)},
    "a macro in place of words": {"defines": ("HAVE_X=a b",)},
    "a diff": {"fix": "fix.diff"},
    "a source archive": {"archive": "toy-1.tar.gz"},
    "a fixed source archive": {"fixed_archive": "toy-1.tar.gz"},
    "a header": {"files": {"config.h": "config.h"}},
    "a driver": {"driver": "driver.c"},
    "a shell": {"sources": (), "commands": (("sh", "-c", "x"),)},
    "a compiler by way of make": {"sources": (), "commands": (("make", "CC=evil"),)},
}


@pytest.mark.parametrize("build", CODE.values(), ids=CODE.keys())
def test_code_of_the_reporter_runs_only_when_endorsed(build: dict[str, object]) -> None:
    assert native(**build).needs_endorsement
