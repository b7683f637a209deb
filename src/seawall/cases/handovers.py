"""Handing cases to vendors: only what is response-ready, at the pace that the vendor can bear."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from seawall.cases import budgets, participants
from seawall.cases.actions import findings_of, observe
from seawall.cases.clocks import longest_embargo
from seawall.cases.fixes import verified_fixes
from seawall.cases.models import Bar, Case, Handover
from seawall.cases.refusals import CaseRefused
from seawall.core import capacity
from seawall.core.capacity import NEAR, Waiting, is_urgent
from seawall.core.cvd import CvdEvent
from seawall.core.response_ready import Material, missing
from seawall.findings.models import Finding
from seawall.inventory.facts import FactBook
from seawall.inventory.models import SsvcDecision
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties.access import NotPermitted, is_house
from seawall.parties.locks import one_at_a_time
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole, Part
from seawall.vocab.actors import Actor
from seawall.vocab.cases import ReportState
from seawall.vocab.errors import one_line
from seawall.vocab.evidence import EvidenceLevel
from seawall.vocab.ssvc import Exploitation

MAX_ANSWER = 2000


def material_of(case: Case) -> Material:
    """What the case holds of what a vendor needs to respond."""
    group = findings_of(case)
    said = [finding.value() for finding in group]
    fixes = list(case.fixes.prefetch_related("verifications"))
    return Material(
        description=max((each.description for each in said), key=len, default=""),
        places=any(each.locations for each in said),
        crash=any(each.crash for each in said),
        severity=next((each.severity for each in said if each.severity), ""),
        level=_level(group),
        has_reproducer=any(each.reproducer_id is not None for each in group) or _level(group) > 0,
        fixes=len(fixes),
        verified_fixes=len(verified_fixes(case)),
        unverified_fixes=sum(1 for each in fixes if not each.verifications.all()),
    )


def _level(group: Collection[Finding]) -> EvidenceLevel:
    return EvidenceLevel(max((finding.level for finding in group), default=0))


@transaction.atomic
def ask(case: Case, vendor: Party, *, override: str = "", by: Actor, now: datetime) -> Handover:
    """Put a case in a vendor's queue; it is handed over once it is response-ready and the vendor
    has room. Twice is one.

    `override` is why a lead wants it handed over although something is missing; it still waits
    for room. Raises CaseRefused, or NotPermitted for the override of who is no lead.
    """
    if case.merged_into_id is not None:
        raise CaseRefused(f"{case.public_id} was merged; hand over the case that it is part of.")
    if case.bars.filter(party=vendor, lifted_at=None).exists():
        raise CaseRefused(f"{case.public_id}: {vendor} is barred from it.")
    if override and not is_house(by, at_least=MemberRole.LEAD):
        raise NotPermitted("It takes a lead to hand over a case that is not response-ready.")
    row, is_new = Handover.objects.get_or_create(
        case=case,
        vendor=vendor,
        state__in=[state for state in Handover.State if state not in _ENDED],
        defaults={
            "state": Handover.State.WAITING,
            "asked_by": str(by)[:120],
            "asked_at": now,
        },
    )
    if override and not row.override and row.state == Handover.State.WAITING:
        row.override = one_line(override, limit=1000)
        row.save(update_fields=["override"])
        facts = {"handover": row.public_id, "vendor": vendor.public_id}
        ledger.record(by=by, what="case.readiness_overridden", on=case, facts=facts, at=now)
    if is_new:
        facts = {"handover": row.public_id, "vendor": vendor.public_id}
        ledger.record(by=by, what="case.handover_asked", on=case, facts=facts, at=now)
    budgets.look_again([vendor.pk], now=now)
    return row


_ENDED = (Handover.State.DECLINED, Handover.State.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A handover that waits, what it still lacks, and what its place in the order follows from."""

    row: Handover
    lacks: tuple[str, ...]
    waiting: Waiting
    deadline: datetime | None

    @property
    def is_ready(self) -> bool:
        return not self.lacks or bool(self.row.override)


