"""Submissions: what is pinned, what was agreed, and which steps a regime allows.

Under a regime without a gate no step and no state here can stop or delay a release: `may_release`
allows it always, and a lab can withdraw in every state (EO 14409, sec. 3(c)).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.regimes import Regime
from seawall.vocab.reviews import Determined, SubmissionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """The exact thing that is reviewed; another version or variant is another submission."""

    model: str
    version: str
    """The lab's exact name of the weights, such as a dated snapshot or a digest."""
    safeguards: str
    """The variant of its safeguards, such as "none" or "refusals, classifier 3"."""
    endpoint: str = ""
    """Where it is asked, an https address; "" until the lab provides one."""
    operations: float | None = None
    """Integer or floating-point operations of its training; None when not disclosed."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the lab and the government agreed on; each in words, deletion in days."""

    confidentiality: str
    cybersecurity: str
    insider_risk: str
    intellectual_property: str
    permitted_use: str
    retain_days: int
    """How long what was learned by using it is kept; then it is deleted."""
    deletion: str
    """What is deleted, and how it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What decides about a submission's next steps."""

    state: SubmissionState = SubmissionState.DRAFT
    partner_release_at: datetime
    public_release_at: datetime
    operations: float | None = None
    terms_complete: bool = False
    has_endpoint: bool = False
    handed_over: frozenset[str] = frozenset()
    """Ids of the regime's evidence that the lab handed over."""
    verdict: Determined | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    released_at: datetime | None = None
    withdrawn_at: datetime | None = None
    deleted: bool = False
    retain_days: int = 0


class Step(StrEnum):
    """What can be done with a submission."""

    AMEND = "amend"
    SUBMIT = "submit"
    HAND_OVER = "hand evidence over"
    BEGIN = "begin the evaluation"
    DETERMINE = "determine"
    SHARE = "share the assessment"
    OPEN = "open the window"
    CLOSE = "close the window"
    WITHDRAW = "withdraw"
    RELEASE = "say that it is released"
    DELETE = "delete what it holds"


_S = SubmissionState
_FROM: dict[Step, frozenset[SubmissionState]] = {
    Step.AMEND: frozenset({_S.DRAFT}),
    Step.SUBMIT: frozenset({_S.DRAFT}),
    Step.HAND_OVER: frozenset(_S) - {_S.WITHDRAWN},
    Step.BEGIN: frozenset({_S.SUBMITTED}),
    Step.DETERMINE: frozenset({_S.EVALUATING, _S.DETERMINED, _S.WINDOW_OPEN, _S.WINDOW_CLOSED}),
    Step.SHARE: frozenset({_S.DETERMINED, _S.WINDOW_OPEN, _S.WINDOW_CLOSED}),
    Step.OPEN: frozenset({_S.DETERMINED}),
    Step.CLOSE: frozenset({_S.WINDOW_OPEN}),
    Step.WITHDRAW: frozenset(_S) - {_S.WITHDRAWN},
    Step.RELEASE: frozenset(_S),
    Step.DELETE: frozenset({_S.WITHDRAWN, _S.WINDOW_CLOSED}),
}
"""From which states a step is taken."""


def may_take(step: Step, standing: Standing, regime: Regime, *, now: datetime) -> Decision:
    """Say whether the step can be taken now, and if not why. Who takes it is asked elsewhere."""
    if standing.deleted and step is not Step.RELEASE:
        return Refused("its contents were deleted")
    if standing.state not in _FROM[step]:
        return Refused(f"it is {standing.state}; this cannot {step}")
    match step:
        case Step.SUBMIT:
            return _may_submit(standing, regime, now=now)
        case Step.OPEN:
            return _may_open(standing, regime, now=now)
        case Step.RELEASE:
            if standing.released_at is not None:
                return Refused("it was released already")
            return may_release(standing, regime, now=now)
        case Step.DELETE:
            return _may_delete(standing, now=now)
        case Step.BEGIN if not standing.has_endpoint:
            return Refused("the lab has given no endpoint to ask it at")
    return Allowed()


def _may_submit(standing: Standing, regime: Regime, *, now: datetime) -> Decision:
    if not standing.terms_complete:
        return Refused("the terms are not complete")
    if standing.partner_release_at <= now:
        return Refused("its release to other trusted partners is past; there is no window left")
    return Allowed()


