"""Report management follows Vultron."""

import pytest

from seawall.core.report_states import ReportStep, allowed, step
from seawall.vocab.cases import ReportState
from seawall.vocab.decisions import Refused

MODEL = {
    ("received", "validate"): "valid",
    ("received", "invalidate"): "invalid",
    ("invalid", "validate"): "valid",
    ("invalid", "close"): "closed",
    ("valid", "accept"): "accepted",
    ("valid", "defer"): "deferred",
    ("accepted", "defer"): "deferred",
    ("accepted", "close"): "closed",
    ("deferred", "accept"): "accepted",
    ("deferred", "close"): "closed",
}


@pytest.mark.parametrize("state", ReportState)
@pytest.mark.parametrize("to_take", ReportStep)
def test_a_step_is_possible_exactly_where_the_model_has_it(state, to_take):
    after = step(state, to_take)
    expected = MODEL.get((state.value, to_take.value))
    if expected is None:
        assert isinstance(after, Refused)
    else:
        assert after is ReportState(expected)


def test_a_refusal_says_what_is_possible():
    assert step(ReportState.RECEIVED, ReportStep.ACCEPT) == Refused(
        "a received report cannot accept: it can validate or invalidate"
    )
    assert step(ReportState.CLOSED, ReportStep.ACCEPT) == Refused("a closed report stays closed")


def test_every_report_can_be_closed_and_nothing_follows():
    for state in ReportState:
        reached, todo = {state}, [state]
        while todo:
            here = todo.pop()
            for to_take in allowed(here):
                after = step(here, to_take)
                if after not in reached:
                    reached.add(after)
                    todo.append(after)
        assert ReportState.CLOSED in reached
    assert allowed(ReportState.CLOSED) == ()
