"""Values become plain JSON values and come back without loss."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from seawall.core.plain import NotThisType, from_plain, to_plain
from seawall.vocab.evidence import (
    EvidenceLevel,
    FrameOrigin,
    OracleKind,
    RunRecord,
    Runtime,
    Side,
    StackFrame,
    ValidationRecord,
    Verdict,
)
from seawall.vocab.findings import CreditWish, Finding, Location, Provenance, Tool
from seawall.vocab.sanitizers import SanitizerFrame, SanitizerReport, SanitizerStack

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FRAME = SanitizerFrame(index=0, function="f", file="a.c", line=3)
RUN = RunRecord(
    side=Side.AFFECTED,
    index=0,
    version="1.0",
    fired=True,
    attributed=True,
    detail="overflow",
    stack=(StackFrame(function="f", file="a.c", line=3, origin=FrameOrigin.TARGET),),
    sanitizer=SanitizerReport(
        tool="ASan",
        kind="heap-buffer-overflow",
        stacks=(SanitizerStack(title="", frames=(FRAME,)),),
    ),
    wall_seconds=0.5,
)
RECORD = ValidationRecord(
    reproducer_digest="ab" * 32,
    target="pkg:pypi/x",
    runtime=Runtime.NATIVE,
    oracle=OracleKind.FILE_READ,
    affected_version="1.0",
    fixed_version="",
    verdict=Verdict.NOT_REPRODUCED,
    level=EvidenceLevel.E3,
    reasons=("one", "two"),
    runs=(RUN, replace(RUN, side=Side.FIXED, sanitizer=None)),
    started_at=NOON,
    finished_at=NOON,
    environment={"sandbox": "bubblewrap"},
)
FINDING = Finding(
    key="1",
    title="T",
    cwes=("CWE-79",),
    locations=(Location(file="a.py", line=3),),
    extra={"nested": {"list": [1, None, "x"]}},
)
PROVENANCE = Provenance(
    reporter="Ann",
    tools=(Tool(name="m", kind="model"),),
    human_reviewed=None,
    credit=CreditWish.ANONYMOUS,
)


@pytest.mark.parametrize("value", [RECORD, FINDING, PROVENANCE, FRAME])
def test_a_value_comes_back_from_json(value):
    text = json.dumps(to_plain(value))
    assert from_plain(type(value), json.loads(text)) == value


def test_levels_are_written_by_name_and_words_by_value():
    plain = to_plain(RECORD)
    assert (plain["level"], plain["verdict"], plain["started_at"]) == (
        "E3",
        "not reproduced",
        "2026-11-23T12:00:00+00:00",
    )


def test_fields_that_came_later_take_their_defaults_and_unknown_ones_are_ignored():
    assert from_plain(Location, {"file": "a", "colour": "red"}) == Location(file="a")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Location, {}),
        (Location, {"file": 3}),
        (Location, {"file": "a", "line": "3"}),
        (Location, {"file": "a", "line": True}),
        (Location, []),
        (Provenance, {"human_reviewed": "yes"}),
        (Provenance, {"reporter": None}),
        (Provenance, {"credit": "loud"}),
        (Provenance, {"finders": "Ann"}),
        (ValidationRecord, to_plain(RECORD) | {"level": "E9"}),
    ],
)
def test_another_shape_is_refused(kind, value):
    with pytest.raises(NotThisType, match=f"not a {kind.__name__}"):
        from_plain(kind, value)


def test_bytes_have_no_plain_form():
    @dataclass(frozen=True)
    class Holder:
        data: bytes

    with pytest.raises(TypeError, match="bytes has no plain form"):
        to_plain(Holder(b"x"))
