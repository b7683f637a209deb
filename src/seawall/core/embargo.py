"""The embargo of a case: its states, and what begins, prolongs, shortens and ends it.

CERT/CC Vultron, "Embargo Management Process Model": none, proposed, active, revise, exited. An
embargo is a property of the case, one at a time; it cannot begin, nor be prolonged, once the
public is aware, an exploit is public or attacks were observed, and it does not outlive them.
All times are UTC with their zone attached.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from seawall.core.cvd import embargo_possible
from seawall.core.embargo_length import Length
from seawall.vocab.cases import CvdState, EmbargoState
from seawall.vocab.decisions import Allowed, Decision, Refused


class ExitReason(StrEnum):
    """Why an embargo ended."""

    EXPIRED = "its time is over"
    PUBLISHED = "the parties agreed to publish"
    PUBLIC = "the vulnerability is public"
    EXPLOIT = "an exploit is public"
    ATTACKS = "attacks were observed"
    LEAK = "it leaked"
    PUBLIC_FIX = "the fix is public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embargo:
    """One case's embargo. `ends_at` is set while it is active or being revised, and keeps the
    moment that was agreed after it ended; `proposed_until` is set while a proposal is open."""

    state: EmbargoState = EmbargoState.NONE
    ends_at: datetime | None = None
    proposed_until: datetime | None = None
    proposed_by: str = ""
    exited_at: datetime | None = None
    reason: ExitReason | None = None

    @property
    def holds(self) -> bool:
        """Whether publication is held back: active, or active with a revision proposed."""
        return self.state in (EmbargoState.ACTIVE, EmbargoState.REVISE)


NO_EMBARGO = Embargo()
NOTHING_KNOWN = CvdState()


def propose(
    embargo: Embargo, *, until: datetime, by: str, cvd: CvdState, longest: Length, now: datetime
) -> Embargo | Refused:
    """Propose a first embargo, or other terms for one that is proposed or active.

    `longest` is the rule's answer for this case; nothing beyond it can be proposed. Terms that
    are shorter than those in force may be proposed even when a new embargo could not begin.
    """
    if embargo.state is EmbargoState.EXITED:
        return Refused("the embargo has ended and does not begin again")
    if not _is_utc(until):
        return Refused("say the end in UTC")
    if until <= now:
        return Refused("an embargo ends in the future")
    if until > longest.ends_at:
        return Refused(f"at most until {_moment(longest.ends_at)}: {longest.because}")
    shorter = embargo.ends_at is not None and embargo.holds and until < embargo.ends_at
    if not shorter and not embargo_possible(cvd):
        return Refused(f"no embargo can begin or be prolonged: {_why_not(cvd)}")
    state = EmbargoState.REVISE if embargo.holds else EmbargoState.PROPOSED
    return replace(embargo, state=state, proposed_until=until, proposed_by=by)


def accept(embargo: Embargo, *, cvd: CvdState, now: datetime) -> Embargo | Refused:
    """Accept the open proposal: its terms are in force from now on."""
    until = embargo.proposed_until
    if until is None:
        return Refused("nothing is proposed")
    if until <= now:
        return Refused("the proposed end has passed")
    shorter = embargo.ends_at is not None and until < embargo.ends_at
    if not shorter and not embargo_possible(cvd):
        return Refused(f"no embargo can begin or be prolonged: {_why_not(cvd)}")
    return replace(
        embargo, state=EmbargoState.ACTIVE, ends_at=until, proposed_until=None, proposed_by=""
    )


def reject(embargo: Embargo) -> Embargo | Refused:
    """Reject the open proposal: the terms in force, if any, stay."""
    if embargo.proposed_until is None:
        return Refused("nothing is proposed")
    state = EmbargoState.ACTIVE if embargo.holds else EmbargoState.NONE
    return replace(embargo, state=state, proposed_until=None, proposed_by="")


def exit_embargo(embargo: Embargo, *, reason: ExitReason, now: datetime) -> Embargo | Refused:
    """End an embargo that is in force."""
    if not embargo.holds:
        return Refused(f"the embargo is {embargo.state}, there is nothing to end")
    return replace(
        embargo,
        state=EmbargoState.EXITED,
        proposed_until=None,
        proposed_by="",
        exited_at=now,
        reason=reason,
    )


def shorten(embargo: Embargo, *, to: datetime) -> Embargo | Refused:
    """Let an embargo in force end at `to` if that is earlier: a stricter rule came to apply, or
    somebody else found the bug. Needs nobody's consent, unlike a revision."""
    if not embargo.holds or embargo.ends_at is None:
        return Refused(f"the embargo is {embargo.state}, there is nothing to shorten")
    if to >= embargo.ends_at:
        return Refused(f"it ends {_moment(embargo.ends_at)} already")
    if embargo.proposed_until is not None and embargo.proposed_until > to:
        embargo = replace(embargo, state=EmbargoState.ACTIVE, proposed_until=None, proposed_by="")
    return replace(embargo, ends_at=to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What beyond the CVD state ends an embargo early, as far as is known."""

    leaked: bool = False
    fix_public: bool = False


NO_SIGNS = Signs()


def after(embargo: Embargo, *, cvd: CvdState, now: datetime, signs: Signs = NO_SIGNS) -> Embargo:
    """Give the embargo as it stands now: ended if it is due or a trigger fired, a proposal
    dropped if it can no longer be accepted. Changes nothing when called again."""
    reason = _trigger(cvd, signs)
    if embargo.holds:
        due = embargo.ends_at is not None and embargo.ends_at <= now
        if reason is None and not due:
            return embargo
        ended = exit_embargo(embargo, reason=reason or ExitReason.EXPIRED, now=now)
        return embargo if isinstance(ended, Refused) else ended
    until = embargo.proposed_until
    if until is not None and (reason is not None or until <= now):
        return NO_EMBARGO
    return embargo


def _trigger(cvd: CvdState, signs: Signs) -> ExitReason | None:
    found = (
        (cvd.public_aware, ExitReason.PUBLIC),
        (cvd.exploit_public, ExitReason.EXPLOIT),
        (cvd.attacks_observed, ExitReason.ATTACKS),
        (signs.leaked, ExitReason.LEAK),
        (signs.fix_public, ExitReason.PUBLIC_FIX),
    )
    return next((reason for fact, reason in found if fact), None)


def may_publish(embargo: Embargo, *, now: datetime, cvd: CvdState = NOTHING_KNOWN) -> Decision:
    """Say whether an advisory may go public and, if not, until when it waits."""
    current = after(embargo, cvd=cvd, now=now)
    if current.holds and current.ends_at is not None:
        return Refused(f"embargoed until {_moment(current.ends_at)}")
    return Allowed()


def _why_not(cvd: CvdState) -> str:
    reason = _trigger(cvd, NO_SIGNS)
    return reason.value if reason else "it is over"


def _is_utc(moment: datetime) -> bool:
    return moment.utcoffset() == timedelta(0)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
