"""Grave steps about cases: who may know of their approvals and sign them, and breaking the glass.

Whoever signs leads the house or a party of the case, and may read its summary; for break-glass,
which is about cases that hardly anybody may read, it suffices to know of the case.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from seawall.cases import shredding
from seawall.cases.models import Case, ReadIn
from seawall.cases.reading import FOR_FACTS, facts_of, tier_of
from seawall.core.access import finding_tier, house_rank
from seawall.core.four_eyes import BREAK_GLASS_LIFE, Grave
from seawall.core.public_ids import id_number
from seawall.findings.models import Finding
from seawall.findings.reading import facts_of as findings_facts_of
from seawall.findings.reading import tiers_of
from seawall.ledger import actions as ledger
from seawall.parties import approvals
from seawall.parties.access import demand
from seawall.parties.grave import Subject, register
from seawall.parties.models import Approval, Membership
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.errors import BadInput, one_line

_TIER = Tier.T2
"""What breaking the glass opens; a working reproducer takes an approved export besides."""


def register_subjects() -> None:
    """Say how the grave steps about cases and findings work; called when the app starts."""
    case = Subject(readable=_readable_cases, may_sign=_may_sign_case)
    register(Grave.RELEASE, case)
    register(Grave.SHRED, replace(case, carry_out=_shred))
    register(Grave.BREAK_GLASS, replace(case, may_sign=_may_sign_glass, carry_out=_break_glass))
    register(Grave.EXPORT, Subject(readable=_readable_exports, may_sign=_may_sign_export))


@transaction.atomic
def ask_break_glass(case: Case, *, reason: str, by: Actor, now: datetime) -> Approval:
    """Ask, as a coordinator who is not read in to a TLP:RED case, to be let in for an hour."""
    reason = one_line(reason, limit=500)
    if not reason:
        raise BadInput("breaking the glass needs a reason")
    demand(_may_break_glass(case, by, now))
    row = approvals.ask(
        what=Grave.BREAK_GLASS,
        on=case.public_id,
        facts={"case": case.public_id, "person": by.id, "reason": reason},
        effect=f"{by.id} may read the technical detail of {case.public_id} for one hour.",
        by=by,
        now=now,
        life=BREAK_GLASS_LIFE,
    )
    ledger.record(
        by=by, what="case.break_glass_asked", on=case, facts={"approval": row.public_id}, at=now
    )
    return row


def ask_shred(case: Case, *, by: Actor, now: datetime) -> Approval:
    """Ask that the case may be shredded."""
    return approvals.ask(
        what=Grave.SHRED,
        on=case.public_id,
        facts={"case": case.public_id},
        effect=f"Nobody can read {case.public_id} any more, nor its backups. There is no way back.",
        by=by,
        now=now,
    )


@transaction.atomic
def shred_approved(case: Case, *, by: Actor, now: datetime) -> shredding.Shredded:
    """Shred a case as approved. Raises NotApproved."""
    facts = {"case": case.public_id}
    approvals.use(what=Grave.SHRED, on=case.public_id, facts=facts, by=by, now=now)
    return shredding.shred(case, by=by, now=now)


def has_second_party(case: Case, *, now: datetime) -> bool:
    """Whether somebody besides the house could sign for this case: a participant has a lead. Where
    nobody could, the command line on the machine itself shreds without an approval."""
    parties = [each.party for each in facts_of(case, now=now).participants]
    leads = Membership.objects.filter(
        party__in=parties,
        party__is_house=False,
        party__is_active=True,
        person__is_active=True,
        role=MemberRole.LEAD.value,
        ended_at=None,
    )
    return leads.exists()


def _may_break_glass(case: Case, by: Actor, now: datetime) -> Decision:
    tier = tier_of(by, case, now=now)
    rank = house_rank(by)
    if by.kind is not ActorKind.PERSON or rank is None or rank < MemberRole.MEMBER.rank:
        return Refused("only coordinators break the glass")
    if tier is None or case.shredded_at is not None:
        return Refused("there is nothing to read")
    if tier >= _TIER:
        return Refused("you can read this case already")
    return Allowed()


@transaction.atomic
def _break_glass(approval: Approval, by: Actor, now: datetime) -> None:
    facts = approval.statement["facts"]
    case = _case(str(facts["case"]))
    if by.id != facts["person"]:
        demand(Refused("only who asked breaks the glass"))
    demand(_may_break_glass(case, by, now))
    used = approvals.use(what=Grave.BREAK_GLASS, on=approval.on, facts=facts, by=by, now=now)
    ReadIn.objects.create(
        case=case,
        person_id=by.person,
        tier=_TIER.value,
        sponsor=used.public_id,
        reason=str(facts["reason"]),
        starts_at=now,
        ends_at=now + BREAK_GLASS_LIFE,
    )
    told = {"whom": by.id, "approval": used.public_id, "tier": _TIER.name}
    ledger.record(by=by, what="case.glass_broken", on=case, facts=told, at=now)


def _shred(approval: Approval, by: Actor, now: datetime) -> None:
    case = _case(str(approval.statement["facts"]["case"]))
    if not by.is_installation and (house_rank(by) or 0) < MemberRole.LEAD.rank:
        demand(Refused("it takes a lead of the house"))
    if tier_of(by, case, now=now) is None:
        demand(Refused("not known"))
    shred_approved(case, by=by, now=now)


def _readable_cases(rows: Sequence[Approval], by: Actor, now: datetime) -> Collection[int]:
    cases = _cases(str(row.statement["facts"].get("case", "")) for row in rows)
    seen = {name for name, case in cases.items() if tier_of(by, case, now=now) is not None}
    return {row.pk for row in rows if row.statement["facts"].get("case") in seen}


def _readable_exports(rows: Sequence[Approval], by: Actor, now: datetime) -> Collection[int]:
    of_rooms = [row for row in rows if "case" in row.statement["facts"]]
    findings = _findings(str(row.on) for row in rows)
    tiers = tiers_of(by, list(findings.values()), now=now)
    seen = {name for name, row in findings.items() if tiers[row.pk] is not None}
    by_finding = {row.pk for row in rows if row.on in seen}
    return by_finding | set(_readable_cases(of_rooms, by, now))


def _may_sign_case(approval: Approval, by: Actor, party: int, now: datetime) -> Decision:
    return _reads(by, party, approval, now, at_least=Tier.T1)


def _may_sign_glass(approval: Approval, by: Actor, party: int, now: datetime) -> Decision:
    return _reads(by, party, approval, now, at_least=Tier.T0)


def _reads(by: Actor, party: int, approval: Approval, now: datetime, *, at_least: Tier) -> Decision:
    case = _case(str(approval.statement["facts"]["case"]))
    as_party = _as_party(by, party)
    takes_part = any(each.party == party for each in facts_of(case, now=now).participants)
    if not takes_part and house_rank(as_party) is None:
        return Refused("your party does not take part in the case")
    tier = tier_of(as_party, case, now=now)
    if tier is None or tier < at_least:
        return Refused(f"it takes tier {at_least.name} of the case")
    return Allowed()


def _may_sign_export(approval: Approval, by: Actor, party: int, now: datetime) -> Decision:
    if "case" in approval.statement["facts"]:
        return _may_sign_case(approval, by, party, now)
    row = _findings([approval.on])[approval.on]
    facts, as_party = findings_facts_of([row], now=now)[row.pk], _as_party(by, party)
    concerned = facts.reporters | {
        each.party for each in (facts.case.participants if facts.case else ())
    }
    if party not in concerned and house_rank(as_party) is None:
        return Refused("your party has no part in the finding or its case")
    tier = finding_tier(as_party, facts, now=now)
    if tier is None or tier < Tier.T1:
        return Refused("it takes tier T1 of the finding")
    return Allowed()


def _as_party(by: Actor, party: int) -> Actor:
    """`by` with the seat in that party alone."""
    return replace(by, seats=tuple(seat for seat in by.seats if seat.party == party))


def _case(public_id: str) -> Case:
    return _cases([public_id])[public_id]


def _cases(public_ids: Iterable[str]) -> dict[str, Case]:
    numbers = {id_number("C", text) for text in public_ids} - {None}
    rows = Case.objects.filter(pk__in=numbers).prefetch_related(*FOR_FACTS)
    return {row.public_id: row for row in rows}


def _findings(public_ids: Iterable[str]) -> dict[str, Finding]:
    numbers = {id_number("F", text) for text in public_ids} - {None}
    rows = Finding.objects.filter(pk__in=numbers).select_related("report")
    return {row.public_id: row for row in rows}
