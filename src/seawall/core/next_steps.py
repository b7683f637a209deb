"""What is to be done next in a case, and by whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from seawall.core.cvd import embargo_possible
from seawall.vocab.cases import CvdState, EmbargoState, ReportState
from seawall.vocab.evidence import EvidenceLevel


class Who(StrEnum):
    """Who has to act."""

    HOUSE = "the coordinators"
    FINDER = "the finder"
    VENDOR = "the vendor"
    PARTIES = "the parties"
    DEPLOYERS = "the deployers"
    SEAWALL = "Seawall"


class What(StrEnum):
    """What has to be done."""

    PROVE = "prove a finding, or close the report"
    DECIDE = "accept or defer the report"
    COMPLETE = "complete what the vendor needs"
    HAND_OVER = "hand the case to a vendor"
    WAIT_FOR_ROOM = "wait until the vendor has room"
    ACKNOWLEDGE = "acknowledge the case"
    PROPOSE = "propose an embargo"
    ANSWER = "answer the proposed embargo"
    CONSENT = "consent to the embargo"
    FIX = "make a fix"
    VERIFY = "verify the candidate fix"
    WAIT_FOR_END = "wait until the embargo ends"
    PUBLISH = "publish the advisory"
    DEPLOY = "deploy the fix"
    CLOSE = "close the report"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do, by whom, and by when if there is a day."""

    what: What
    who: Who
    by: datetime | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where a case stands. `handover` is the word of its newest handover, "" for none; `unbound`
    counts the parties that have not consented to the embargo in force."""

    sleeps: bool
    report: ReportState
    level: EvidenceLevel
    cvd: CvdState
    embargo: EmbargoState
    ends_at: datetime | None
    lacks: tuple[str, ...]
    handover: str
    has_vendor: bool
    unbound: int
    fixes: int
    verified_fixes: int
    unverified_fixes: int
    published: bool


def next_steps(now_is: Situation) -> tuple[Step, ...]:
    """What to do next, the most important first; never empty."""
    if now_is.sleeps or now_is.report in (ReportState.CLOSED, ReportState.INVALID):
        return (Step(what=What.NOTHING, who=Who.SEAWALL),)
    steps = tuple(_steps(now_is))
    return steps or (Step(what=What.NOTHING, who=Who.SEAWALL),)


def _steps(now_is: Situation) -> Iterator[Step]:
    yield from _publication(now_is)
    yield from _report(now_is)
    yield from _handover(now_is)
    yield from _embargo(now_is)
    yield from _fix(now_is)
    if now_is.published and now_is.cvd.fix_deployed:
        yield Step(what=What.CLOSE, who=Who.HOUSE)


def _publication(now_is: Situation) -> Iterator[Step]:
    if now_is.published:
        return
    known = now_is.cvd.public_aware or now_is.cvd.exploit_public or now_is.cvd.attacks_observed
    over = now_is.embargo is EmbargoState.EXITED
    if (known or over) and now_is.level >= EvidenceLevel.E1:
        yield Step(what=What.PUBLISH, who=Who.HOUSE, urgent=True)
    elif now_is.cvd.fix_ready and not _holds(now_is):
        yield Step(what=What.PUBLISH, who=Who.HOUSE)


def _report(now_is: Situation) -> Iterator[Step]:
    if now_is.level < EvidenceLevel.E1:
        yield Step(what=What.PROVE, who=Who.FINDER)
    elif now_is.report in (ReportState.RECEIVED, ReportState.VALID):
        yield Step(what=What.DECIDE, who=Who.HOUSE)


def _handover(now_is: Situation) -> Iterator[Step]:
    if now_is.level < EvidenceLevel.E1 or now_is.published:
        return
    match now_is.handover:
        case "handed over":
            yield Step(what=What.ACKNOWLEDGE, who=Who.VENDOR)
        case "waiting" if not now_is.lacks:
            yield Step(what=What.WAIT_FOR_ROOM, who=Who.SEAWALL)
        case "acknowledged":
            return
        case "declined":
            yield Step(what=What.HAND_OVER, who=Who.HOUSE)
        case _ if now_is.lacks and not now_is.has_vendor:
            yield Step(what=What.COMPLETE, who=Who.HOUSE)
        case _ if not now_is.has_vendor:
            yield Step(what=What.HAND_OVER, who=Who.HOUSE)


def _embargo(now_is: Situation) -> Iterator[Step]:
    match now_is.embargo:
        case EmbargoState.NONE if (
            now_is.cvd.vendor_aware
            and embargo_possible(now_is.cvd)
            and now_is.level >= EvidenceLevel.E1
            and not now_is.published
        ):
            yield Step(what=What.PROPOSE, who=Who.HOUSE)
        case EmbargoState.PROPOSED | EmbargoState.REVISE:
            yield Step(what=What.ANSWER, who=Who.PARTIES)
    if _holds(now_is) and now_is.unbound:
        yield Step(what=What.CONSENT, who=Who.PARTIES, by=now_is.ends_at)


def _fix(now_is: Situation) -> Iterator[Step]:
    if now_is.unverified_fixes and not now_is.verified_fixes:
        yield Step(what=What.VERIFY, who=Who.SEAWALL)
    if now_is.cvd.vendor_aware and not now_is.cvd.fix_ready and not now_is.verified_fixes:
        yield Step(what=What.FIX, who=Who.VENDOR, by=now_is.ends_at if _holds(now_is) else None)
    if now_is.cvd.fix_ready and _holds(now_is):
        yield Step(what=What.WAIT_FOR_END, who=Who.PARTIES, by=now_is.ends_at)
    if now_is.published and now_is.cvd.fix_ready and not now_is.cvd.fix_deployed:
        yield Step(what=What.DEPLOY, who=Who.DEPLOYERS)


def _holds(now_is: Situation) -> bool:
    return now_is.embargo in (EmbargoState.ACTIVE, EmbargoState.REVISE)
