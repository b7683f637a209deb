"""Grading: from runs to verdict, level and reasons."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.evidence import grade
from seawall.vocab.evidence import (
    EvidenceLevel,
    FrameOrigin,
    OracleKind,
    RunRecord,
    Side,
    StackFrame,
    Verdict,
)

FRAME = StackFrame(function="parse", file="pkg/a.py", line=7, origin=FrameOrigin.TARGET)


def run(side: Side, *, fired: bool = False, attributed: bool = False, **more: str) -> RunRecord:
    version = "1.1" if side is Side.FIXED else "1.0"
    return RunRecord(
        side=side,
        index=0,
        version=version,
        fired=fired,
        attributed=attributed,
        detail=more.pop("detail", ""),
        stack=(FRAME,) if attributed else (),
        **more,
    )


HIT = run(Side.AFFECTED, fired=True, attributed=True)
LOOSE_HIT = run(Side.AFFECTED, fired=True)
MISS = run(Side.AFFECTED, detail="all steps ran to their end")
QUIET = run(Side.FIXED)
LOUD = run(Side.FIXED, fired=True)
VOID = run(Side.FIXED, problem="step 2 does not exist there")
CALM = run(Side.CONTROL)
WILD = run(Side.CONTROL, fired=True)


def graded(*runs: RunRecord) -> tuple[Verdict, EvidenceLevel]:
    result = grade(runs, oracle=OracleKind.COMMAND)
    return result.verdict, result.level


@pytest.mark.parametrize(
    ("runs", "verdict", "level"),
    [
        ([HIT] * 3 + [QUIET] * 3, Verdict.CONFIRMED, EvidenceLevel.E3),
        ([HIT] * 3 + [CALM] * 3, Verdict.CONFIRMED, EvidenceLevel.E3),
        ([HIT, HIT, LOOSE_HIT] + [QUIET] * 3, Verdict.CONFIRMED, EvidenceLevel.E2),
        ([HIT] * 3, Verdict.CONFIRMED, EvidenceLevel.E1),
        ([HIT] * 3 + [QUIET, QUIET, LOUD], Verdict.CONFIRMED, EvidenceLevel.E1),
        ([HIT] * 3 + [QUIET, QUIET, VOID], Verdict.CONFIRMED, EvidenceLevel.E1),
        ([HIT] * 3 + [VOID, CALM], Verdict.CONFIRMED, EvidenceLevel.E1),
        ([HIT] * 3 + [LOUD, CALM], Verdict.CONFIRMED, EvidenceLevel.E1),
        ([HIT] * 3 + [QUIET, WILD], Verdict.CONFIRMED, EvidenceLevel.E1),
        ([HIT, HIT, MISS], Verdict.FLAKY, EvidenceLevel.E0),
        ([MISS] * 3, Verdict.NOT_REPRODUCED, EvidenceLevel.E0),
        ([HIT, HIT], Verdict.ERROR, EvidenceLevel.E0),
        ([], Verdict.ERROR, EvidenceLevel.E0),
        ([run(Side.AFFECTED, problem="harness died")] * 3, Verdict.ERROR, EvidenceLevel.E0),
        ([run(Side.AFFECTED, refused="step 1: no")], Verdict.UNSUPPORTED, EvidenceLevel.E0),
        (
            [HIT] * 3 + [run(Side.FIXED, suspicion="wrote into the channel")],
            Verdict.FORGED,
            EvidenceLevel.E0,
        ),
    ],
)
def test_runs_are_graded(runs: list[RunRecord], verdict: Verdict, level: EvidenceLevel) -> None:
    assert graded(*runs) == (verdict, level)


def test_the_reasons_are_sentences_that_name_versions_and_place() -> None:
    result = grade([HIT] * 3 + [QUIET] * 3, oracle=OracleKind.COMMAND)
    assert result.reasons == (
        "The planted command was executed in 3 of 3 runs on 1.0.",
        "The planted command was not executed in 3 of 3 runs on the fixed version 1.1.",
        "The effect happened inside the target's own code (parse, pkg/a.py:7).",
    )


def test_a_void_fixed_run_is_called_void() -> None:
    result = grade([HIT] * 3 + [VOID], oracle=OracleKind.COMMAND)
    assert "say nothing, which is not silence: step 2 does not exist there." in result.reasons[1]


def runs_of(side: Side) -> st.SearchStrategy[RunRecord]:
    word = st.sampled_from(["", "", "", "something"])
    return st.builds(
        lambda fired, attributed, problem, suspicion, refused: run(
            side,
            fired=fired and not problem,
            attributed=fired and attributed and not problem,
            problem=problem,
            suspicion=suspicion,
            refused=refused,
        ),
        st.booleans(),
        st.booleans(),
        word,
        word,
        word,
    )


RUNS = st.tuples(
    st.one_of(st.just([HIT] * 3), st.lists(runs_of(Side.AFFECTED), max_size=5)),
    st.lists(st.one_of(runs_of(Side.FIXED), st.just(QUIET)), max_size=4),
    st.lists(st.one_of(runs_of(Side.CONTROL), st.just(CALM)), max_size=4),
).map(lambda parts: [*parts[0], *parts[1], *parts[2]])


def worse(run: RunRecord) -> list[RunRecord]:
    """Give the ways in which a run can be made worse evidence."""
    changes: list[dict[str, object]] = [
        {"attributed": False},
        {"suspicion": "odd"},
        {"refused": "leaves the target"},
        {"fired": False, "attributed": False, "problem": "void"},
    ]
    changes.append({"fired": run.side is not Side.AFFECTED, "attributed": False})
    return [dataclasses.replace(run, **change) for change in changes]  # type: ignore[arg-type]


@given(runs=RUNS, data=st.data())
def test_a_run_made_worse_never_raises_the_level(
    runs: list[RunRecord], data: st.DataObject
) -> None:
    if not runs:
        return
    before = grade(runs, oracle=OracleKind.COMMAND).level
    place = data.draw(st.integers(0, len(runs) - 1))
    changed = data.draw(st.sampled_from(worse(runs[place])))
    after = grade([*runs[:place], changed, *runs[place + 1 :]], oracle=OracleKind.COMMAND).level
    assert after <= before


@given(runs=RUNS)
def test_a_level_is_only_given_to_what_is_confirmed(runs: list[RunRecord]) -> None:
    result = grade(runs, oracle=OracleKind.CHECK)
    assert (result.level > EvidenceLevel.E0) == (result.verdict is Verdict.CONFIRMED)
    assert result.reasons
    assert all(reason[0].isupper() and reason[-1] in ".!?…" for reason in result.reasons)


@given(runs=RUNS)
def test_three_attributed_hits_and_a_silence_are_needed_for_the_top(runs: list[RunRecord]) -> None:
    if grade(runs, oracle=OracleKind.CHECK).level is EvidenceLevel.E3:
        affected = [r for r in runs if r.side is Side.AFFECTED]
        assert len(affected) >= 3
        assert all(r.fired and r.attributed for r in affected)
        assert any(r.side is not Side.AFFECTED for r in runs)
        assert not any(r.fired for r in runs if r.side is not Side.AFFECTED)
