"""Who takes part in a case: joining, leaving, tiers, each party's own report state, consent."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from seawall.cases.models import Case, Participant
from seawall.cases.reading import facts_of, tier_of
from seawall.cases.refusals import CaseRefused, require
from seawall.cases.speakers import house, locked, parties_of
from seawall.core import report_states
from seawall.core.report_states import ReportStep
from seawall.core.room_rules import default_tier, may_give
from seawall.findings.duplicates import group_of
from seawall.findings.models import Receipt
from seawall.ledger import actions as ledger
from seawall.ledger.actions import Said
from seawall.parties.access import NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import Act, MemberRole, Part, Tier
from seawall.vocab.actors import Actor
from seawall.vocab.cases import ReportState
from seawall.vocab.decisions import Refused
from seawall.vocab.errors import BadInput


@transaction.atomic
def bring_in(
    case: Case, party: Party, part: Part, *, tier: Tier | None = None, by: Actor, now: datetime
) -> Participant:
    """Let a party take part, reading to `tier` (the part's own if None). Twice is one; raises
    CaseRefused. Nobody gives a tier that they do not have."""
    locked(case)
    given = default_tier(part) if tier is None else tier
    require(may_give(given, own=_tier(by, case, now)), case.public_id)
    return _join(case, party, part, given, by=by, now=now)


@transaction.atomic
def set_tier(participant: Participant, tier: Tier, *, by: Actor, now: datetime) -> None:
    """Let a participant read more or less. Raises CaseRefused."""
    case = participant.case
    require(may_give(tier, own=_tier(by, case, now)), case.public_id)
    row = _current(participant)
    if row.tier == tier:
        return
    row.tier = tier
    row.save(update_fields=["tier"])
    facts = {"party": row.party.public_id, "part": row.part, "tier": tier.name}
    ledger.record(by=by, what="case.tier_set", on=case, facts=facts, at=now)


@transaction.atomic
def part_with(participant: Participant, *, by: Actor, now: datetime) -> None:
    """End a party's part in the case, at once. Twice is no error."""
    row = Participant.objects.select_for_update().get(pk=participant.pk)
    if row.left_at is not None:
        return
    row.left_at = now
    row.save(update_fields=["left_at"])
    facts = {"party": row.party.public_id, "part": row.part}
    ledger.record(by=by, what="case.left", on=row.case, facts=facts, at=now)


def leave(participant: Participant, *, by: Actor, now: datetime) -> None:
    """Let a party leave by its own wish. Raises NotPermitted unless `by` is one of its leads."""
    _demand_lead(participant.party_id, by)
    part_with(participant, by=by, now=now)


@transaction.atomic
def consent(case: Case, *, by: Actor, now: datetime, party: int | None = None) -> None:
    """Accept, for one's own party, the embargo that is proposed or in force.

    `party` chooses among several. Raises NotPermitted for who is no lead of a participant, and
    CaseRefused when there is nothing to consent to. It covers any sooner end as well.
    """
    row = locked(case)
    ends_at = terms_of(row)
    if ends_at is None:
        raise CaseRefused(f"{case.public_id}: no embargo is proposed or in force.")
    held = facts_of(case, now=now)
    parties = _speaking(case, by, parties_of(Act.CONSENT, by, held), party)
    _agree(case, parties, ends_at, by=by, now=now)


def terms_of(case: Case) -> datetime | None:
    """The end that is to be consented to: as proposed, else as in force."""
    proposed = case.embargo.get("proposed_until") if case.embargo else None
    if proposed:
        return datetime.fromisoformat(proposed)
    return case.embargo_ends_at if case.embargo_state in ("active", "revise") else None


def agree_to(case: Case, ends_at: datetime, *, by: Actor, now: datetime) -> None:
    """Let whoever proposes or accepts terms consent to them for the parties they act for, the
    installation for the house."""
    mine = by.parties
    if by.is_installation:
        found = house()
        mine = frozenset({found.pk}) if found else frozenset()
    taking_part = {each.party_id for each in case.participants.filter(left_at=None)}
    parties = mine & taking_part
    if parties:
        _agree(case, parties, ends_at, by=by, now=now)


def _agree(
    case: Case, parties: Collection[int], ends_at: datetime, *, by: Actor, now: datetime
) -> None:
    rows = Participant.objects.filter(case=case, party__in=parties, left_at=None)
    agreed = []
    for row in rows.select_related("party"):
        if row.consented_until is not None and row.consented_until >= ends_at:
            continue
        row.consented_until = ends_at
        row.save(update_fields=["consented_until"])
        facts = {"party": row.party.public_id, "until": ends_at.isoformat()}
        agreed.append(Said(what="case.embargo_consented", on=case, facts=facts))
    ledger.record_all(by=by, events=agreed, at=now)


@transaction.atomic
def take_step(
    participant: Participant, to_take: ReportStep, *, by: Actor, now: datetime
) -> ReportState:
    """Move the report state of one party; its members do so for it, coordinators for any.

    Raises NotPermitted or CaseRefused.
    """
    row = _current(participant)
    if not _works_here(row.party_id, by):
        raise NotPermitted("It takes a member of the party, or a coordinator.")
    after = report_states.step(ReportState(row.report_state), to_take)
    if isinstance(after, Refused):
        raise CaseRefused(f"{row.case.public_id}: {after.reason}.")
    row.report_state = after
    row.save(update_fields=["report_state"])
    facts = {"party": row.party.public_id, "state": str(after)}
    ledger.record(by=by, what="case.party_state", on=row.case, facts=facts, at=now)
    return after


@transaction.atomic
def gather(case: Case, *, by: Actor, now: datetime) -> list[Participant]:
    """Let the house and all who sent a finding of the case take part; gives who is new.

    Who sent the first finding reads the summary, whoever came later that the case exists: they
    learn "known since, handled" and never the earlier report. Who left stays away. A later
    finder whose finding turned out to be something else takes part no longer.
    """
    known = set(case.participants.values_list("party_id", "part"))
    joined = []
    found = house()
    if found is not None and (found.pk, Part.COORDINATOR.value) not in known:
        joined.append(_join(case, found, Part.COORDINATOR, _HOUSE_TIER, by=by, now=now))
    senders = senders_of(case)
    for number, sender in enumerate(senders):
        if (sender.pk, Part.FINDER.value) in known:
            continue
        tier = default_tier(Part.FINDER) if number == 0 else Tier.T0
        joined.append(_join(case, sender, Part.FINDER, tier, by=by, now=now, gathered=True))
        if number:
            facts = {"finders": number + 1}
            ledger.record(by=by, what="case.rediscovered", on=case, facts=facts, at=now)
    gathered = case.participants.filter(brought_by=_GATHERED, tier=Tier.T0, left_at=None)
    for each in gathered.exclude(party__in=senders) if senders else ():
        part_with(each, by=by, now=now)
    return joined


def senders_of(case: Case) -> list[Party]:
    """The parties that sent a finding of the case, the first first; none for one that sleeps."""
    if case.merged_into_id is not None:
        return []
    group = [member.pk for member in group_of(case.finding)]
    receipts = (
        Receipt.objects.filter(report__findings__in=group, reporter__isnull=False)
        .select_related("reporter")
        .order_by("at", "id")
    )
    found: dict[int, Party] = {}
    for receipt in receipts:
        if receipt.reporter is not None:
            found.setdefault(receipt.reporter.pk, receipt.reporter)
    return list(found.values())


_HOUSE_TIER = Tier.T1
"""People of the house read by their role in it (`core.access.HOUSE_TIER`): its part in a case must
not give its viewers more."""
_GATHERED = "job:gather"
"""Who brought in those that take part because they sent a finding."""


def _join(
    case: Case,
    party: Party,
    part: Part,
    tier: Tier,
    *,
    by: Actor,
    now: datetime,
    gathered: bool = False,
) -> Participant:
    row, is_new = Participant.objects.get_or_create(
        case=case,
        party=party,
        part=part.value,
        left_at=None,
        defaults={
            "tier": tier.value,
            "brought_by": _GATHERED if gathered else str(by)[:120],
            "joined_at": now,
        },
    )
    if is_new:
        facts = {"party": party.public_id, "part": part.value, "tier": tier.name}
        ledger.record(by=by, what="case.joined", on=case, facts=facts, at=now)
    return row


def _current(participant: Participant) -> Participant:
    row = Participant.objects.select_for_update().get(pk=participant.pk)
    if row.left_at is not None:
        raise CaseRefused(f"{row.party} has left {row.case.public_id}.")
    return row


def _speaking(case: Case, by: Actor, able: frozenset[int], wanted: int | None) -> frozenset[int]:
    """The parties for which `by` consents: the one wanted, or all of theirs that take part."""
    if by.is_installation:
        if wanted is None:
            raise BadInput("say for which party", where="party", mend="a party of the case")
        able = frozenset({wanted})
    taking_part = {each.party_id for each in case.participants.all() if each.left_at is None}
    found = able & taking_part if wanted is None else able & taking_part & {wanted}
    if not found:
        raise NotPermitted("It takes a lead of a party that takes part in the case.")
    return found


def _works_here(party: int, by: Actor) -> bool:
    if by.is_installation:
        return True
    least = MemberRole.MEMBER.rank
    return any(
        seat.role.rank >= least and (seat.is_house or seat.party == party) for seat in by.seats
    )


def _demand_lead(party: int, by: Actor) -> None:
    least = MemberRole.LEAD.rank
    leads = {seat.party for seat in by.seats if seat.role.rank >= least}
    if not by.is_installation and party not in leads:
        raise NotPermitted("It takes a lead of the party.")


def _tier(by: Actor, case: Case, now: datetime) -> Tier:
    found = tier_of(by, case, now=now)
    if found is None:
        raise NotPermitted("Not known.")
    return found