def _may_open(standing: Standing, regime: Regime, *, now: datetime) -> Decision:
    earliest = earliest_opening(standing, regime)
    if earliest is not None and now < earliest:
        return Refused(f"the window opens on {earliest:%Y-%m-%d %H:%M} UTC at the earliest")
    if now >= standing.partner_release_at:
        return Refused("its release to other trusted partners is past; there is no window left")
    return Allowed()


def earliest_opening(standing: Standing, regime: Regime) -> datetime | None:
    """When the window can open at the earliest; None when the regime sets no limit."""
    if regime.window is None:
        return None
    return standing.partner_release_at - regime.window.longest


def window_bounds(
    standing: Standing, regime: Regime, *, now: datetime
) -> tuple[datetime, datetime]:
    """From when to when a window that is opened now holds: never longer than the regime allows."""
    opens = max(now, earliest_opening(standing, regime) or now)
    return opens, standing.partner_release_at


def _may_delete(standing: Standing, *, now: datetime) -> Decision:
    if standing.withdrawn_at is not None or standing.closes_at is None:
        return Allowed()
    kept_until = standing.closes_at + timedelta(days=standing.retain_days)
    if now < kept_until:
        return Refused(f"by its terms it is kept until {kept_until:%Y-%m-%d %H:%M} UTC")
    return Allowed()


def after(step: Step, standing: Standing, regime: Regime, *, now: datetime) -> Standing:
    """The standing after a step that `may_take` allowed."""
    match step:
        case Step.SUBMIT:
            return replace(standing, state=_S.SUBMITTED)
        case Step.BEGIN:
            return replace(standing, state=_S.EVALUATING)
        case Step.DETERMINE if standing.state is _S.EVALUATING:
            return replace(standing, state=_S.DETERMINED)
        case Step.OPEN:
            opens, closes = window_bounds(standing, regime, now=now)
            return replace(standing, state=_S.WINDOW_OPEN, opens_at=opens, closes_at=closes)
        case Step.CLOSE:
            return replace(standing, state=_S.WINDOW_CLOSED, closes_at=now)
        case Step.WITHDRAW:
            return replace(standing, state=_S.WITHDRAWN, withdrawn_at=now)
        case Step.RELEASE:
            return replace(standing, released_at=now)
        case Step.DELETE:
            return replace(standing, deleted=True)
    return standing


def is_bound(standing: Standing, regime: Regime) -> bool:
    """Whether the regime's gate applies to this model: it has one, and the training exceeded its
    trigger. Compute that is not disclosed counts as above it: the duty to say is the lab's."""
    if regime.gate is None:
        return False
    if regime.trigger is None or standing.operations is None:
        return True
    return standing.operations > regime.trigger.operations


def missing_evidence(standing: Standing, regime: Regime) -> tuple[str, ...]:
    """What the regime demands and the lab has not handed over; empty where nothing is demanded."""
    if not is_bound(standing, regime):
        return ()
    return tuple(each.id for each in regime.evidence if each.id not in standing.handed_over)


def may_release(standing: Standing, regime: Regime, *, now: datetime) -> Decision:
    """Say whether the regime lets the model be deployed. Without a gate the answer is yes, in
    every state, whatever was determined."""
    if regime.gate is None or not is_bound(standing, regime):
        return Allowed()
    if standing.state in (_S.DRAFT, _S.WITHDRAWN):
        return Refused(f"its developer takes no part in the program ({regime.gate.clause})")
    missing = missing_evidence(standing, regime)
    if missing:
        return Refused(f"not handed over: {', '.join(missing)} ({regime.gate.clause})")
    return Allowed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """What a breach has cost so far, at least."""

    since: datetime
    days: int
    """Days of the breach, each begun day counted."""
    dollars: int
    clause: str


def penalty(
    standing: Standing, regime: Regime, *, complied_at: datetime | None, now: datetime
) -> Penalty | None:
    """The least penalty for a model that was deployed against the gate; None when there is none.

    `complied_at` is when the last piece of evidence was handed over; the breach ends then. Who
    complied before the deployment breached nothing.
    """
    if standing.released_at is None or regime.gate is None or not is_bound(standing, regime):
        return None
    ends = complied_at if complied_at is not None else now
    if ends <= standing.released_at:
        return None
    days = -((standing.released_at - ends) // timedelta(days=1))
    return Penalty(
        since=standing.released_at,
        days=days,
        dollars=days * regime.gate.dollars_per_day,
        clause=regime.gate.clause,
    )
