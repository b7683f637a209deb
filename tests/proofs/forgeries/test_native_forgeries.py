"""Native bundles that try to pass off what is not the target's doing."""

import dataclasses
import random
from pathlib import Path

import pytest

from proofs.native_bundles import a_sandbox, tar_gz, toy
from seawall.proofs.native import NativeRuntime
from seawall.proofs.native_source import fetch_source
from seawall.proofs.native_tools import find_compiler, find_symbolizer
from seawall.proofs.placeholders import draw_secrets
from seawall.proofs.plausible import flaw_of_control
from seawall.proofs.reproduce import reproduce
from seawall.proofs.reproducer import NativeRun, Reproducer
from seawall.proofs.runtime import PrepareFailed
from seawall.vocab.evidence import EvidenceLevel, RunRecord, Side, Verdict

CRASH = b"""
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
  char *room = malloc(4);
  strcpy(room, argv[argc - 1]);
  return room[0];
}
"""


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> NativeRuntime:
    try:
        find_compiler()
    except PrepareFailed as missing:
        pytest.skip(str(missing))
    return NativeRuntime(a_sandbox(), tmp_path_factory.mktemp("cache"))


def run(native: NativeRuntime, reproducer: Reproducer) -> RunRecord:
    prepared = native.prepare(reproducer, Side.AFFECTED)
    secrets = draw_secrets(random.SystemRandom())
    return native.run(reproducer, prepared, side=Side.AFFECTED, index=0, secrets=secrets)


def with_source(made: Reproducer, files: dict[str, bytes]) -> Reproducer:
    return dataclasses.replace(made, files={**made.files, "toy-1.tar.gz": tar_gz(files)})


@pytest.mark.parametrize("sanitizers", ['["address"]', '["undefined"]', '["leak"]'])
def test_a_program_that_lies_ready_in_the_source_is_not_built_by_us(
    native: NativeRuntime, sanitizers: str
) -> None:
    build = f'commands = [["make", "-j2"]]\nsanitizers = {sanitizers}'
    binary = Path("/bin/true").resolve().read_bytes()
    files = {"toy/toy": binary, "toy/Makefile": b"all:\n\ttrue\n"}
    with pytest.raises(PrepareFailed, match=r"built without|not built"):
        native.prepare(with_source(toy("x", build=build), files), Side.AFFECTED)


@pytest.mark.parametrize("folder", ["tests", "test", "fuzz", "examples", "src/tests"])
def test_a_crash_of_the_sources_own_test_program_is_not_attributed(
    native: NativeRuntime, folder: str
) -> None:
    if not find_symbolizer():
        pytest.skip("no llvm-symbolizer")
    build = f'sources = ["{folder}/crash.c"]\nsanitizers = ["address"]'
    files = {f"toy/{folder}/crash.c": CRASH, "toy/README": b"x"}
    record = run(native, with_source(toy("x", build=build), files))
    assert (record.fired, record.attributed) == (True, False), record.detail


@pytest.mark.parametrize(
    ("kind", "args"),
    [("command", ("{command}",)), ("file-write", ("{canary}",)), ("file-read", ("{secret}",))],
)
def test_what_the_command_line_asks_for_is_not_attributed(
    native: NativeRuntime, kind: str, args: tuple[str, ...]
) -> None:
    line = {"command": "run", "file-write": "save", "file-read": "show"}[kind]
    made = toy(f"{line} {args[0]}", oracle=f'kind = "{kind}"')
    assert run(native, made).attributed
    named = dataclasses.replace(made, run=NativeRun(args=("{input}", *args), inputs=("input",)))
    record = run(native, named)
    assert (record.fired, record.attributed) == (True, False)


@pytest.mark.parametrize(
    "control",
    [
        NativeRun(args=("--version",), inputs=("input",)),
        NativeRun(args=("{input}", "x"), inputs=("input",)),
        NativeRun(args=("{input}",)),
        NativeRun(args=("{input}",), stdin="input", inputs=("input",)),
    ],
    ids=["other option", "more arguments", "no input", "also standard input"],
)
def test_a_control_calls_the_program_the_same_way(control: NativeRun) -> None:
    made = toy("overflow x", control="overflow y")
    assert flaw_of_control(made) == ""
    assert "another way" in flaw_of_control(dataclasses.replace(made, control_run=control))


def test_a_source_of_the_reporters_own_proves_nothing_unread(native: NativeRuntime) -> None:
    made = toy("overflow " + "a" * 40)
    sandbox, cache = native.sandbox, native.cache
    record = reproduce(made, sandbox=sandbox, cache_dir=cache, runs=1)
    assert (record.verdict, record.level) == (Verdict.UNSUPPORTED, EvidenceLevel.E0)
    read = reproduce(
        made, sandbox=sandbox, cache_dir=cache, runs=1, endorsed=frozenset({made.digest})
    )
    assert read.verdict is Verdict.CONFIRMED, read.reasons


def test_one_bundle_cannot_name_the_sources_of_another(tmp_path: Path) -> None:
    """The same bytes under an odd name first: the second bundle still finds its own archive."""
    honest = toy("x")
    assert honest.build is not None
    data = honest.files["toy-1.tar.gz"]
    odd = dataclasses.replace(
        honest,
        build=dataclasses.replace(honest.build, archive="evil.dsc"),
        files={**honest.files, "evil.dsc": data},
        target=dataclasses.replace(honest.target, affected="6.6.6"),
    )
    first = fetch_source(odd, Side.AFFECTED, cache=tmp_path)
    second = fetch_source(honest, Side.AFFECTED, cache=tmp_path)
    assert [f.name for f in first.files] == ["evil.dsc"]
    assert [f.name for f in second.files] == ["toy-1.tar.gz"]
    assert (second.version, second.note) == ("1", "")


def test_links_in_a_source_lead_nowhere(native: NativeRuntime) -> None:
    """A program that is a link to one of the system has no sanitizer and no guard."""
    build = 'commands = [["ln", "-sf", "/bin/true", "toy"]]\nsanitizers = ["undefined"]'
    with pytest.raises(PrepareFailed, match="not built"):
        native.prepare(toy("x", build=build), Side.AFFECTED)
