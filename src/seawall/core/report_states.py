"""Report management: the states of a report with one party, and the steps between them.

CERT/CC Vultron, "Report Management Process Model", RM transitions. A party that has not received
the report has no state, so the machine begins with RECEIVED.
"""

from enum import StrEnum

from seawall.vocab.cases import ReportState
from seawall.vocab.decisions import Refused


class ReportStep(StrEnum):
    """What a party decides about a report."""

    VALIDATE = "validate"
    INVALIDATE = "invalidate"
    ACCEPT = "accept"
    DEFER = "defer"
    CLOSE = "close"


TRANSITIONS: dict[tuple[ReportState, ReportStep], ReportState] = {
    (ReportState.RECEIVED, ReportStep.VALIDATE): ReportState.VALID,
    (ReportState.RECEIVED, ReportStep.INVALIDATE): ReportState.INVALID,
    (ReportState.INVALID, ReportStep.VALIDATE): ReportState.VALID,
    (ReportState.INVALID, ReportStep.CLOSE): ReportState.CLOSED,
    (ReportState.VALID, ReportStep.ACCEPT): ReportState.ACCEPTED,
    (ReportState.VALID, ReportStep.DEFER): ReportState.DEFERRED,
    (ReportState.ACCEPTED, ReportStep.DEFER): ReportState.DEFERRED,
    (ReportState.ACCEPTED, ReportStep.CLOSE): ReportState.CLOSED,
    (ReportState.DEFERRED, ReportStep.ACCEPT): ReportState.ACCEPTED,
    (ReportState.DEFERRED, ReportStep.CLOSE): ReportState.CLOSED,
}


def step(state: ReportState, to_take: ReportStep) -> ReportState | Refused:
    """Give the state after a step, or say which steps are possible instead."""
    after = TRANSITIONS.get((state, to_take))
    if after is not None:
        return after
    possible = allowed(state)
    if not possible:
        return Refused(f"a {state} report stays {state}")
    choices = " or ".join(possible)
    return Refused(f"a {state} report cannot {to_take}: it can {choices}")


def allowed(state: ReportState) -> tuple[ReportStep, ...]:
    """The steps that are possible in a state."""
    return tuple(s for s in ReportStep if (state, s) in TRANSITIONS)
