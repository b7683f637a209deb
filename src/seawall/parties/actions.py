"""Making parties, and issuing and revoking API tokens."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from seawall.ledger import actions as ledger
from seawall.parties.models import ApiToken, Party, Scope
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput, one_line

MAX_LIFE = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A new token; `text` is the only time it can be seen."""

    key: str
    text: str = field(repr=False)
    expires_at: datetime


class NoSuchToken(LookupError):
    """No token has that public id."""


@transaction.atomic
def named_party(
    name: str, *, role: Party.Role, by: Actor, now: datetime, kind: str = Party.Kind.ORGANISATION
) -> Party:
    """The party called `name` (letter case aside), made when it is new, holding `role`."""
    name = one_line(name, limit=200)
    if not name:
        raise BadInput("a party needs a name")
    known, is_new = Party.objects.get_or_create(
        name__iexact=name,
        defaults={"name": name, "kind": kind, "roles": [str(role)]},
    )
    if is_new:
        ledger.record(by=by, what="party.added", on=known, facts={"kind": str(kind)}, at=now)
    if role not in known.roles:
        known.roles = sorted({*known.roles, str(role)})
        known.save(update_fields=["roles"])
        ledger.record(by=by, what="party.role_added", on=known, facts={"role": str(role)}, at=now)
    return known


@transaction.atomic
def issue_token(
    *, label: str, scopes: Collection[Scope], life: timedelta, by: Actor, now: datetime
) -> IssuedToken:
    """Make a token that works until `now + life`, at most a year."""
    if not scopes:
        raise BadInput("a token needs at least one scope", mend=f"one of {', '.join(Scope)}")
    if not timedelta(0) < life <= MAX_LIFE:
        raise BadInput(f"a token lives between 1 second and {MAX_LIFE.days} days")
    key, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        key=key,
        digest=token_digest(secret),
        label=label[:100],
        scopes=sorted(str(scope) for scope in scopes),
        created_at=now,
        expires_at=now + life,
    )
    ledger.record(
        by=by, what="token.issued", on=row, facts={"scopes": row.scopes, "label": row.label}, at=now
    )
    return IssuedToken(key=key, text=f"swl_{key}_{secret}", expires_at=row.expires_at)


@transaction.atomic
def revoke_token(key: str, *, by: Actor, now: datetime) -> None:
    """End a token at once; revoking it twice is no error. Raises NoSuchToken."""
    row = ApiToken.objects.select_for_update().filter(key=key).first()
    if row is None:
        raise NoSuchToken(f"There is no token {key}.")
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        ledger.record(by=by, what="token.revoked", on=row, at=now)


def token_digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
