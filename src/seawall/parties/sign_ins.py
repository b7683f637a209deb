"""Sessions of people: beginning, checking, confirming and ending them.

A session counts only while its SignIn row does. The row is read on every request, nothing is
remembered between requests, so that what ends here has ended everywhere at once.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from seawall.core.public_ids import short_number
from seawall.ledger import actions as ledger
from seawall.parties.access import actor_of, seat_of
from seawall.parties.models import Membership, Person, SignIn
from seawall.parties.session_store import key_digest
from seawall.vocab.actors import Actor, Seat
from seawall.vocab.errors import one_line

_SEEN_EVERY = timedelta(minutes=1)
FRESH = timedelta(minutes=5)
"""How long after a person proved who they are a grave step needs no new proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """How long a session lasts unused, and at most."""

    idle: timedelta
    whole: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Whoever holds a session, at the moment of the request."""

    person: Person
    actor: Actor
    sign_in: SignIn

    def is_fresh(self, now: datetime) -> bool:
        """Whether the person proved who they are within FRESH."""
        return now - self.sign_in.confirmed_at < FRESH


@transaction.atomic
def begin(
    person: Person,
    *,
    session_key: str,
    how: SignIn.How,
    agent: str,
    address: str,
    lives: Lives,
    now: datetime,
) -> SignIn:
    """Note that `person` signed in with the session of that key."""
    row = SignIn.objects.create(
        person=person,
        digest=key_digest(session_key),
        how=how,
        agent=one_line(agent, limit=300),
        address=address[:45],
        at=now,
        seen_at=now,
        confirmed_at=now,
        expires_at=now + lives.whole,
    )
    by = actor_of(person)
    ledger.record(by=by, what="person.signed_in", on=person, facts={"how": str(how)}, at=now)
    return row


def present(session_key: str, *, auth_hash: str, lives: Lives, now: datetime) -> Present | None:
    """Who holds the session, with the seats of this moment; None when it no longer counts: ended,
    too old, idle too long, the person deactivated, the password or the epoch changed."""
    row = _living(now).filter(digest=key_digest(session_key)).first()
    if row is None or now - row.seen_at >= lives.idle:
        return None
    if not hmac.compare_digest(row.person.get_session_auth_hash(), auth_hash):
        return None
    if now - row.seen_at >= _SEEN_EVERY:
        SignIn.objects.filter(pk=row.pk).update(seen_at=now)
    return Present(person=row.person, actor=actor_of(row.person), sign_in=row)


def still_holds(session_key: str, *, seats: frozenset[Seat], epoch: int, now: datetime) -> bool:
    """Whether a session that had these seats and epoch still counts and has exactly them.

    One query; for open streams, which ask every second. A person who has lost the last seat no
    longer holds it.
    """
    rows = Membership.objects.filter(
        person__sign_ins__digest=key_digest(session_key),
        person__sign_ins__ended_at=None,
        person__sign_ins__expires_at__gt=now,
        person__is_active=True,
        person__session_epoch=epoch,
        party__is_active=True,
        ended_at=None,
    ).select_related("party")
    return bool(seats) and frozenset(seat_of(row) for row in rows) == seats


@transaction.atomic
def confirm(sign_in: SignIn, *, now: datetime) -> None:
    """Note that the person of this session proved again who they are."""
    SignIn.objects.filter(pk=sign_in.pk, ended_at=None).update(confirmed_at=now)


def move(sign_in: SignIn, *, session_key: str) -> None:
    """Let the session go on under a new key."""
    SignIn.objects.filter(pk=sign_in.pk).update(digest=key_digest(session_key))


@transaction.atomic
def end(person: Person, id: str, *, by: Actor, now: datetime) -> bool:
    """End one session of `person` by its public id; whether there was a living one."""
    rows = SignIn.objects.filter(person=person, pk=short_number("S", id) or 0)
    return _end(rows, person, by=by, now=now) > 0


@transaction.atomic
def end_all(person: Person, *, by: Actor, now: datetime, but: SignIn | None = None) -> int:
    """End all sessions of `person`, except `but`; how many there were."""
    rows = SignIn.objects.filter(person=person)
    return _end(rows.exclude(pk=but.pk) if but else rows, person, by=by, now=now)


def sign_ins_of(person: Person, *, now: datetime) -> QuerySet[SignIn]:
    """The sessions of `person` that count, newest first."""
    return _living(now).filter(person=person)


def _living(now: datetime) -> QuerySet[SignIn]:
    return SignIn.objects.select_related("person").filter(
        ended_at=None, expires_at__gt=now, person__is_active=True
    )


def _end(rows: QuerySet[SignIn], person: Person, *, by: Actor, now: datetime) -> int:
    ended = rows.filter(Q(ended_at=None)).update(ended_at=now)
    if ended:
        ledger.record(by=by, what="person.signed_out", on=person, facts={"count": ended}, at=now)
    return ended
