"""Reading people and parties in for a time, keeping them out, and the marking of the case."""

from datetime import datetime

from django.db import transaction

from seawall.cases.models import Bar, Case, ReadIn
from seawall.cases.reading import embargo_holds, tier_of
from seawall.cases.refusals import CaseRefused, require
from seawall.cases.speakers import locked
from seawall.core.room_rules import LONGEST_REASON, may_mark, may_read_in
from seawall.ledger import actions as ledger
from seawall.parties.models import Party, Person
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.tlp import Tlp


@transaction.atomic
def read_in(
    case: Case,
    whom: Person | Party,
    tier: Tier,
    *,
    reason: str,
    until: datetime,
    by: Actor,
    now: datetime,
) -> ReadIn:
    """Let one person, or all members of one party, read to `tier` until then.

    `by` sponsors it and must read to that tier. Raises CaseRefused.
    """
    locked(case)
    own = tier_of(by, case, now=now) or Tier.T0
    decision = may_read_in(tier, own=own, starts_at=now, ends_at=until, reason=reason)
    require(decision, case.public_id)
    row = ReadIn.objects.create(
        case=case,
        tier=tier.value,
        sponsor=str(by)[:120],
        reason=_reason(reason),
        starts_at=now,
        ends_at=until,
        **_subject(whom),
    )
    facts = {"whom": whom.public_id, "tier": tier.name, "until": until.isoformat()}
    ledger.record(by=by, what="case.read_in", on=case, facts=facts, at=now)
    return row


@transaction.atomic
def revoke(read_in: ReadIn, *, by: Actor, now: datetime) -> None:
    """End a read-in at once. Twice is no error."""
    row = ReadIn.objects.select_for_update().get(pk=read_in.pk)
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by = now, str(by)[:120]
    row.save(update_fields=["revoked_at", "revoked_by"])
    facts = {"whom": _whom(row)}
    ledger.record(by=by, what="case.read_in_revoked", on=row.case, facts=facts, at=now)


@transaction.atomic
def bar(case: Case, whom: Person | Party, *, reason: str, by: Actor, now: datetime) -> Bar:
    """Keep a person or a party out, whatever else lets them in. Raises CaseRefused."""
    locked(case)
    if not reason.strip():
        raise CaseRefused(f"{case.public_id}: a bar says why.")
    if isinstance(whom, Party) and whom.is_house:
        raise CaseRefused(f"{case.public_id}: the house cannot be barred; bar its members.")
    known = Bar.objects.filter(case=case, lifted_at=None, **_subject(whom)).first()
    if known is not None:
        return known
    row = Bar.objects.create(
        case=case, reason=_reason(reason), by=str(by)[:120], at=now, **_subject(whom)
    )
    facts = {"whom": whom.public_id}
    ledger.record(by=by, what="case.barred", on=case, facts=facts, at=now)
    return row


def take_over_bars(case: Case, *, of: Case, by: Actor, now: datetime) -> None:
    """Keep out of a case whoever is kept out of one that is merged into it. A split lifts none."""
    for row in of.bars.filter(lifted_at=None).select_related("person", "party"):
        whom = row.person or row.party
        if whom is not None:
            bar(case, whom, reason=row.reason, by=by, now=now)


@transaction.atomic
def lift(bar: Bar, *, by: Actor, now: datetime) -> None:
    """Lift a bar: what grants access does so again. Twice is no error."""
    row = Bar.objects.select_for_update().get(pk=bar.pk)
    if row.lifted_at is not None:
        return
    row.lifted_at = now
    row.save(update_fields=["lifted_at"])
    ledger.record(by=by, what="case.bar_lifted", on=row.case, facts={"whom": _whom(row)}, at=now)


@transaction.atomic
def mark(case: Case, wanted: Tlp, *, by: Actor, now: datetime) -> None:
    """Set the marking of the case. Raises CaseRefused."""
    row = locked(case)
    named = by.is_installation or _reads_by_name(case, by, now)
    decision = may_mark(
        wanted,
        embargo_holds=embargo_holds(row, now=now),
        published=row.public_aware,
        named_readers=named,
    )
    require(decision, case.public_id)
    if row.tlp == wanted.value:
        return
    case.tlp = wanted.value
    case.save(update_fields=["tlp"])
    ledger.record(by=by, what="case.marked", on=case, facts={"tlp": wanted.value}, at=now)


def live_read_ins(case: Case, *, now: datetime) -> list[ReadIn]:
    """The read-ins in force, oldest first."""
    rows = case.read_ins.filter(revoked_at=None, starts_at__lte=now, ends_at__gt=now)
    return list(rows.select_related("person", "party"))


def _reads_by_name(case: Case, by: Actor, now: datetime) -> bool:
    return by.person is not None and any(
        each.person_id == by.person and each.tier >= Tier.T1
        for each in live_read_ins(case, now=now)
    )


def _subject(whom: Person | Party) -> dict[str, Person | Party]:
    return {"person": whom} if isinstance(whom, Person) else {"party": whom}


def _whom(row: ReadIn | Bar) -> str:
    found = row.person or row.party
    return found.public_id if found else ""


def _reason(text: str) -> str:
    found = one_line(text, limit=LONGEST_REASON + 1)
    if len(found) > LONGEST_REASON:
        raise BadInput(f"more than {LONGEST_REASON} characters", where="reason")
    return found
