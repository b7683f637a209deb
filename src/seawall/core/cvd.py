"""The CVD case state: which states exist and which events may follow which.

Householder and Spring, "A State-Based Model for Multi-Party Coordinated Vulnerability
Disclosure", CMU/SEI-2021-SR-021, §2.4: 64 combinations of six facts, 32 of them possible, joined
by 70 histories.
"""

from dataclasses import fields, replace
from enum import StrEnum
from itertools import product

from seawall.vocab.cases import CvdState
from seawall.vocab.decisions import Refused


class CvdEvent(StrEnum):
    """What happened; each can happen once. The values are the model's letters."""

    VENDOR_AWARE = "V"
    FIX_READY = "F"
    FIX_DEPLOYED = "D"
    PUBLIC_AWARE = "P"
    EXPLOIT_PUBLIC = "X"
    ATTACKS_OBSERVED = "A"

    @property
    def fact(self) -> str:
        """The field of CvdState that this event makes true."""
        return self.name.lower()

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    CvdEvent.VENDOR_AWARE: "the vendor is aware",
    CvdEvent.FIX_READY: "the fix is ready",
    CvdEvent.FIX_DEPLOYED: "the fix is deployed",
    CvdEvent.PUBLIC_AWARE: "the public is aware",
    CvdEvent.EXPLOIT_PUBLIC: "an exploit is public",
    CvdEvent.ATTACKS_OBSERVED: "attacks were observed",
}


def is_valid(state: CvdState) -> bool:
    """Say whether a combination of facts is possible: a fix needs an aware vendor, its deployment
    needs the fix."""
    return (state.vendor_aware or not state.fix_ready) and (
        state.fix_ready or not state.fix_deployed
    )


VALID_STATES: tuple[CvdState, ...] = tuple(
    state
    for facts in product((False, True), repeat=6)
    if is_valid(
        state := CvdState(**dict(zip((f.name for f in fields(CvdState)), facts, strict=True)))
    )
)
"""All 32."""


def observe(state: CvdState, event: CvdEvent) -> CvdState | Refused:
    """Give the state after `event`, or say why it cannot come next.

    What the public knows the vendor is presumed to know, and a public exploit makes the public
    aware; while such a consequence is due, nothing else may come first. `record` adds the
    consequences itself.
    """
    if not is_valid(state):
        return Refused(f"{state} is not a possible state")
    if getattr(state, event.fact):
        return Refused(f"it is known already that {event.words}")
    due = _due(state)
    if due is not None and event is not due:
        return Refused(f"first record that {due.words}: it follows from what is known")
    if event is CvdEvent.FIX_READY and not state.vendor_aware:
        return Refused("a fix needs a vendor who is aware")
    if event is CvdEvent.FIX_DEPLOYED and not state.fix_ready:
        return Refused("a fix is ready before it is deployed")
    return replace(state, **{event.fact: True})


def _due(state: CvdState) -> CvdEvent | None:
    if state.exploit_public and not state.public_aware:
        return CvdEvent.PUBLIC_AWARE
    if state.public_aware and not state.vendor_aware:
        return CvdEvent.VENDOR_AWARE
    return None


def allowed(state: CvdState) -> tuple[CvdEvent, ...]:
    """The events that may come next."""
    return tuple(e for e in CvdEvent if not isinstance(observe(state, e), Refused))


def record(state: CvdState, event: CvdEvent) -> tuple[CvdState, tuple[CvdEvent, ...]] | Refused:
    """Give the state after `event` and all that follows from it, with the events in order."""
    happened: list[CvdEvent] = []
    coming: CvdEvent | None = event
    while coming is not None:
        after = observe(state, coming)
        if isinstance(after, Refused):
            return after
        state = after
        happened.append(coming)
        coming = _due(state)
    return state, tuple(happened)


def embargo_possible(state: CvdState) -> bool:
    """Say whether an embargo may begin or be prolonged: not once the public is aware, an exploit
    is public or attacks were observed (Vultron, embargo management, "Don't Start")."""
    return not (state.public_aware or state.exploit_public or state.attacks_observed)
