"""Asking that a case is passed on, and keeping what became of it."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

from seawall.cases import relays as hops
from seawall.cases.models import Case, RelayHop
from seawall.cases.reading import demand_act
from seawall.cases.refusals import CaseRefused
from seawall.formats.github_pvr import report_path
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties.models import Party
from seawall.relays.models import Relay
from seawall.vocab.access import Act, Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput, one_line

POLL_EVERY = timedelta(days=1)


@transaction.atomic
def ask(
    case: Case, *, system: str, target: str = "", receiver: Party, by: Actor, now: datetime
) -> Relay:
    """Ask that a case is passed on to `receiver`, a participant. To the same place twice is one;
    what was refused is tried again.

    Raises NotPermitted, CaseRefused, or BadInput. What is passed on, and whether anything is, is
    decided when it is sent.
    """
    demand_act(Act.RELAY, by, case, now=now)
    if case.merged_into_id is not None:
        raise CaseRefused(f"{case.public_id} was merged; pass on the case that it is part of.")
    if not case.participants.filter(party=receiver, left_at=None).exists():
        raise CaseRefused(f"{case.public_id}: {receiver} takes no part; bring it in first.")
    target = _target(system, target)
    row, is_new = Relay.objects.select_for_update().get_or_create(
        case=case,
        system=system,
        target=target,
        defaults={"receiver": receiver, "asked_by": str(by)[:120], "asked_at": now},
    )
    if is_new:
        facts = {"relay": row.public_id, "system": system, "receiver": receiver.public_id}
        ledger.record(by=by, what="case.relay_asked", on=case, facts=facts, at=now)
    elif row.state == Relay.State.REFUSED:
        row.state, row.problem, row.receiver = Relay.State.WAITING, "", receiver
        row.save(update_fields=["state", "problem", "receiver"])
    if row.state == Relay.State.WAITING:
        outbox.send("relay.send", due_at=now, relay_id=row.pk)
    return row


@transaction.atomic
def settle(relay: Relay, *, has_it: bool, by: Actor, now: datetime) -> None:
    """Say of an unclear relay whether the receiver has it; if not, it is sent again."""
    row = Relay.objects.select_for_update().get(pk=relay.pk)
    demand_act(Act.RELAY, by, row.case, now=now)
    if row.state != Relay.State.UNCLEAR:
        raise CaseRefused(f"{row.public_id} is {row.state}, not unclear.")
    if has_it:
        sent(row, their_id="", url="", tier=Tier.T2, by=by, now=now)
        return
    row.state, row.problem = Relay.State.WAITING, ""
    row.save(update_fields=["state", "problem"])
    outbox.send("relay.send", due_at=now, relay_id=row.pk)


@transaction.atomic
def sent(
    relay: Relay,
    *,
    their_id: str,
    url: str,
    tier: Tier,
    digest: str = "",
    by: Actor,
    now: datetime,
) -> None:
    """Keep that the receiver has it: its id of the case, and the hop. Twice is once."""
    row = Relay.objects.select_for_update().get(pk=relay.pk)
    if row.state == Relay.State.SENT:
        return
    row.state, row.sent_at, row.problem = Relay.State.SENT, now, ""
    row.their_id, row.digest = one_line(their_id, limit=200), digest
    row.save(update_fields=["state", "sent_at", "problem", "their_id", "digest"])
    if row.their_id:
        place = url if hops.is_https(url) else ""  # what a receiver says stops nothing here
        hops.add_handling_id(
            row.case, system=row.system, text=row.their_id, url=place, by=by, now=now
        )
    if row.system == Relay.System.GITHUB and their_id:
        ask_to_poll(row, at=now + POLL_EVERY)
    house = Party.objects.filter(is_house=True).first()
    hops.note_hop(
        row.case,
        direction=RelayHop.Direction.OUT,
        sender=house.name if house else "this installation",
        receiver=row.receiver.name,
        system=row.system,
        tier=tier,
        key=f"relay:{row.key}",
        by=by,
        now=now,
    )


def ask_to_poll(relay: Relay, *, at: datetime) -> None:
    """Ask that the receiver is asked what became of it; once for each day."""
    key = f"poll:{relay.key}:{at:%Y%m%d}"
    outbox.send("relay.poll", key=key, due_at=at, relay_id=relay.pk)


@transaction.atomic
def note_state(relay: Relay, state: str, *, now: datetime) -> None:
    """Keep what the receiver says became of it, and ask again until that is its last word."""
    Relay.objects.filter(pk=relay.pk).update(their_state=state[:40])
    if state not in ("published", "closed", "withdrawn"):
        ask_to_poll(relay, at=now + POLL_EVERY)


@transaction.atomic
def not_sent(relay: Relay, problem: str, *, state: Relay.State, by: Actor, now: datetime) -> int:
    """Keep why it was not sent, or that this is unclear; give how many attempts there were."""
    Relay.objects.filter(pk=relay.pk).update(
        state=state.value, problem=one_line(problem), attempts=F("attempts") + 1
    )
    relay.refresh_from_db()
    if state is not Relay.State.WAITING:
        facts = {"relay": relay.public_id, "state": state.value}
        ledger.record(by=by, what="case.relay_failed", on=relay.case, facts=facts, at=now)
    return relay.attempts


def _target(system: str, target: str) -> str:
    """The target as the system spells it; raises BadInput."""
    target = target.strip()
    match system:
        case Relay.System.GITHUB:
            report_path(target)
            return target.lower()
        case Relay.System.MAIL:
            try:
                validate_email(target)
            except ValidationError:
                raise BadInput("not a mail address", where="target") from None
            return target
        case Relay.System.VINCE:
            if target:
                raise BadInput("VINCE takes no target", where="target", mend="leave it out")
            return ""
    raise BadInput(f"{system!r} is no system", where="system", mend=", ".join(Relay.System))
