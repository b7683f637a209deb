"""The clocks of a case: which disclosure policies apply, what each says, and what started it."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files

from seawall.cases.groups import findings_of
from seawall.cases.models import Case, Sign
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import Signs
from seawall.core.embargo_length import Length, proven_moments, tightest
from seawall.core.policies import Moments, Publication, publication, read_policy, started_at
from seawall.findings.models import Receipt
from seawall.validation.models import Validation
from seawall.vocab.disclosure import DisclosurePolicy
from seawall.vocab.evidence import EvidenceLevel

DEFAULT_POLICY = "seawall-default"


@cache
def disclosure_policies() -> dict[str, DisclosurePolicy]:
    """The disclosure policies of this installation by id."""
    folder = files("seawall") / "policies" / "disclosure"
    read = (
        read_policy(each.read_text(encoding="utf-8"), name=each.name)
        for each in folder.iterdir()
        if each.name.endswith(".yaml")
    )
    return {policy.id: policy for policy in sorted(read, key=lambda policy: policy.id)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One policy as it applies to a case. `began_at` and `publication` are None while its clock
    does not run; `decides` marks the one that says when the embargo ends at the latest."""

    policy: DisclosurePolicy
    began_at: datetime | None
    publication: Publication | None
    decides: bool

    @property
    def waits_for(self) -> str:
        """What starts the clock, in words, while it does not run; else ""."""
        return "" if self.began_at else _WAITS[self.policy.starts.value]


_WAITS = {
    "vendor-notified": "a proven finding and a vendor who is aware",
    "posted": "a proven finding that was posted to the list",
    "fix-ready": "a fix that is ready",
}


def clocks_of(case: Case) -> tuple[Clock, ...]:
    """All clocks of the case, in the order of the rule: project, list, agreement, default."""
    applying = _applying(case)
    limit = _longest(applying)
    order = sorted(applying, key=lambda each: (list(type(each[0].kind)).index(each[0].kind),))
    return tuple(
        Clock(
            policy=policy,
            began_at=started_at(policy, moments),
            publication=publication(policy, moments),
            decides=limit is not None and limit.decided_by == policy,
        )
        for policy, moments in order
    )


def longest_embargo(case: Case) -> Length | None:
    """How long an embargo on this case may last: the tightest of the default and of all policies
    that were chosen for the case. None while no clock runs, such as on an unproven finding or
    one whose vendor is not aware."""
    return _longest(_applying(case))


def _longest(applying: list[tuple[DisclosurePolicy, Moments]]) -> Length | None:
    said = (
        (policy, found)
        for policy, moments in applying
        if (found := publication(policy, moments)) is not None
    )
    return tightest(said)


def _applying(case: Case) -> list[tuple[DisclosurePolicy, Moments]]:
    """Each policy with what it counts; a list counts from its own posting."""
    known = disclosure_policies()
    chosen = {each.policy: each.posted_at for each in case.policies.all()}
    moments = _moments(case)
    return [
        (known[each], _proven(case, replace(moments, posted_at=posted)))
        for each, posted in ({DEFAULT_POLICY: None} | chosen).items()
        if each in known
    ]


def moments_of(case: Case) -> Moments:
    """What happened when, as the clocks may count it."""
    return _proven(case, _moments(case))


def _moments(case: Case) -> Moments:
    at = {moment.event: moment.at for moment in case.moments.all()}
    return Moments(
        notified_at=at.get(CvdEvent.VENDOR_AWARE),
        fix_ready_at=at.get(CvdEvent.FIX_READY),
        attacks_at=at.get(CvdEvent.ATTACKS_OBSERVED),
        rediscovered_at=rediscovered_at(case),
        fix_promised_at=case.fix_promised_at,
    )


def _proven(case: Case, moments: Moments) -> Moments:
    proven = (
        Validation.objects.filter(finding__in=_group(case), level__gte=int(EvidenceLevel.E1))
        .order_by("recorded_at")
        .values_list("level", "recorded_at")
        .first()
    )
    level, proven_at = proven or (0, None)
    return proven_moments(moments, level=EvidenceLevel(level), proven_at=proven_at)


def rediscovered_at(case: Case) -> datetime | None:
    """When a second reporter sent a finding of the case; None when only one did."""
    seen: set[int | None] = set()
    receipts = Receipt.objects.filter(report__findings__in=_group(case)).order_by("at", "id")
    for reporter, at in receipts.values_list("reporter", "at"):
        seen.add(reporter)
        if len(seen) > 1:
            return at
    return None


def signs_of(case: Case) -> Signs:
    """What beyond the CVD state ends the embargo early."""
    kinds = set(case.signs.values_list("kind", flat=True))
    return Signs(leaked=Sign.Kind.LEAK in kinds, fix_public=Sign.Kind.PUBLIC_FIX in kinds)


def _group(case: Case) -> list[int]:
    return [finding.pk for finding in findings_of(case)]
