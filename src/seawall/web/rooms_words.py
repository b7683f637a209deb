"""What pages of cases say in plain words: states, next steps, and what is not shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seawall.cases.models import Case
from seawall.cases.reading import embargo_holds
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import ExitReason
from seawall.core.next_steps import Step, What, Who
from seawall.core.report_states import ReportStep
from seawall.vocab.access import Part, Tier
from seawall.vocab.cases import EmbargoState, ReportState
from seawall.vocab.findings import CreditWish

_g = gettext_lazy

STEPS: Mapping[What, Any] = {
    What.PROVE: _g("Prove a finding, or close the report"),
    What.DECIDE: _g("Accept or defer the report"),
    What.COMPLETE: _g("Complete what a vendor needs to respond"),
    What.HAND_OVER: _g("Hand the case to a vendor"),
    What.WAIT_FOR_ROOM: _g("Wait until the vendor has room"),
    What.ACKNOWLEDGE: _g("Acknowledge the case"),
    What.PROPOSE: _g("Propose an embargo"),
    What.ANSWER: _g("Answer the proposed embargo"),
    What.CONSENT: _g("Consent to the embargo"),
    What.FIX: _g("Make a fix"),
    What.VERIFY: _g("Verify the candidate fix"),
    What.WAIT_FOR_END: _g("Wait until the embargo ends"),
    What.PUBLISH: _g("Publish the advisory"),
    What.DEPLOY: _g("Deploy the fix"),
    What.CLOSE: _g("Close the report"),
    What.NOTHING: _g("Nothing is to be done"),
}
ACTORS: Mapping[Who, Any] = {
    Who.HOUSE: _g("the coordinators"),
    Who.FINDER: _g("the finder"),
    Who.VENDOR: _g("the vendor"),
    Who.PARTIES: _g("the parties"),
    Who.DEPLOYERS: _g("those who run it"),
    Who.SEAWALL: _g("Seawall"),
}
TIERS: Mapping[Tier, Any] = {
    Tier.T0: _g("T0: that it exists, its states and dates"),
    Tier.T1: _g("T1: the summary"),
    Tier.T2: _g("T2: technical detail"),
    Tier.T3: _g("T3: the working reproducer"),
}
PARTS: Mapping[Part, Any] = {
    Part.FINDER: _g("finder"),
    Part.VENDOR: _g("vendor"),
    Part.COORDINATOR: _g("coordinator"),
    Part.DEPLOYER: _g("deployer"),
    Part.OTHER: _g("other"),
}
POINTS: Mapping[str, Any] = {
    "description": _g("Description"),
    "trigger": _g("Trigger"),
    "severity": _g("Severity"),
    "reproducer": _g("Reproducer"),
    "fix": _g("Fix, if any"),
    "regression test": _g("Regression test"),
}
LACKS: Mapping[str, Any] = {
    "describe the weakness and what it leads to": _g("describe the weakness and what it leads to"),
    "say which input reaches which code: a place in the source, or a stack trace": _g(
        "say which input reaches which code: a place in the source, or a stack trace"
    ),
    "say how severe it is: a CVSS vector, or a word": _g(
        "say how severe it is: a CVSS vector, or a word"
    ),
    "add a reproducer": _g("add a reproducer"),
    "the reproducer has not been confirmed by a run": _g(
        "the reproducer has not been confirmed by a run"
    ),
    "the candidate fix waits for its verification": _g(
        "the candidate fix waits for its verification"
    ),
    "no candidate fix was verified; mend one or offer none": _g(
        "no candidate fix was verified; mend one or offer none"
    ),
    "no run shows that the proof falls silent once the weakness is gone": _g(
        "no run shows that the proof falls silent once the weakness is gone"
    ),
}
"""What `core.response_ready` says is missing."""
STEP_WORDS: Mapping[ReportStep, Any] = {
    ReportStep.VALIDATE: _g("It is valid"),
    ReportStep.INVALIDATE: _g("It is not valid"),
    ReportStep.ACCEPT: _g("Accept it"),
    ReportStep.DEFER: _g("Defer it"),
    ReportStep.CLOSE: _g("Close it"),
}
EVENT_WORDS: Mapping[CvdEvent, Any] = {
    CvdEvent.VENDOR_AWARE: _g("The vendor is aware"),
    CvdEvent.FIX_READY: _g("A fix is ready"),
    CvdEvent.FIX_DEPLOYED: _g("The fix is deployed"),
    CvdEvent.PUBLIC_AWARE: _g("The public knows"),
    CvdEvent.EXPLOIT_PUBLIC: _g("An exploit is public"),
    CvdEvent.ATTACKS_OBSERVED: _g("Attacks were observed"),
}
ENDINGS: Mapping[ExitReason, Any] = {
    ExitReason.EXPIRED: _g("Its time was over."),
    ExitReason.PUBLISHED: _g("The parties agreed to publish."),
    ExitReason.PUBLIC: _g("The vulnerability is public."),
    ExitReason.EXPLOIT: _g("An exploit is public."),
    ExitReason.ATTACKS: _g("Attacks were observed."),
    ExitReason.LEAK: _g("It leaked."),
    ExitReason.PUBLIC_FIX: _g("The fix is public."),
}
HANDOVERS: Mapping[str, Any] = {
    "waiting": _g("waits for room"),
    "handed over": _g("handed over"),
    "acknowledged": _g("in work"),
    "declined": _g("declined"),
    "withdrawn": _g("taken back"),
}
WISHES: Mapping[CreditWish, Any] = {
    CreditWish.NAMED: _g("named"),
    CreditWish.ANONYMOUS: _g("anonymous"),
    CreditWish.NONE: _g("not at all"),
}
_REPORT: Mapping[ReportState, Any] = {
    ReportState.RECEIVED: _g("The report was received and not yet judged."),
    ReportState.VALID: _g("The report is valid."),
    ReportState.INVALID: _g("The report is not valid."),
    ReportState.ACCEPTED: _g("The report is valid and is being worked on."),
    ReportState.DEFERRED: _g("The report is valid; work on it was deferred."),
    ReportState.CLOSED: _g("The report is closed."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that is known of the world; `tone` says whether it is good news."""

    text: Any
    is_so: bool
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One next step as a sentence."""

    text: str
    who: str
    by: datetime | None
    urgent: bool


def told(step: Step) -> Told:
    return Told(
        text=str(STEPS[step.what]), who=str(ACTORS[step.who]), by=step.by, urgent=step.urgent
    )


def report_sentence(case: Case) -> str:
    return str(_REPORT[ReportState(case.report_state)])


def embargo_sentence(case: Case, *, now: datetime) -> str:
    """What holds, and until when."""
    if embargo_holds(case, now=now) and case.embargo_ends_at:
        text = _("An embargo holds until {until} UTC: nothing may be published before.")
        return text.format(until=f"{case.embargo_ends_at:%Y-%m-%d %H:%M}")
    match EmbargoState(case.embargo_state):
        case EmbargoState.PROPOSED:
            return _("An embargo was proposed and waits for an answer.")
        case EmbargoState.EXITED:
            return _("The embargo has ended.")
        case EmbargoState.ACTIVE | EmbargoState.REVISE:
            return _("The embargo's time is over.")
    return _("There is no embargo.")


def facts(case: Case) -> Iterator[Fact]:
    """The six facts of the CVD model, told either way."""
    known = (
        (case.vendor_aware, _("The vendor is aware"), _("The vendor is not aware"), "good"),
        (case.fix_ready, _("A fix is ready"), _("No fix is ready"), "good"),
        (case.fix_deployed, _("The fix is deployed"), _("The fix is not deployed"), "good"),
        (case.public_aware, _("The public knows"), _("The public does not know"), "warn"),
        (case.exploit_public, _("An exploit is public"), _("No exploit is public"), "bad"),
        (case.attacks_observed, _("Attacks were observed"), _("No attacks are known"), "bad"),
    )
    for is_so, yes, no, tone in known:
        yield Fact(text=yes if is_so else no, is_so=is_so, tone=tone if is_so else "plain")


def standing(tier: Tier, parts: list[Part], *, in_house: bool) -> str:
    """How much the reader may read, and as what."""
    words = str(TIERS[tier])
    if in_house:
        return _("You coordinate here and read {tier}.").format(tier=words)
    if parts:
        names = ", ".join(str(PARTS[each]) for each in parts)
        return _("You take part as {part} and read {tier}.").format(part=names, tier=words)
    return _("You are read in to {tier}.").format(tier=words)
