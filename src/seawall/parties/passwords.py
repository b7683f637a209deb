"""Passwords of local accounts: checking, setting, changing, and one-time links to set a new one."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from seawall.core.access import may_administer, may_manage
from seawall.ledger import actions as ledger
from seawall.parties import sign_ins, throttling
from seawall.parties.access import actor_of, demand, maker_of
from seawall.parties.models import ApiToken, Membership, Person, ResetLink, SignIn
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.errors import BadInput

RESET_LIFE = timedelta(hours=24)


class WrongPassword(Exception):
    """The address and the password do not belong together; which of them is wrong is not said."""


class LinkUnusable(Exception):
    """The link is unknown, used, too old, or was withdrawn; a new one is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLink:
    """A new one-time link; `secret` is the only time it can be seen."""

    id: str
    secret: str = field(repr=False)
    expires_at: datetime


def check(*, email: str, password: str, address: str, known_device: bool, now: datetime) -> Person:
    """The person with that address and password. Raises WrongPassword and TooManyTries.

    Takes one hash whether or not the person exists, may sign in, or has a password.
    """
    account = email.strip().lower()
    throttling.take(account=account, address=address, known_device=known_device, now=now)
    person = Person.objects.filter(email=account).first()
    if person is None or not person.has_usable_password():
        make_password(password)
        raise WrongPassword
    if not check_password(password, person.password) or not person.is_active:
        raise WrongPassword
    throttling.give_back(account=account, address=address, known_device=known_device, now=now)
    return person


def check_again(person: Person, password: str, *, address: str, now: datetime) -> None:
    """Let somebody who is signed in prove who they are. Raises WrongPassword, TooManyTries."""
    throttling.take(account=person.email, address=address, known_device=True, now=now)
    if not person.has_usable_password() or not check_password(password, person.password):
        raise WrongPassword
    throttling.give_back(account=person.email, address=address, known_device=True, now=now)


@transaction.atomic
def set_password(
    person: Person, password: str, *, by: Actor, now: datetime, keep: SignIn | None = None
) -> Person:
    """Set a password that is good enough, or raise BadInput. All sessions but `keep` end."""
    require_good(password, person)
    row = Person.objects.select_for_update().get(pk=person.pk)
    row.set_password(password)
    row.session_epoch += 1
    row.save(update_fields=["password", "session_epoch"])
    ResetLink.objects.filter(person=row, used_at=None).update(used_at=now)
    ledger.record(by=by, what="person.password_set", on=row, at=now)
    sign_ins.end_all(row, by=by, now=now, but=keep)
    return row


def require_good(password: str, person: Person) -> None:
    """Raise BadInput unless `password` is long and unusual enough for `person`."""
    try:
        validate_password(password, user=person)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error


@transaction.atomic
def make_reset_link(person: Person, *, by: Actor, now: datetime) -> MadeLink:
    """A link with which `person` sets a new password within a day, as long as `by` may still
    make one; earlier ones end.

    For administrators of the installation, or of every party the person is in (otherwise one
    party's administrator could become a member of another).
    """
    demand(may_reset(by, person))
    ResetLink.objects.filter(person=person, used_at=None).update(used_at=now)
    secret = secrets.token_urlsafe(32)
    row = ResetLink.objects.create(
        digest=link_digest(secret),
        person=person,
        made_by=str(by),
        made_at=now,
        expires_at=now + RESET_LIFE,
    )
    ledger.record(by=by, what="person.reset_link_made", on=person, at=now)
    return MadeLink(id=str(row.pk), secret=secret, expires_at=row.expires_at)


def may_reset(by: Actor, person: Person) -> Decision:
    """Say whether `by` may take over the sign-in of `person`."""
    if not isinstance(may_administer(by), Refused):
        return Allowed()
    parties = Membership.objects.filter(person=person, ended_at=None).values_list("party")
    found = [may_manage(by, party=party) for (party,) in parties]
    if found and not any(isinstance(each, Refused) for each in found):
        return Allowed()
    return Refused("it takes an administrator of every party that the person is in")


def reset_person(secret: str, *, now: datetime) -> Person:
    """Whose password the link sets. Raises LinkUnusable."""
    return _usable(secret, now).person


@transaction.atomic
def use_reset_link(secret: str, password: str, *, now: datetime) -> Person:
    """Set the password by a link, once; from then on it is the only way in. Raises LinkUnusable,
    or BadInput and keeps the link.

    Whoever needs a link cannot sign in any more; a passkey, a linked identity or a token that
    still works is then somebody else's, such as of one who made the account in their name.
    """
    row = _usable(secret, now)
    by, person = actor_of(row.person), row.person
    changed = set_password(person, password, by=by, now=now)
    ended = {
        "passkeys": person.passkeys.all().delete()[0],
        "identities": person.oidc_identities.all().delete()[0],
        "tokens": ApiToken.objects.filter(membership__person=person, revoked_at=None).update(
            revoked_at=now
        ),
    }
    ledger.record(by=by, what="person.reset", on=person, facts=ended, at=now)
    return changed


def link_digest(secret: str) -> bytes:
    """What is kept of a link's secret: sha256 suffices for 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def _usable(secret: str, now: datetime) -> ResetLink:
    row = (
        ResetLink.objects.select_related("person")
        .filter(digest=link_digest(secret), used_at=None, expires_at__gt=now)
        .filter(person__is_active=True)
        .first()
    )
    if row is None or isinstance(may_reset(maker_of(row.made_by), row.person), Refused):
        raise LinkUnusable
    return row
