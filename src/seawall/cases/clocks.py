"""The clocks of a case: which disclosure policies apply, what each says, and what started it."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files

from django.db.models import Q

from seawall.cases.models import Case, Sign
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import Signs
from seawall.core.embargo_length import Length, proven_moments, tightest
from seawall.core.policies import Moments, Publication, publication, read_policy, started_at
from seawall.findings.models import Finding, Receipt
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


def longest_embargoes(cases: Sequence[Case]) -> dict[int, Length | None]:
    """The same for several cases, by primary key: a fixed number of queries when `finding`,
    `policies` and `moments` of the cases are at hand."""
    seen = _seen(cases)
    return {case.pk: _longest(_applying(case, seen[case.pk])) for case in cases}


def _longest(applying: list[tuple[DisclosurePolicy, Moments]]) -> Length | None:
    said = (
        (policy, found)
        for policy, moments in applying
        if (found := publication(policy, moments)) is not None
    )
    return tightest(said)


def _applying(case: Case, seen: "_Seen | None" = None) -> list[tuple[DisclosurePolicy, Moments]]:
    """Each policy with what it counts; a list counts from its own posting."""
    known = disclosure_policies()
    chosen = {each.policy: each.posted_at for each in case.policies.all()}
    seen = seen or _seen([case])[case.pk]
    moments = _moments(case, seen)
    return [
        (known[each], seen.proven(replace(moments, posted_at=posted)))
        for each, posted in ({DEFAULT_POLICY: None} | chosen).items()
        if each in known
    ]


def moments_of(case: Case) -> Moments:
    """What happened when, as the clocks may count it."""
    seen = _seen([case])[case.pk]
    return seen.proven(_moments(case, seen))


def _moments(case: Case, seen: "_Seen") -> Moments:
    at = {moment.event: moment.at for moment in case.moments.all()}
    return Moments(
        notified_at=at.get(CvdEvent.VENDOR_AWARE),
        fix_ready_at=at.get(CvdEvent.FIX_READY),
        attacks_at=at.get(CvdEvent.ATTACKS_OBSERVED),
        rediscovered_at=seen.rediscovered_at,
        fix_promised_at=case.fix_promised_at,
    )


def rediscovered_at(case: Case) -> datetime | None:
    """When a second reporter sent a finding of the case; None when only one did."""
    return _seen([case])[case.pk].rediscovered_at


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What its findings say about a case: when it was first proven, and when a second reporter
    sent one."""

    level: EvidenceLevel
    proven_at: datetime | None
    rediscovered_at: datetime | None

    def proven(self, moments: Moments) -> Moments:
        """As far as they count for what is proven."""
        return proven_moments(moments, level=self.level, proven_at=self.proven_at)


def _seen(cases: Sequence[Case]) -> dict[int, _Seen]:
    """By primary key of the case; three queries. A case that sleeps has no findings."""
    group_of = {
        case.pk: case.finding.lead_id or case.finding_id
        for case in cases
        if case.merged_into_id is None
    }
    leads = set(group_of.values())
    members = Finding.objects.filter(Q(pk__in=leads) | Q(lead__in=leads)).order_by()
    rows = list(members.values_list("pk", "lead", "report"))
    lead_of = {pk: lead or pk for pk, lead, _ in rows}
    proofs = Validation.objects.filter(finding__in=lead_of, level__gte=int(EvidenceLevel.E1))
    proven: dict[int, tuple[int, datetime]] = {}
    for finding, level, at in proofs.order_by("recorded_at").values_list(
        "finding", "level", "recorded_at"
    ):
        proven.setdefault(lead_of[finding], (level, at))
    found_again = _second_senders({(report, lead or pk) for pk, lead, report in rows})
    seen = {}
    for case in cases:
        lead = group_of.get(case.pk, 0)
        level, proven_at = proven.get(lead, (0, None))
        seen[case.pk] = _Seen(
            level=EvidenceLevel(level),
            proven_at=proven_at,
            rediscovered_at=found_again.get(lead),
        )
    return seen


def _second_senders(sent: Set[tuple[int, int]]) -> dict[int, datetime]:
    """When a second reporter sent one of the reports, by the lead of the group, from pairs of a
    report and a lead."""
    leads_of: dict[int, set[int]] = {}
    for report, lead in sent:
        leads_of.setdefault(report, set()).add(lead)
    reporters: dict[int, set[int | None]] = {}
    found: dict[int, datetime] = {}
    receipts = Receipt.objects.filter(report__in=leads_of).order_by("at", "id")
    for report, reporter, at in receipts.values_list("report", "reporter", "at"):
        for lead in leads_of[report]:
            known = reporters.setdefault(lead, set())
            known.add(reporter)
            if len(known) > 1:
                found.setdefault(lead, at)
    return found


def signs_of(case: Case) -> Signs:
    """What beyond the CVD state ends the embargo early."""
    kinds = set(case.signs.values_list("kind", flat=True))
    return Signs(leaked=Sign.Kind.LEAK in kinds, fix_public=Sign.Kind.PUBLIC_FIX in kinds)
