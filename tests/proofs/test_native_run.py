"""Runs of programs that were really built, each with one kind of effect or of deceit."""

import random

import pytest

from proofs.native_bundles import a_sandbox, toy
from seawall.proofs.native import NativeRuntime
from seawall.proofs.native_tools import find_compiler, find_symbolizer
from seawall.proofs.placeholders import draw_secrets
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import PrepareFailed
from seawall.vocab.evidence import FrameOrigin, RunRecord, Side


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> NativeRuntime:
    try:
        find_compiler()
    except PrepareFailed as missing:
        pytest.skip(str(missing))
    return NativeRuntime(a_sandbox(), tmp_path_factory.mktemp("cache"))


def run(native: NativeRuntime, reproducer: Reproducer, side: Side = Side.AFFECTED) -> RunRecord:
    prepared = native.prepare(reproducer, side)
    secrets = draw_secrets(random.SystemRandom())
    return native.run(reproducer, prepared, side=side, index=0, secrets=secrets)


def test_an_overflow_fires_and_is_placed_in_the_targets_source(native):
    record = run(native, toy("overflow " + "a" * 40))
    assert record.fired
    assert record.sanitizer.kind == "heap-buffer-overflow"
    assert (record.sanitizer.access, record.sanitizer.size) == ("WRITE", 41)
    assert record.suspicion == record.problem == ""
    if not find_symbolizer():
        pytest.skip("no llvm-symbolizer")
    assert record.attributed
    frames = [(f.function, f.file, f.line) for f in record.stack if f.origin is FrameOrigin.TARGET]
    assert frames[0] == ("overflow", "toy.c", 14)
    assert [name for name, _, _ in frames] == ["overflow", "main"]
    assert record.detail.endswith("in overflow (toy.c:14)")


def test_the_fixed_version_and_the_control_are_silent(native):
    reproducer = toy("overflow " + "a" * 40, control="overflow short")
    assert not run(native, reproducer, Side.FIXED).fired
    control = run(native, reproducer, Side.CONTROL)
    assert (control.fired, control.problem, control.version) == (False, "", "1")


def test_undefined_behaviour_fires(native):
    record = run(native, toy("add 1", build='sources = ["toy.c"]\nsanitizers = ["undefined"]'))
    assert record.fired
    assert record.sanitizer.tool == "UndefinedBehaviorSanitizer"
    assert record.attributed == bool(find_symbolizer())


def test_an_abort_is_no_memory_error(native):
    record = run(native, toy("abort"))
    assert (record.fired, record.exit, record.suspicion) == (False, "signal 6", "")


@pytest.mark.parametrize("word", ["fake", "fakefile"])
def test_a_printed_report_is_suspected_and_does_not_fire(native, word):
    record = run(native, toy(word))
    assert not record.fired
    assert "looks like a sanitizer report" in record.suspicion


def test_the_program_cannot_learn_where_the_report_goes(native):
    record = run(native, toy("environment"))
    assert "PATH=/usr/bin:/bin" in record.output_tail
    assert "log_path" not in record.output_tail
    assert "exitcode" not in record.output_tail


def test_a_report_without_guard_and_without_the_secret_exit_code_does_not_fire(native, monkeypatch):
    from seawall.proofs import native_run

    judged = []
    real = native_run._OneRun.judge

    def judge(one, outcome):
        import dataclasses

        forged = {
            f".h/{one.token}/log.2": b"==2==ERROR: AddressSanitizer: heap-buffer-overflow on "
            b"address 0x602000000011\nWRITE of size 1 at 0x602000000011 thread T0\n"
            b"    #0 0x4f5b3d in parse /work/source/toy.c:12:3\n"
        }
        seen = real(one, dataclasses.replace(outcome, files={**outcome.files, **forged}))
        judged.append(seen)
        return seen

    monkeypatch.setattr(native_run._OneRun, "judge", judge)
    reproducer = toy("nothing")
    prepared = native.prepare(reproducer, Side.AFFECTED)
    import dataclasses

    bare = dataclasses.replace(prepared, facts={**prepared.facts, "guard": "no"})
    record = native.run(
        reproducer, bare, side=Side.AFFECTED, index=0, secrets=draw_secrets(random.Random(1))
    )
    assert judged
    assert not record.fired
    assert "did not end as the sanitizer" in record.suspicion


def test_a_hang_fires_with_the_place_where_it_hangs(native):
    record = run(native, toy("spin", oracle='kind = "hang"\ncpu_seconds = 1'))
    assert record.fired
    assert record.cpu_seconds >= 0.9
    if find_symbolizer():
        assert record.attributed
        assert "in spin (toy.c:" in record.detail or "in odd (toy.c:" in record.detail


def test_a_fast_run_is_no_hang(native):
    record = run(native, toy("nothing", oracle='kind = "hang"\ncpu_seconds = 1'))
    assert (record.fired, record.problem) == (False, "")


def test_a_planted_command_that_is_executed_fires(native):
    oracle = 'kind = "command"'
    record = run(native, toy("run {command}", oracle=oracle))
    assert (record.fired, record.attributed) == (True, True)
    assert not run(native, toy("run true {command}", oracle=oracle)).fired


def test_a_canary_that_is_written_fires(native):
    oracle = 'kind = "file-write"'
    assert run(native, toy("save {canary}", oracle=oracle)).fired
    assert not run(native, toy("save {work}/mine {canary}", oracle=oracle)).fired


def test_a_secret_that_comes_back_fires(native):
    oracle = 'kind = "file-read"'
    record = run(native, toy("show {secret}", oracle=oracle))
    assert (record.fired, record.attributed) == (True, True)
    assert not run(native, toy("nothing {secret}", oracle=oracle)).fired


def test_an_oracle_without_meaning_for_programs_says_so(native):
    import dataclasses

    from seawall.proofs.reproducer import Oracle
    from seawall.vocab.evidence import OracleKind

    plain = toy("nothing")
    odd = dataclasses.replace(plain, oracle=Oracle(kind=OracleKind.PROTOTYPE))
    assert "does not exist for native targets" in run(native, odd).problem
