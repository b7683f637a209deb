"""Invitations: a link that lets one e-mail address join a party, once, for a week."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from seawall.core.access import may_manage
from seawall.core.public_ids import short_number
from seawall.ledger import actions as ledger
from seawall.parties.access import NotFound, actor_of, demand, maker_of
from seawall.parties.models import Invitation, Membership, Party, Person
from seawall.parties.passwords import LinkUnusable, MadeLink, link_digest, require_good
from seawall.parties.people import new_member, new_person
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.decisions import Refused
from seawall.vocab.errors import BadInput, one_line

LIFE = timedelta(days=7)


class OtherAddress(Exception):
    """The invitation is for another e-mail address than that of who is signed in."""


class SignInFirst(Exception):
    """The invited address has an account: its owner signs in, then joins."""


@transaction.atomic
def invite(
    *, email: str, party: Party, role: MemberRole, is_admin: bool, by: Actor, now: datetime
) -> MadeLink:
    """Make the link; whoever asks sends it on. The secret is not kept. It works as long as `by`
    manages the party."""
    demand(may_manage(by, party=party.pk))
    email = one_line(email, limit=254).strip().lower()
    if "@" not in email:
        raise BadInput(f'"{email}" is no e-mail address')
    if not party.is_active:
        raise BadInput(f"{party.name} is deactivated")
    secret = secrets.token_urlsafe(32)
    row = Invitation.objects.create(
        digest=link_digest(secret),
        email=email,
        party=party,
        role=role,
        is_admin=is_admin,
        made_by=str(by),
        made_at=now,
        expires_at=now + LIFE,
    )
    facts = {"invitation": row.public_id, "role": str(role), "is_admin": is_admin}
    ledger.record(by=by, what="invitation.made", on=party, facts=facts, at=now)
    return MadeLink(id=row.public_id, secret=secret, expires_at=row.expires_at)


@transaction.atomic
def revoke(id: str, *, by: Actor, now: datetime) -> str:
    """End an invitation that was not used; gives the id of its party. Raises NotFound, also for
    other parties' ones."""
    row = Invitation.objects.filter(pk=short_number("I", id) or 0).first()
    if row is None or not _manages(by, row.party_id):
        raise NotFound(f"There is no invitation {one_line(id, limit=40)}.")
    if Invitation.objects.filter(pk=row.pk, used_at=None, revoked_at=None).update(revoked_at=now):
        facts = {"invitation": row.public_id}
        ledger.record(
            by=by, what="invitation.revoked", on=f"party:P-{row.party_id}", facts=facts, at=now
        )
    return f"P-{row.party_id}"


def open_invitations(party: Party, *, now: datetime) -> QuerySet[Invitation]:
    """Those of `party` that can still be used."""
    return _open(now).filter(party=party)


def invitation_of(secret: str, *, now: datetime) -> Invitation:
    """The invitation of a link. Raises LinkUnusable."""
    row = _open(now).filter(digest=link_digest(secret)).first()
    if row is None or not _manages(maker_of(row.made_by), row.party_id):
        raise LinkUnusable
    return row


@transaction.atomic
def join(secret: str, person: Person, *, now: datetime) -> Membership:
    """Let somebody with an account take up the invitation of their address. Raises LinkUnusable
    and OtherAddress."""
    row = _take(secret, now)
    if person.email != row.email:
        raise OtherAddress
    return _join(row, person, now)


@transaction.atomic
def join_anew(secret: str, *, name: str, password: str | None, now: datetime) -> Membership:
    """Make an account for the invited address and let it join. Without `password` the account
    gets its way to sign in from the caller, in the same transaction. Raises LinkUnusable,
    SignInFirst, and BadInput, which keeps the link."""
    row = _take(secret, now)
    if Person.objects.filter(email=row.email).exists():
        raise SignInFirst
    by = Actor(kind=ActorKind.PERSON, id=row.public_id)
    person = new_person(email=row.email, name=name, by=by, now=now)
    if password is not None:
        require_good(password, person)
        person.set_password(password)
        person.save(update_fields=["password"])
    return _join(row, person, now)


def _join(row: Invitation, person: Person, now: datetime) -> Membership:
    row.used_at = now
    row.save(update_fields=["used_at"])
    by = actor_of(person)
    member = Membership.objects.filter(person=person, party=row.party, ended_at=None).first()
    if member is not None:
        return member
    role, is_admin = MemberRole(row.role), row.is_admin
    return new_member(person, row.party, role=role, is_admin=is_admin, by=by, now=now)


def _take(secret: str, now: datetime) -> Invitation:
    found = invitation_of(secret, now=now)
    locked = Invitation.objects.select_for_update().get(pk=found.pk)
    if locked.used_at is not None or locked.revoked_at is not None:
        raise LinkUnusable
    return found


def _open(now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.select_related("party").filter(
        used_at=None, revoked_at=None, expires_at__gt=now, party__is_active=True
    )


def _manages(by: Actor, party: int) -> bool:
    return not isinstance(may_manage(by, party=party), Refused)
