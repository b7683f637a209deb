"""Applications of trusted partners: criteria, joint selection, designation, refusal and appeal."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction

from seawall.core import partners as rules
from seawall.core.four_eyes import Grave, statement_digest
from seawall.core.partners import Application, Criterion, PartnerStep
from seawall.core.plain import from_plain, to_plain
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import approvals
from seawall.parties.models import Approval, Party
from seawall.reviews.grants import end_all
from seawall.reviews.models import Grant, Partner, Selection
from seawall.reviews.regimes import DEFAULT, regime
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Decision, Refused
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.regimes import Regime
from seawall.vocab.reviews import PartnerKind, PartnerState, Provisioning, Voice

EXPIRE = "reviews.partner_expires"
_LIMIT = 4000


class PartnerRefused(Exception):
    """A rule about partners says no; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is found of one criterion."""

    id: str
    met: bool
    note: str = ""


def rulebook() -> Regime:
    """The regime whose criteria partners are chosen by: the one in force with criteria."""
    return regime(DEFAULT)


def application_of(row: Partner) -> Application:
    """What the rules ask about an application."""
    return Application(
        state=PartnerState(row.state),
        kind=row.kind,
        criteria=tuple(from_plain(Criterion, each) for each in row.criteria),
        yes=voices(row),
        decided_at=row.decided_at,
        appealed_before=row.appealed_at is not None,
        expires_at=row.expires_at,
    )


def voices(row: Partner) -> frozenset[Voice]:
    """Who says yes, by their last word."""
    last: dict[str, bool] = {}
    for said in sorted(row.selections.all(), key=lambda each: each.pk):
        last[said.voice] = said.yes
    return frozenset(Voice(voice) for voice, yes in last.items() if yes)


@transaction.atomic
def apply(
    *,
    party: Party,
    lab: Party,
    kind: PartnerKind,
    statement: str,
    contact: str = "",
    by: Actor,
    now: datetime,
) -> Partner:
    """Apply to use a lab's models before their release. Raises BadInput or PartnerRefused."""
    if "lab" not in lab.roles:
        raise BadInput("not a lab", where="lab", mend="apply to a party with the role lab")
    if party.pk == lab.pk:
        raise BadInput("a lab does not apply to itself", where="party")
    statement = _words(statement, "statement", needed=True)
    contact = _words(contact, "contact", limit=200)
    if kind.value not in rulebook().eligible:
        raise PartnerRefused(f"{rulebook().authority} does not name this kind of partner.")
    row = Partner(
        party=party,
        lab=lab,
        kind=kind.value,
        statement=statement,
        contact=contact,
        made_by=str(by),
        made_at=now,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise PartnerRefused("There is an application of this party to this lab already.") from None
    facts = {"party": party.public_id, "lab": lab.public_id, "kind": kind.value}
    ledger.record(by=by, what="partner.applied", on=row, facts=facts, at=now)
    return row


@transaction.atomic
def record_criterion(row: Partner, found: Finding, *, by: Actor, now: datetime) -> Partner:
    """Record what was found of one criterion; a later record replaces an earlier one. Raises
    BadInput or PartnerRefused."""
    row = _taking(row, PartnerStep.RECORD, now=now)
    known = [each.id for each in rulebook().criteria]
    if found.id not in known:
        raise BadInput("no such criterion", where=found.id, mend=f"one of {', '.join(known)}")
    note = _words(found.note, "note")
    said = Criterion(id=found.id, met=found.met, note=note, by=str(by), at=now)
    row.criteria = [*(each for each in row.criteria if each["id"] != found.id), to_plain(said)]
    row.save(update_fields=["criteria"])
    facts = {"criterion": found.id, "met": found.met}
    ledger.record(by=by, what="partner.criterion", on=row, facts=facts, at=now)
    return row


@transaction.atomic
def select(
    row: Partner, *, voice: Voice, yes: bool, because: str = "", by: Actor, now: datetime
) -> Partner:
    """Say yes or no for the lab or the government. When both say yes the partner is selected and
    its designation waits for two signatures; a no refuses it and needs reasons. Raises
    PartnerRefused or BadInput."""
    step = PartnerStep.SELECT if yes else PartnerStep.REFUSE
    row = _taking(row, step, now=now)
    because = _words(because, "because", needed=not yes)
    Selection.objects.create(
        partner=row, voice=voice.value, yes=yes, because=because, by=str(by), at=now
    )
    facts = {"voice": voice.value, "yes": yes}
    ledger.record(by=by, what="partner.voice", on=row, facts=facts, at=now)
    if not yes:
        return _refuse(row, because, by=by, now=now)
    if rules.is_selected(application_of(row)):
        row.state, row.decided_at = PartnerState.SELECTED.value, now
        row.save(update_fields=["state", "decided_at"])
        ledger.record(by=by, what="partner.selected", on=row, facts={}, at=now)
        ask_designation(row, by=by, now=now)
    return row


def _refuse(row: Partner, because: str, *, by: Actor, now: datetime) -> Partner:
    row.state, row.decided_at = PartnerState.REFUSED.value, now
    row.refused_because = because
    row.save(update_fields=["state", "decided_at", "refused_because"])
    ledger.record(by=by, what="partner.refused", on=row, facts={}, at=now)
    return row


@transaction.atomic
def appeal(row: Partner, *, because: str, by: Actor, now: datetime) -> Partner:
    """Ask once that a refusal is looked at anew, by both. Raises PartnerRefused or BadInput."""
    row = _taking(row, PartnerStep.APPEAL, now=now)
    row.appeal = _words(because, "because", needed=True)
    row.state, row.appealed_at = PartnerState.APPEALED.value, now
    row.save(update_fields=["state", "appeal", "appealed_at"])
    row.selections.all().delete()
    ledger.record(by=by, what="partner.appealed", on=row, facts={}, at=now)
    return row


def facts_for_designation(row: Partner) -> dict[str, Any]:
    """What two people sign: the partner, the lab, the digest of what was found, and when both
    selected it: what was signed before a refusal counts no more after its appeal."""
    selected = row.decided_at.astimezone(UTC).isoformat() if row.decided_at else ""
    return {
        "partner": row.public_id,
        "party": row.party.public_id,
        "lab": row.lab.public_id,
        "kind": row.kind,
        "criteria": statement_digest({"criteria": row.criteria}),
        "renewals": row.renewals,
        "selected_at": selected,
    }


def ask_designation(row: Partner, *, by: Actor, now: datetime) -> Approval:
    """Ask for the two signatures of a designation."""
    return approvals.ask(
        what=Grave.DESIGNATION,
        on=row.public_id,
        facts=facts_for_designation(row),
        effect=f"{row.public_id} becomes a trusted partner for {rules.LASTS.days} days.",
        by=by,
        now=now,
    )


@transaction.atomic
def designate(row: Partner, *, by: Actor, now: datetime) -> Partner:
    """Make the partner a trusted one, as two people of two parties approved. Raises NotApproved
    or PartnerRefused."""
    row = _taking(row, PartnerStep.DESIGNATE, now=now)
    facts = facts_for_designation(row)
    approvals.use(what=Grave.DESIGNATION, on=row.public_id, facts=facts, by=by, now=now)
    row.state, row.designated_at = PartnerState.DESIGNATED.value, now
    row.expires_at = now + rules.LASTS
    row.save(update_fields=["state", "designated_at", "expires_at"])
    ledger.record(
        by=by,
        what="partner.designated",
        on=row,
        facts={"expires_at": row.expires_at.isoformat()},
        at=now,
    )
    _remind(row)
    return row


@transaction.atomic
def renew(row: Partner, *, by: Actor, now: datetime) -> Partner:
    """Renew a designation for another term; the criteria must still be met. Raises
    PartnerRefused."""
    row = _taking(row, PartnerStep.RENEW, now=now)
    row.expires_at, row.renewals = (row.expires_at or now) + rules.LASTS, row.renewals + 1
    row.save(update_fields=["expires_at", "renewals"])
    facts = {"expires_at": row.expires_at.isoformat()}
    ledger.record(by=by, what="partner.renewed", on=row, facts=facts, at=now)
    _remind(row)
    return row


@transaction.atomic
def revoke(row: Partner, *, because: str, by: Actor, now: datetime) -> Partner:
    """Take a designation back, with reasons; all grants of the partner end at once."""
    row = _taking(row, PartnerStep.REVOKE, now=now)
    row.revoked_because = _words(because, "because", needed=True)
    return _end(row, PartnerState.REVOKED, Provisioning.REVOKED, "partner.revoked", by=by, now=now)


@transaction.atomic
def withdraw(row: Partner, *, by: Actor, now: datetime) -> Partner:
    """The applicant takes its application, or its designation, back."""
    row = _taking(row, PartnerStep.WITHDRAW, now=now)
    return _end(
        row, PartnerState.WITHDRAWN, Provisioning.REVOKED, "partner.withdrawn", by=by, now=now
    )


@transaction.atomic
def expire_when_due(row: Partner, *, by: Actor, now: datetime) -> bool:
    """End a designation whose time is over; whether there was one. Safe to call again."""
    row = Partner.objects.select_for_update().get(pk=row.pk)
    decision = rules.may_take(PartnerStep.EXPIRE, application_of(row), rulebook(), now=now)
    if isinstance(decision, Refused):
        return False
    _end(row, PartnerState.EXPIRED, Provisioning.EXPIRED, "partner.expired", by=by, now=now)
    return True


def _end(
    row: Partner, state: PartnerState, grants: Provisioning, what: str, *, by: Actor, now: datetime
) -> Partner:
    row.state = state.value
    row.save(update_fields=["state", "revoked_because"])
    ledger.record(by=by, what=what, on=row, facts={}, at=now)
    because = f"the partner is {state.value}"
    end_all(Grant.objects.filter(partner=row), grants, because, by=by, now=now)
    return row


def _remind(row: Partner) -> None:
    if row.expires_at is not None:
        key = f"partner-expires:{row.pk}:{row.expires_at.isoformat()}"
        outbox.send(EXPIRE, key=key, due_at=row.expires_at, partner_id=row.pk)


def _taking(row: Partner, step: PartnerStep, *, now: datetime) -> Partner:
    rows = Partner.objects.select_for_update(of=("self",)).select_related("party", "lab")
    row = rows.get(pk=row.pk)
    _demand(rules.may_take(step, application_of(row), rulebook(), now=now))
    return row


def _demand(decision: Decision) -> None:
    if isinstance(decision, Refused):
        raise PartnerRefused(f"{decision.reason[:1].upper()}{decision.reason[1:]}.")


def _words(text: str, where: str, *, needed: bool = False, limit: int = _LIMIT) -> str:
    text = text.strip()
    if needed and not text:
        raise BadInput("missing: say it in a sentence", where=where)
    if len(text) > limit:
        raise BadInput(f"more than {limit} characters", where=where)
    return one_line(text, limit=limit)
