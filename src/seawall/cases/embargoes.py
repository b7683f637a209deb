"""The embargo of a case: proposing, accepting, ending it, and letting time pass."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib.resources import files

from django.db import transaction

from seawall.cases.actions import CaseRefused, findings_of
from seawall.cases.models import Case
from seawall.core import embargo as rules
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import Embargo, ExitReason
from seawall.core.embargo_length import Length, longest, proven_moments
from seawall.core.plain import from_plain, to_plain
from seawall.core.policies import Moments, read_policy
from seawall.findings.models import Receipt
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.validation.models import Validation
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Refused
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
    return {policy.id: policy for policy in read}


def embargo_of(case: Case) -> Embargo:
    """The case's embargo as last saved; `pass_time` brings it up to date."""
    return from_plain(Embargo, case.embargo) if case.embargo else rules.NO_EMBARGO


def longest_embargo(case: Case, policy_ids: tuple[str, ...] = (DEFAULT_POLICY,)) -> Length | None:
    """How long an embargo on this case may last; None while no clock runs, such as on an
    unproven finding or one whose vendor is not aware."""
    policies = [disclosure_policies()[each] for each in policy_ids]
    return longest(policies, moments_of(case))


def moments_of(case: Case) -> Moments:
    """What happened when, as the clocks may count it."""
    at = {moment.event: moment.at for moment in case.moments.all()}
    group = [finding.pk for finding in findings_of(case)]
    proven = (
        Validation.objects.filter(finding__in=group, level__gte=int(EvidenceLevel.E1))
        .order_by("recorded_at")
        .first()
    )
    return proven_moments(
        Moments(
            notified_at=at.get(CvdEvent.VENDOR_AWARE),
            fix_ready_at=at.get(CvdEvent.FIX_READY),
            attacks_at=at.get(CvdEvent.ATTACKS_OBSERVED),
            rediscovered_at=_rediscovered_at(group),
        ),
        level=EvidenceLevel(proven.level) if proven else EvidenceLevel.E0,
        proven_at=proven.recorded_at if proven else None,
    )


def propose(case: Case, *, until: datetime, by: Actor, now: datetime) -> None:
    """Propose an embargo, or other terms for the one in force. Raises CaseRefused."""
    limit = longest_embargo(case)
    if limit is None:
        raise CaseRefused(
            f"{case.public_id}: no clock runs yet; an embargo needs a proven finding and a vendor "
            "who is aware (seawall case observe V)."
        )
    _change(
        case,
        "case.embargo_proposed",
        lambda e: rules.propose(e, until=until, by=str(by), cvd=case.cvd, longest=limit, now=now),
        by=by,
        now=now,
    )


def accept(case: Case, *, by: Actor, now: datetime) -> None:
    """Accept the open proposal. Raises CaseRefused."""
    _change(
        case,
        "case.embargo_accepted",
        lambda e: rules.accept(e, cvd=case.cvd, now=now),
        by=by,
        now=now,
    )


def reject(case: Case, *, by: Actor, now: datetime) -> None:
    """Reject the open proposal. Raises CaseRefused."""
    _change(case, "case.embargo_rejected", rules.reject, by=by, now=now)


def end(case: Case, *, reason: ExitReason, by: Actor, now: datetime) -> None:
    """End the embargo before its time. Raises CaseRefused."""
    _change(
        case,
        "case.embargo_ended",
        lambda e: rules.exit_embargo(e, reason=reason, now=now),
        by=by,
        now=now,
    )


def pass_time(case: Case, *, by: Actor, now: datetime) -> Embargo:
    """End the embargo if it is due or a trigger fired, shorten it if a rule became tighter."""
    embargo = embargo_of(case)
    after = rules.after(embargo, cvd=case.cvd, now=now)
    limit = longest_embargo(case) if after.holds else None
    if limit is not None:
        shorter = rules.shorten(after, to=max(limit.ends_at, now))
        after = after if isinstance(shorter, Refused) else shorter
    if after != embargo:
        _change(case, "case.embargo_changed", lambda _: after, by=by, now=now)
    return after


@transaction.atomic
def _change(
    case: Case,
    what: str,
    decide: Callable[[Embargo], Embargo | Refused],
    *,
    by: Actor,
    now: datetime,
) -> None:
    row = Case.objects.select_for_update().get(pk=case.pk)
    after = decide(embargo_of(row))
    if isinstance(after, Refused):
        raise CaseRefused(f"{case.public_id}: {after.reason}.")
    case.embargo = to_plain(after)
    case.embargo_state, case.embargo_ends_at = after.state, after.ends_at
    case.save(update_fields=["embargo", "embargo_state", "embargo_ends_at"])
    facts = {
        "state": str(after.state),
        "ends_at": after.ends_at.isoformat() if after.ends_at else "",
        "reason": str(after.reason or ""),
    }
    ledger.record(by=by, what=what, on=case, facts=facts, at=now)
    if after.holds and after.ends_at:
        outbox.send("case.clock", due_at=after.ends_at, case_id=case.pk)


def _rediscovered_at(group: list[int]) -> datetime | None:
    """When a second reporter sent a finding of this group; None when only one did."""
    seen: set[int | None] = set()
    for receipt in Receipt.objects.filter(report__findings__in=group).order_by("at", "id"):
        seen.add(receipt.reporter_id)
        if len(seen) > 1:
            return receipt.at
    return None
