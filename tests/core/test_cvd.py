"""The CVD case state follows Householder and Spring."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.cvd import (
    VALID_STATES,
    CvdEvent,
    allowed,
    embargo_possible,
    is_valid,
    observe,
    record,
)
from seawall.vocab.cases import CvdState
from seawall.vocab.decisions import Refused

START = CvdState()
END = CvdState(
    vendor_aware=True,
    fix_ready=True,
    fix_deployed=True,
    public_aware=True,
    exploit_public=True,
    attacks_observed=True,
)
# The model's transition function, state by state (CMU/SEI-2021-SR-021; Vultron, CS transitions).
GRAMMAR = """
vfdpxa VPXA  vfdpxA VPX  vfdpXa P   vfdpXA P   vfdPxa V   vfdPxA V   vfdPXa V   vfdPXA V
Vfdpxa FPXA  VfdpxA FPX  VfdpXa P   VfdpXA P   VfdPxa FXA VfdPxA FX  VfdPXa FA  VfdPXA F
VFdpxa DPXA  VFdpxA DPX  VFdpXa P   VFdpXA P   VFdPxa DXA VFdPxA DX  VFdPXa DA  VFdPXA D
VFDpxa PXA   VFDpxA PX   VFDpXa P   VFDpXA P   VFDPxa XA  VFDPxA X   VFDPXa A   VFDPXA -
"""
TABLE = dict(zip(GRAMMAR.split()[::2], GRAMMAR.split()[1::2], strict=True))


def test_there_are_thirty_two_possible_states():
    assert len(VALID_STATES) == 32
    assert {str(s) for s in VALID_STATES} == set(TABLE)


@pytest.mark.parametrize("state", VALID_STATES, ids=str)
def test_each_state_allows_exactly_the_events_of_the_model(state):
    assert {e.value for e in allowed(state)} == set(TABLE[str(state)]) - {"-"}


def test_there_are_seventy_histories():
    @cache
    def histories(state):
        if state == END:
            return 1
        return sum(histories(observe(state, event)) for event in allowed(state))

    assert histories(START) == 70


def test_an_event_happens_once_and_says_so():
    after = observe(START, CvdEvent.ATTACKS_OBSERVED)
    assert str(after) == "vfdpxA"
    assert observe(after, CvdEvent.ATTACKS_OBSERVED) == Refused(
        "it is known already that attacks were observed"
    )


def test_a_fix_needs_a_vendor_who_is_aware():
    assert observe(START, CvdEvent.FIX_READY) == Refused("a fix needs a vendor who is aware")


def test_a_public_exploit_makes_public_and_vendor_aware():
    assert record(START, CvdEvent.EXPLOIT_PUBLIC) == (
        CvdState(vendor_aware=True, public_aware=True, exploit_public=True),
        (CvdEvent.EXPLOIT_PUBLIC, CvdEvent.PUBLIC_AWARE, CvdEvent.VENDOR_AWARE),
    )


def test_an_impossible_state_leads_nowhere():
    impossible = CvdState(fix_deployed=True)
    assert not is_valid(impossible)
    assert allowed(impossible) == ()


@given(st.lists(st.sampled_from(CvdEvent), max_size=20))
def test_no_sequence_of_events_reaches_an_impossible_state(events):
    state = START
    for event in events:
        after = record(state, event)
        if isinstance(after, Refused):
            assert after.reason
            continue
        before, (state, happened) = state, after
        assert is_valid(state)
        assert event is happened[0]
        for fact in CvdEvent:
            assert getattr(state, fact.fact) == (getattr(before, fact.fact) or fact in happened)


@pytest.mark.parametrize("state", VALID_STATES, ids=str)
def test_an_embargo_is_possible_only_while_nothing_is_out(state):
    assert embargo_possible(state) == str(state).endswith("pxa")
