"""What comes next in a case, and who has to act."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from seawall.core.next_steps import Situation, What, Who, next_steps
from seawall.vocab.cases import CvdState, EmbargoState, ReportState
from seawall.vocab.evidence import EvidenceLevel

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROVEN = Situation(
    sleeps=False,
    report=ReportState.ACCEPTED,
    level=EvidenceLevel.E3,
    cvd=CvdState(),
    embargo=EmbargoState.NONE,
    ends_at=None,
    lacks=(),
    handover="",
    has_vendor=False,
    unbound=0,
    fixes=0,
    verified_fixes=0,
    unverified_fixes=0,
    published=False,
)
AWARE = CvdState(vendor_aware=True)
FIXED = CvdState(vendor_aware=True, fix_ready=True)
HELD = {"embargo": EmbargoState.ACTIVE, "ends_at": NOON, "has_vendor": True}


def steps(**change) -> list[tuple[What, Who]]:
    return [(each.what, each.who) for each in next_steps(replace(PROVEN, **change))]


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ({"sleeps": True}, What.NOTHING),
        ({"report": ReportState.CLOSED}, What.NOTHING),
        ({"level": EvidenceLevel.E0}, What.PROVE),
        ({"report": ReportState.VALID}, What.DECIDE),
        ({}, What.HAND_OVER),
        ({"lacks": ("severity: …",)}, What.COMPLETE),
        ({"handover": "waiting"}, What.WAIT_FOR_ROOM),
        ({"handover": "handed over", "has_vendor": True}, What.ACKNOWLEDGE),
        ({"handover": "declined", "has_vendor": True}, What.HAND_OVER),
        ({"cvd": AWARE, "has_vendor": True}, What.PROPOSE),
        ({"embargo": EmbargoState.PROPOSED, "has_vendor": True}, What.ANSWER),
        ({**HELD, "unbound": 1}, What.CONSENT),
        ({**HELD, "cvd": AWARE}, What.FIX),
        ({**HELD, "cvd": AWARE, "unverified_fixes": 1}, What.VERIFY),
        ({**HELD, "cvd": FIXED}, What.WAIT_FOR_END),
        ({"cvd": FIXED, "has_vendor": True}, What.PUBLISH),
        ({"embargo": EmbargoState.EXITED, "has_vendor": True}, What.PUBLISH),
        ({"cvd": FIXED, "has_vendor": True, "published": True}, What.DEPLOY),
        (
            {"cvd": replace(FIXED, fix_deployed=True), "has_vendor": True, "published": True},
            What.CLOSE,
        ),
    ],
)
def test_the_first_thing_to_do(change, first):
    assert steps(**change)[0][0] is first


def test_attacks_make_publication_urgent_and_leave_the_fix_to_the_vendor():
    found = next_steps(replace(PROVEN, cvd=replace(AWARE, attacks_observed=True), has_vendor=True))
    assert (found[0].what, found[0].urgent) == (What.PUBLISH, True)
    assert (What.FIX, Who.VENDOR) in [(each.what, each.who) for each in found]


def test_what_has_a_day_says_it():
    (fix,) = next_steps(replace(PROVEN, cvd=AWARE, **HELD))
    assert (fix.what, fix.by) == (What.FIX, NOON)
