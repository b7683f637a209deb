"""Which events of the ledger people are told of, in which words, and which are urgent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from seawall.core.cvd import CvdEvent
from seawall.core.embargo import ExitReason
from seawall.core.gateway_rules import SignalKind
from seawall.vocab.access import Tier
from seawall.vocab.cases import EmbargoState

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """One kind of event. `words` is what happened, without subject and full stop; `told` says it
    more exactly from the facts that the ledger keeps, which hold states and dates only."""

    words: str
    told: Callable[[Facts], str] = lambda facts: ""
    urgent: Callable[[Facts], bool] = lambda facts: False
    tier: Tier = Tier.T0
    """Who reads the case to less is not told."""
    is_for_tier: bool = False
    """Whether the facts name a tier for which it was written."""
    is_for_partner: bool = False
    """Whether the partner of a grant is told, and not the lab and the officials alone."""

    def sentence(self, facts: Facts) -> str:
        """What happened, as exactly as the facts say."""
        return self.told(facts) or self.words


def _always(facts: Facts) -> bool:
    return True


def _is_stolen(facts: Facts) -> bool:
    return facts.get("kind") == SignalKind.STOLEN_TOKEN.value


def _observed(facts: Facts) -> str:
    known = {event.value: event.words for event in CvdEvent}
    return "; ".join(known[each] for each in facts.get("events", ()) if each in known)


def _is_attack(facts: Facts) -> bool:
    grave = {CvdEvent.ATTACKS_OBSERVED.value, CvdEvent.EXPLOIT_PUBLIC.value}
    return bool(grave & set(facts.get("events", ())))


def _ended_early(facts: Facts) -> bool:
    ended = facts.get("state") == EmbargoState.EXITED.value
    return ended and facts.get("reason") != ExitReason.EXPIRED.value


def _embargo(facts: Facts) -> str:
    state, ends_at = str(facts.get("state", "")), str(facts.get("ends_at", ""))
    if state == EmbargoState.EXITED.value:
        return f"the embargo ended: {facts.get('reason') or 'it is over'}"
    if state in (EmbargoState.ACTIVE.value, EmbargoState.REVISE.value) and ends_at:
        return f"the embargo is {state}, until {_moment(ends_at)}"
    return f"the embargo is {state}" if state else ""


def _moment(text: str) -> str:
    """ "2026-12-01 12:00 UTC" of an ISO 8601 moment in UTC."""
    return f"{text[:10]} {text[11:16]} UTC"


def _with(word: str, key: str) -> Callable[[Facts], str]:
    return lambda facts: f"{word}: {facts[key]}" if facts.get(key) else ""


SOON = "case.embargo_due_soon"
OBLIGATION_SOON = "obligation.due_soon"

EVENTS: Mapping[str, EventKind] = {
    "validation.recorded": EventKind(
        words="the proof of the finding was run", told=_with("the proof was run", "verdict")
    ),
    "finding.marked_invalid": EventKind(words="the finding was marked invalid"),
    "case.opened": EventKind(words="the case was opened"),
    "case.observed": EventKind(words="something was observed", told=_observed, urgent=_is_attack),
    "case.report_state": EventKind(
        words="the report moved on", told=_with("the report is", "state")
    ),
    "case.embargo_proposed": EventKind(words="an embargo was proposed", tier=Tier.T0),
    "case.embargo_accepted": EventKind(words="the embargo was accepted", told=_embargo),
    "case.embargo_rejected": EventKind(words="the proposed embargo was rejected"),
    "case.embargo_ended": EventKind(words="the embargo ended", told=_embargo, urgent=_ended_early),
    "case.embargo_changed": EventKind(
        words="the embargo changed", told=_embargo, urgent=_ended_early
    ),
    SOON: EventKind(words="the embargo ends within a day", urgent=_always),
    "case.fix_added": EventKind(words="a candidate fix was added", tier=Tier.T2),
    "case.fix_verified": EventKind(
        words="a fix was verified", told=_with("a fix was tried", "outcome"), tier=Tier.T2
    ),
    "case.merge_proposed": EventKind(words="a merge was proposed", tier=Tier.T2),
    "case.message_posted": EventKind(
        words="somebody wrote in the room", tier=Tier.T1, is_for_tier=True
    ),
    "case.file_attached": EventKind(
        words="a file was put in the room", tier=Tier.T1, is_for_tier=True
    ),
    "case.joined": EventKind(words="a party joined"),
    "case.left": EventKind(words="a party left"),
    "case.read_in": EventKind(words="somebody was read in"),
    "case.marked": EventKind(words="the marking changed", told=_with("the marking is", "tlp")),
    "case.embargo_consented": EventKind(words="a party accepted the embargo"),
    "case.rediscovered": EventKind(words="somebody else found it too"),
    "case.fix_promised": EventKind(words="the vendor said when the fix comes"),
    "case.handover_asked": EventKind(words="the case waits for a vendor", tier=Tier.T1),
    "case.handed_over": EventKind(words="the case was handed over"),
    "case.relayed": EventKind(words="the case was passed on", tier=Tier.T1),
    "case.shredded": EventKind(words="the case was shredded"),
    "advisory.published": EventKind(words="the advisory was published"),
    "obligations.computed": EventKind(words="obligations are new or have changed"),
    "claim.overlapped": EventKind(words="another party claims the same target"),
    "claim.ending": EventKind(words="the scan claim ends within a day; renew or finish it"),
    "claim.expired": EventKind(words="the scan claim has expired"),
    "match.started": EventKind(words="a session of private matching was opened"),
    "match.answered": EventKind(words="a side of the private matching has answered"),
    "match.ended": EventKind(words="the private matching was given up"),
    "grant.signal": EventKind(
        words="something about the use of a grant should be looked at",
        told=_with("the use of a grant should be looked at", "kind"),
        urgent=_is_stolen,
    ),
    "grant.approved": EventKind(words="access to a model was approved", is_for_partner=True),
    "grant.revoked": EventKind(
        words="access to a model has ended", urgent=_always, is_for_partner=True
    ),
    "submission.submitted": EventKind(words="a model was put up for review"),
    "submission.determined": EventKind(words="a model was determined"),
    "submission.assessment_shared": EventKind(words="what the lab may read of the finding changed"),
    "submission.window_opened": EventKind(words="the window of early access was opened"),
    "submission.window_closed": EventKind(words="the window of early access is closed"),
    "submission.withdrawn": EventKind(words="the lab took the model back", urgent=_always),
    "partner.applied": EventKind(words="an organisation applied as a trusted partner"),
    "partner.selected": EventKind(words="the lab and the government both say yes"),
    "partner.refused": EventKind(words="the application was refused"),
    "partner.designated": EventKind(words="the organisation is a trusted partner now"),
    "partner.revoked": EventKind(words="the designation was taken back", urgent=_always),
    "gateway.stopped": EventKind(words="a kill switch of the gateway was thrown", urgent=_always),
    OBLIGATION_SOON: EventKind(words="an obligation is due within a day", urgent=_always),
}
"""By the word of the ledger; `…due_soon` are not of the ledger but of its clock."""
