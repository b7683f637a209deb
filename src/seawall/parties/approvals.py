"""Approvals by four eyes: asking, signing, using and withdrawing (core.four_eyes).

An approval is about facts. Whoever carries out the step gives the facts as they are then; if
they are not those that were approved (a new revision, another receiver), nothing is approved.
The people sign the digest of the whole statement, made unique by its `request`.

    facts = {"revision": 3, "documents": "…"}
    ask(what=Grave.RELEASE, on="SEAWALL-2026-0001", facts=facts, effect="…", by=by, now=now)
    use(what=Grave.RELEASE, on="SEAWALL-2026-0001", facts=facts, by=by, now=now)  # NotApproved

Statements are kept in the open and go to signers: ids, digests and dates, nothing embargoed.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from seawall.core.four_eyes import LIFE, Consent, Grave, approved, statement_digest
from seawall.core.public_ids import short_number
from seawall.ledger import actions as ledger
from seawall.parties.access import NotFound, demand
from seawall.parties.grave import subject_of
from seawall.parties.models import Approval, ApprovalSignature, Membership
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.errors import one_line

_SHOWN = 200


class NotApproved(ValueError):
    """Two people of two parties have not approved just this, or it was used or is too old."""


class SignatureRefused(ValueError):
    """This signature does not count; the message says why."""


@transaction.atomic
def ask(
    *,
    what: Grave,
    on: str,
    facts: Mapping[str, Any],
    effect: str,
    by: Actor,
    now: datetime,
    life: timedelta = LIFE,
) -> Approval:
    """Ask for approval; who may ask is for the caller to have decided. `effect` says in one
    sentence what will happen. The same question that is still open is given as it is."""
    for row in _open(now).filter(what=what.value, on=on):
        if row.statement["facts"] == dict(facts):
            return row
    statement = {
        "what": what.value,
        "on": on,
        "facts": dict(facts),
        "effect": one_line(effect),
        "request": secrets.token_hex(16),
    }
    row = Approval.objects.create(
        what=what.value,
        on=on,
        statement=statement,
        digest=statement_digest(statement),
        asked_by=str(by),
        asked_at=now,
        expires_at=now + life,
    )
    _record(row, "approval.asked", by=by, now=now)
    return row


@transaction.atomic
def sign(
    approval: Approval,
    *,
    party: int,
    digest: str,
    how: ApprovalSignature.How,
    evidence: Mapping[str, Any],
    by: Actor,
    now: datetime,
) -> None:
    """Sign, for one's party, the digest that one was shown. Raises SignatureRefused."""
    row = Approval.objects.select_for_update().get(pk=approval.pk)
    decision = may_sign(row, party=party, digest=digest, by=by, now=now)
    if isinstance(decision, Refused):
        raise SignatureRefused(f"{decision.reason[:1].upper()}{decision.reason[1:]}.")
    ApprovalSignature.objects.create(
        approval=row,
        person_id=by.person,
        party_id=party,
        digest=digest,
        how=how,
        evidence=dict(evidence),
        at=now,
    )
    _record(row, "approval.signed", by=by, now=now, party=f"P-{party}", how=str(how))


def may_sign(approval: Approval, *, party: int, digest: str, by: Actor, now: datetime) -> Decision:
    """Say whether `by` may sign `digest` for `party`: a person, who leads there, once, the very
    digest of the statement, while the question is open, and may know of what it is about."""
    if by.kind is not ActorKind.PERSON or by.person is None:
        return Refused("only people who signed in approve")
    if not is_open(approval, now=now):
        return Refused("this is no longer open")
    if digest != approval.digest or digest != statement_digest(approval.statement):
        return Refused("what was signed is not what is asked")
    if not any(seat.party == party and seat.role is MemberRole.LEAD for seat in by.seats):
        return Refused("it takes a lead of the party for which it is signed")
    if approval.signatures.filter(person=by.person).exists():
        return Refused("you have signed already")
    return subject_of(Grave(approval.what)).may_sign(approval, by, party, now)


@transaction.atomic
def withdraw(approval: Approval, *, by: Actor, now: datetime) -> None:
    """Take a question back: who asked it, or the installation. Raises NotPermitted."""
    if str(by) != approval.asked_by and not by.is_installation:
        demand(Refused("only who asked takes it back"))
    changed = Approval.objects.filter(pk=approval.pk, used_at=None, withdrawn_at=None)
    if changed.update(withdrawn_at=now):
        _record(approval, "approval.withdrawn", by=by, now=now)


def approved_for(*, what: Grave, on: str, facts: Mapping[str, Any], now: datetime) -> Decision:
    """Say whether the step is approved, with exactly these facts."""
    answers = list(decisions(_matching(what, on, facts, now), now=now).values())
    if any(isinstance(each, Allowed) for each in answers):
        return Allowed()
    return answers[0] if answers else Refused("it takes the approval of two people")