def queue_of(vendor: Party, *, now: datetime) -> list[Queued]:
    """What waits for a vendor, in the order of handing over; what is not ready comes last."""
    rows = list(
        Handover.objects.filter(vendor=vendor, state=Handover.State.WAITING)
        .filter(case__merged_into=None, case__shredded_at=None)
        .exclude(case__report_state=ReportState.CLOSED.value)
        .exclude(Exists(Bar.objects.filter(case=OuterRef("case"), party=vendor, lifted_at=None)))
        .select_related("case__finding", "case__merged_into", "vendor")
        .prefetch_related("case__moments", "case__policies")
    )
    cves = [row.case.cve for row in rows if row.case.cve]
    listed = _exploited(cves)
    queued = {row.pk: _queued(row, listed=listed, now=now) for row in rows}
    order = capacity.in_order((each.waiting for each in queued.values()), now=now)
    return sorted((queued[each.key] for each in order), key=lambda each: not each.is_ready)


def _queued(row: Handover, *, listed: Collection[str], now: datetime) -> Queued:
    case = row.case
    group = findings_of(case)
    deadline = _deadline(case)
    waiting = Waiting(
        key=row.pk,
        since=row.asked_at,
        urgent=is_urgent(attacks=case.attacks_observed, deadline=deadline, now=now),
        attacks=case.attacks_observed,
        listed=case.cve in listed,
        level=_level(group),
        severity=max((finding.score for finding in group), default=0) / 10,
    )
    lacks = missing(material_of(case))
    return Queued(row=row, lacks=lacks, waiting=waiting, deadline=deadline)


def _deadline(case: Case) -> datetime | None:
    """When the case will be public: at the end of its embargo, else when the policies say."""
    if case.embargo_state in ("active", "revise"):
        return case.embargo_ends_at
    limit = longest_embargo(case)
    return limit.ends_at if limit else None


def _exploited(cves: Collection[str]) -> set[str]:
    """Those that KEV lists or SSVC calls actively exploited."""
    book = FactBook(cves)
    found = {cve for cve in cves if book.facts([cve]).kev_added_at is not None}
    active = SsvcDecision.objects.filter(cve__in=cves, exploitation=Exploitation.ACTIVE.value)
    return found | set(active.values_list("cve", flat=True))


@transaction.atomic
def hand_over_due(vendor: Party, *, by: Actor, now: datetime) -> list[Handover]:
    """Hand over what is ready and what the vendor has room for, in the order of priority, and ask
    to look again when time will have changed something. Safe to run at any time."""
    one_at_a_time(vendor)
    queued = queue_of(vendor, now=now)
    ready = {each.waiting.key: each for each in queued if each.is_ready}
    budget = budgets.budget_of(vendor)
    lately = budgets.handed_over_lately(vendor, now=now)
    chosen = capacity.choose(
        [each.waiting for each in ready.values()],
        budget=budget,
        handed_over=lately,
        open_now=budgets.open_handovers(vendor).count(),
        now=now,
    )
    batch = f"{vendor.public_id}/{now:%Y-%m-%dT%H:%M:%S}"
    done = [_hand_over(ready[each.key], batch, by=by, now=now) for each in chosen]
    taken = {each.key for each in chosen}
    rest = [each for each in queued if each.waiting.key not in taken]
    _look_again(vendor, rest, budget, [*lately, *[now] * len(done)], now)
    return done


def _hand_over(queued: Queued, batch: str, *, by: Actor, now: datetime) -> Handover:
    row, case = queued.row, queued.row.case
    row.state, row.handed_over_at = Handover.State.HANDED_OVER, now
    row.batch_key, row.urgent = batch, queued.waiting.urgent
    row.save(update_fields=["state", "handed_over_at", "batch_key", "urgent"])
    participants.bring_in(case, row.vendor, Part.VENDOR, by=by, now=now)
    facts = {
        "handover": row.public_id,
        "vendor": row.vendor.public_id,
        "batch": batch,
        "urgent": row.urgent,
        "overridden": bool(row.override and queued.lacks),
    }
    ledger.record(by=by, what="case.handed_over", on=case, facts=facts, at=now)
    if not case.vendor_aware:
        observe(case, CvdEvent.VENDOR_AWARE, by=by, now=now)
    return row


