"""Audit records: what makes an item unsound, what makes it a floor item, how they are kept."""

from pathlib import Path

import pytest

from evals.families import leaky
from proofs.targets import Prover
from seawall.evals.audit import (
    AuditRecord,
    Progress,
    Tried,
    audit_bank,
    read_audit,
    write_audit,
)
from seawall.proofs.runtime import PrepareFailed
from seawall.vocab.evals import Task


def record(**solved: bool) -> AuditRecord:
    tried = tuple(
        Tried(solver=name.replace("_", " "), solved=came, reason="because")
        for name, came in solved.items()
    )
    return AuditRecord(item="a.fix", substance="0" * 64, source_bytes=7, tried=tried)


def test_an_item_is_sound_when_reference_and_upstream_fix_pass_and_the_rest_fails() -> None:
    made = record(grep=False, delete_the_feature=False, upstream_fix=True, reference=True)
    assert made.problems == ()
    assert not made.floor


@pytest.mark.parametrize(
    ("solver", "came", "said"),
    [
        ("reference", False, "reference does not solve it: because"),
        ("upstream_fix", False, "upstream fix does not solve it: because"),
        ("delete_the_feature", True, "delete the feature solves it: because"),
    ],
)
def test_an_unsound_item_says_why(solver: str, came: bool, said: str) -> None:
    assert record(**{solver: came}).problems == (said,)


def test_what_does_nothing_must_not_solve() -> None:
    noop = Tried(solver="no-op", solved=True, reason="because")
    made = AuditRecord(item="a.find", substance="", source_bytes=1, tried=(noop,))
    assert made.problems == ("no-op solves it: because",)


@pytest.mark.parametrize("solver", ["random", "grep", "fuzzer"])
def test_what_a_solver_without_skill_solves_is_a_floor_item_and_sound(solver: str) -> None:
    made = record(**{solver: True, "reference": True})
    assert made.floor
    assert made.problems == ()


def test_records_are_kept_and_read(tmp_path: Path) -> None:
    made = record(reference=True, fuzzer=False)
    write_audit([made], tmp_path / "audit.json")
    assert read_audit((tmp_path / "audit.json").read_text()) == {"a.fix": made}


def test_an_item_that_cannot_be_had_here_is_recorded_as_failed(
    prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PrepareFailed("leaky is not in the registry")

    monkeypatch.setattr("seawall.evals.audit.material", refuse)
    heard: list[Progress] = []
    records = audit_bank(
        [leaky(Task.FIND), leaky(Task.PROVE)],
        sandbox=prover.sandbox,
        cache_dir=prover.root / "cache",
        progress=heard.append,
    )
    assert [r.problems for r in records] == [("leaky is not in the registry",)] * 2
    assert [(p.done, p.total) for p in heard] == [(1, 2), (2, 2)]