@transaction.atomic
def use(*, what: Grave, on: str, facts: Mapping[str, Any], by: Actor, now: datetime) -> Approval:
    """Use up an approval of exactly these facts, in the transaction of the step itself. Raises
    NotApproved."""
    reason = "it takes the approval of two people of two parties"
    for found in _matching(what, on, facts, now):
        row = Approval.objects.select_for_update().get(pk=found.pk)
        answer = decision(row, now=now)
        if isinstance(answer, Allowed):
            row.used_at = now
            row.save(update_fields=["used_at"])
            _record(row, "approval.used", by=by, now=now)
            return row
        reason = answer.reason
    raise NotApproved(f"{reason[:1].upper()}{reason[1:]}.")


def decision(approval: Approval, *, now: datetime) -> Decision:
    """Say whether an approval holds now. A signature counts while its signer leads that party."""
    return decisions([approval], now=now)[approval.pk]


def decisions(rows: Sequence[Approval], *, now: datetime) -> dict[int, Decision]:
    """`decision` of each of these by primary key; one query beyond their signatures."""
    leading = _leading({each.person_id for row in rows for each in row.signatures.all()})
    return {row.pk: _decision(row, leading, now) for row in rows}


def _decision(row: Approval, leading: Collection[tuple[int, int]], now: datetime) -> Decision:
    if row.used_at is not None:
        return Refused("it was used already")
    if row.withdrawn_at is not None:
        return Refused("it was withdrawn")
    if statement_digest(row.statement) != row.digest:
        return Refused("the statement is not the one that was signed")
    consents = [
        Consent(person=each.person_id, party=each.party_id, digest=each.digest, at=each.at)
        for each in row.signatures.all()
        if (each.person_id, each.party_id) in leading
    ]
    return approved(digest=row.digest, consents=consents, expires_at=row.expires_at, now=now)


def is_machine(by: Actor) -> bool:
    """Whether this is the command line on the machine or a job of the installation: whoever has
    these has the database too. A token of the installation is not: one person can make it."""
    return by.kind in (ActorKind.OPERATOR, ActorKind.JOB)


def is_open(approval: Approval, *, now: datetime) -> bool:
    return approval.used_at is None and approval.withdrawn_at is None and now < approval.expires_at


def approvals(by: Actor, *, now: datetime, open_only: bool) -> list[Approval]:
    """The newest approvals of which `by` may know, at most 200; a fixed number of queries."""
    rows = _open(now) if open_only else Approval.objects.all()
    rows = rows.prefetch_related("signatures__person", "signatures__party")
    return readable(list(rows.order_by("-pk")[:_SHOWN]), by, now=now)


def approval(by: Actor, public_id: str, *, now: datetime) -> Approval:
    """One approval by `AP-1`; NotFound, the same whether it is absent or hidden."""
    number = short_number("AP", public_id)
    rows = Approval.objects.prefetch_related("signatures__person", "signatures__party")
    found = readable(list(rows.filter(pk=number)) if number else [], by, now=now)
    if not found:
        raise NotFound(f"There is no approval {one_line(public_id, limit=40)}.")
    return found[0]


def readable(rows: Sequence[Approval], by: Actor, *, now: datetime) -> list[Approval]:
    """Those of `rows` of which `by` may know, in their order."""
    if by.is_installation:
        return list(rows)
    seen: set[int] = set()
    for what in {row.what for row in rows}:
        same = [row for row in rows if row.what == what]
        seen |= set(subject_of(Grave(what)).readable(same, by, now))
    return [row for row in rows if row.pk in seen]


def _matching(what: Grave, on: str, facts: Mapping[str, Any], now: datetime) -> list[Approval]:
    rows = _open(now).filter(what=what.value, on=on)
    return [row for row in rows if row.statement.get("facts") == dict(facts)]


def _open(now: datetime) -> QuerySet[Approval]:
    return Approval.objects.filter(used_at=None, withdrawn_at=None, expires_at__gt=now)


def _leading(people: Collection[int]) -> set[tuple[int, int]]:
    """Who of these leads which party now, as (person, party)."""
    rows = Membership.objects.filter(
        person__in=people,
        role=MemberRole.LEAD.value,
        ended_at=None,
        person__is_active=True,
        party__is_active=True,
    )
    return set(rows.values_list("person", "party"))


def _record(row: Approval, what: str, *, by: Actor, now: datetime, **more: Any) -> None:
    facts = {"what": row.what, "on": row.on, "digest": row.digest} | more
    ledger.record(by=by, what=what, on=row, facts=facts, at=now)
