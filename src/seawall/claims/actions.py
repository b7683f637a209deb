"""Making, renewing, releasing and finishing scan claims."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from seawall.claims.models import ScanClaim
from seawall.claims.overlaps import Overlap, note_question, overlaps
from seawall.claims.scope import Scope
from seawall.core import claim_rules as rules
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.ledger.actions import Said
from seawall.parties.models import Party
from seawall.vocab.actors import Actor
from seawall.vocab.claims import ClaimState, Lease, Sharing
from seawall.vocab.decisions import Decision, Refused
from seawall.vocab.errors import BadInput, one_line

ENDING, ENDED = "claims.ending", "claims.ended"


class ClaimRefused(Exception):
    """A rule about leases says no; the message says why. Retrying does not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A claim as somebody asks for it."""

    scope: Scope
    lease: Lease
    model: str
    model_version: str = ""
    purpose: str = ""
    exclusive: bool = False
    sharing: Sharing = Sharing.NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claim that was made, and what it overlaps."""

    claim: ScanClaim
    overlaps: tuple[Overlap, ...]


def check(wanted: Wanted, *, now: datetime) -> None:
    """Raise ClaimRefused or BadInput for a claim that cannot be made, whatever others claim."""
    _demand(rules.may_claim(wanted.lease, now=now))
    if not wanted.model.strip():
        raise BadInput("a claim names the model or tool that scans", where="model")
    for where, text, limit in (
        ("model", wanted.model, 200),
        ("model_version", wanted.model_version, 100),
        ("purpose", wanted.purpose, 500),
    ):
        if len(text) > limit:
            raise BadInput(f"more than {limit} characters", where=where)


@transaction.atomic
def claim(wanted: Wanted, *, party: Party, by: Actor, now: datetime) -> Claimed:
    """Claim a target for `party` and say what it overlaps; overlaps never prevent a claim.

    Raises ClaimRefused, BadInput, NotPermitted or AskedTooOften.
    """
    check(wanted, now=now)
    note_question(wanted.scope, party=party, by=by, now=now)
    row = ScanClaim.objects.create(
        party=party,
        target=wanted.scope.target,
        component=wanted.scope.name[:300],
        versions=wanted.scope.versions,
        model=one_line(wanted.model),
        model_version=one_line(wanted.model_version),
        purpose=one_line(wanted.purpose, limit=500),
        exclusive=wanted.exclusive,
        sharing=wanted.sharing.value,
        starts_at=wanted.lease.starts_at,
        until_at=wanted.lease.until_at,
        made_at=now,
        made_by=str(by),
        salt=secrets.token_bytes(16),
    )
    facts = {"party": party.public_id, "commitment": commitment(row), **_times(row)}
    ledger.record(by=by, what="claim.made", on=row, facts=facts, at=now)
    _remind(row, now=now)
    found = overlaps(
        wanted.scope, wanted.lease, party=party, exclusive=wanted.exclusive, by=by, now=now
    )
    overlapped = [
        Said(
            what="claim.overlapped", on=f"scanclaim:{each.claim.id}", facts={"with": row.public_id}
        )
        for each in found
    ]
    ledger.record_all(by=by, events=overlapped, at=now)
    return Claimed(claim=row, overlaps=found)


@transaction.atomic
def renew(row: ScanClaim, *, until_at: datetime, by: Actor, now: datetime) -> ScanClaim:
    """Move the end of a claim later. Raises ClaimRefused."""
    row = _locked(row)
    _demand(rules.may_renew(row.lease(), until_at=until_at, now=now))
    row.until_at, row.renewals = until_at, row.renewals + 1
    row.save(update_fields=["until_at", "renewals"])
    ledger.record(by=by, what="claim.renewed", on=row, facts=_times(row), at=now)
    _remind(row, now=now)
    return row


@transaction.atomic
def release(row: ScanClaim, *, because: str = "", by: Actor, now: datetime) -> ScanClaim:
    """Give a claim up before its end. Raises ClaimRefused."""
    return _end(row, finished=False, because=because, report="", by=by, now=now)


@transaction.atomic
def finish(
    row: ScanClaim, *, report: str = "", because: str = "", by: Actor, now: datetime
) -> ScanClaim:
    """Say that the scan is done; `report` is the public id of what came of it, which the caller
    has looked up, `because` a word about it. Raises ClaimRefused."""
    return _end(row, finished=True, because=because, report=report, by=by, now=now)


def _end(
    row: ScanClaim, *, finished: bool, because: str, report: str, by: Actor, now: datetime
) -> ScanClaim:
    row = _locked(row)
    _demand(rules.may_end(row.lease(), finished=finished, now=now))
    row.ended_at, row.finished = now, finished
    row.ended_because, row.report = one_line(because, limit=500), report
    row.save(update_fields=["ended_at", "finished", "ended_because", "report"])
    facts: dict[str, Any] = {"report": report} if report else {}
    what = "claim.finished" if finished else "claim.released"
    ledger.record(by=by, what=what, on=row, facts=facts, at=now)
    return row


@transaction.atomic
def note_ending(row: ScanClaim, *, by: Actor, now: datetime) -> bool:
    """Record once for each end that a lease is about to run out; whether it is news."""
    row = _locked(row)
    if not rules.is_open(row.lease(), now=now) or row.ending_noted == row.until_at:
        return False
    row.ending_noted = row.until_at
    row.save(update_fields=["ending_noted"])
    ledger.record(by=by, what="claim.ending", on=row, facts=_times(row), at=now)
    return True


@transaction.atomic
def note_end(row: ScanClaim, *, by: Actor, now: datetime) -> bool:
    """Record once that a lease ran out; whether it is news. The claim has expired without this."""
    row = _locked(row)
    if rules.state_at(row.lease(), now=now) is not ClaimState.EXPIRED or row.end_noted:
        return False
    row.end_noted = True
    row.save(update_fields=["end_noted"])
    ledger.record(by=by, what="claim.expired", on=row, facts=_times(row), at=now)
    return True


def commitment(row: ScanClaim) -> str:
    """What the ledger keeps of a claim's content: its party can show later what it claimed, and
    nobody can guess it."""
    content = [row.target, row.versions, row.model, row.model_version, row.purpose]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(bytes(row.salt) + text.encode()).hexdigest()


def _times(row: ScanClaim) -> dict[str, str]:
    return {"starts_at": row.starts_at.isoformat(), "until_at": row.until_at.isoformat()}


def _remind(row: ScanClaim, *, now: datetime) -> None:
    """Ask for the notices of this end; a later end asks anew, and the earlier ones then see that
    they are no longer true."""
    end = row.until_at.isoformat()
    soon = max(now, row.starts_at, row.until_at - rules.NOTICE_BEFORE_END)
    ids = {"claim_id": row.pk, "until_at": end}
    outbox.send(ENDING, key=f"claim-ending:{row.pk}:{end}", due_at=soon, **ids)
    outbox.send(ENDED, key=f"claim-ended:{row.pk}:{end}", due_at=row.until_at, **ids)


def _locked(row: ScanClaim) -> ScanClaim:
    return ScanClaim.objects.select_for_update().select_related("party").get(pk=row.pk)


def _demand(decision: Decision) -> None:
    match decision:
        case Refused(reason):
            raise ClaimRefused(f"{reason[:1].upper()}{reason[1:]}.")