def _look_again(
    vendor: Party,
    rest: Collection[Queued],
    budget: capacity.Budget,
    handed_over: Collection[datetime],
    now: datetime,
) -> None:
    """Ask for the next look: when the budget has room again, when a deadline comes near, and
    tomorrow for what is not ready yet."""
    ready = [each for each in rest if each.is_ready]
    moments = [each.deadline - NEAR for each in ready if each.deadline is not None]
    at = capacity.next_look(
        [each.waiting for each in ready], budget=budget, handed_over=list(handed_over), now=now
    )
    moments += [at] if at is not None else []
    moments += [_tomorrow(now)] if len(ready) < len(rest) else []
    due_at = min((each for each in moments if each > now), default=None)
    if due_at is not None:
        key = f"handover:{vendor.pk}:{due_at.isoformat()}"
        outbox.send("handover.due", key=key, due_at=due_at, vendor_id=vendor.pk)


def _tomorrow(now: datetime) -> datetime:
    """The next midnight, UTC: whoever asks today asks for the same look."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)


def acknowledge(row: Handover, *, note: str = "", by: Actor, now: datetime) -> Handover:
    """Let the vendor say that it has the case and works on it. Raises CaseRefused."""
    return _answer(row, Handover.State.ACKNOWLEDGED, note, by=by, now=now)


def decline(row: Handover, *, because: str, by: Actor, now: datetime) -> Handover:
    """Let the vendor say that the case is not its to fix, and why; it stays a participant until
    a coordinator ends that. Raises CaseRefused."""
    if not because.strip():
        raise CaseRefused(f"{row.public_id}: say why it is declined.")
    return _answer(row, Handover.State.DECLINED, because, by=by, now=now)


@transaction.atomic
def _answer(
    row: Handover, state: Handover.State, words: str, *, by: Actor, now: datetime
) -> Handover:
    kept = Handover.objects.select_for_update().select_related("case", "vendor").get(pk=row.pk)
    _demand_vendor(kept, by)
    if kept.state == state:
        return kept
    if kept.state not in budgets.OPEN:
        raise CaseRefused(f"{kept.public_id} is {kept.state}; there is nothing to answer.")
    kept.state, kept.answered_at = state, now
    kept.answer = one_line(words, limit=MAX_ANSWER)
    kept.save(update_fields=["state", "answered_at", "answer"])
    what = f"case.handover_{state.value}"
    facts = {"handover": kept.public_id, "vendor": kept.vendor.public_id}
    ledger.record(by=by, what=what, on=kept.case, facts=facts, at=now)
    budgets.look_again([kept.vendor_id], now=now)
    return kept


@transaction.atomic
def withdraw(row: Handover, *, by: Actor, now: datetime) -> Handover:
    """Take a case that still waits out of the queue. Raises CaseRefused."""
    kept = Handover.objects.select_for_update().select_related("case", "vendor").get(pk=row.pk)
    if kept.state == Handover.State.WITHDRAWN:
        return kept
    if kept.state != Handover.State.WAITING:
        raise CaseRefused(f"{kept.public_id} is {kept.state}; it cannot be taken back.")
    kept.state = Handover.State.WITHDRAWN
    kept.save(update_fields=["state"])
    facts = {"handover": kept.public_id, "vendor": kept.vendor.public_id}
    ledger.record(by=by, what="case.handover_withdrawn", on=kept.case, facts=facts, at=now)
    return kept


def _demand_vendor(row: Handover, by: Actor) -> None:
    least = MemberRole.MEMBER.rank
    works = {seat.party for seat in by.seats if seat.role.rank >= least}
    if not is_house(by, at_least=MemberRole.MEMBER) and row.vendor_id not in works:
        raise NotPermitted("It takes a member of the vendor, or a coordinator.")
