"""What a vendor needs to respond, and what is said to be missing."""

from dataclasses import replace

import pytest

from seawall.core.response_ready import Material, missing, points
from seawall.vocab.evidence import EvidenceLevel

READY = Material(
    description="A template that a user may edit runs code as the server.",
    places=True,
    crash=False,
    severity="high",
    level=EvidenceLevel.E3,
    has_reproducer=True,
)


def test_a_proven_and_described_case_is_ready():
    assert missing(READY) == ()
    assert [point.name for point in points(READY)] == [
        "description",
        "trigger",
        "severity",
        "reproducer",
        "fix",
        "regression test",
    ]


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"description": "Bad."}, "description: describe the weakness and what it leads to"),
        ({"description": " " * 90}, "description: describe the weakness and what it leads to"),
        ({"severity": ""}, "severity: say how severe it is: a CVSS vector, or a word"),
        ({"fixes": 1, "unverified_fixes": 1}, "fix: the candidate fix waits for its verification"),
        ({"fixes": 1}, "fix: no candidate fix was verified; mend one or offer none"),
        (
            {"level": EvidenceLevel.E1},
            "regression test: no run shows that the proof falls silent once the weakness is gone",
        ),
        (
            {"level": EvidenceLevel.E2, "places": False},
            "trigger: say which input reaches which code: a place in the source, or a stack trace",
        ),
    ],
)
def test_each_thing_that_is_missing_is_named_alone(change, lacks):
    assert missing(replace(READY, **change)) == (lacks,)


def test_a_claim_lacks_its_proof():
    claim = replace(READY, level=EvidenceLevel.E0, has_reproducer=False)
    assert "reproducer: add a reproducer" in missing(claim)
    tried = replace(READY, level=EvidenceLevel.E0)
    assert "reproducer: the reproducer has not been confirmed by a run" in missing(tried)


def test_a_crash_or_an_attributed_proof_shows_the_trigger():
    blind = replace(READY, places=False)
    assert missing(blind) == (), "E3 says where it happened"
    assert missing(replace(blind, level=EvidenceLevel.E2, crash=True)) == ()


def test_a_verified_fix_is_a_regression_test_and_outweighs_one_that_failed():
    fixed = replace(READY, level=EvidenceLevel.E1, fixes=2, verified_fixes=1)
    assert missing(fixed) == ()
