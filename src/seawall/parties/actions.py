"""Making parties, and issuing and revoking API tokens."""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from seawall.core.access import may_administer, may_manage
from seawall.core.people import may_hold
from seawall.ledger import actions as ledger
from seawall.parties.models import ApiToken, Membership, Party, Scope
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.decisions import Decision, Refused
from seawall.vocab.errors import BadInput, one_line

MAX_LIFE = timedelta(days=366)
_MAILBOX = re.compile(r"(\S[^<>]*?)\s*<[^<>\s]+@[^<>\s]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A new token; `text` is the only time it can be seen."""

    key: str
    text: str = field(repr=False)
    expires_at: datetime


class TokenRefused(ValueError):
    """Whoever asks may not make this token; the message is the reason."""


class NoSuchToken(LookupError):
    """No token has that public id."""


@transaction.atomic
def named_party(
    name: str, *, role: Party.Role, by: Actor, now: datetime, kind: str = Party.Kind.ORGANISATION
) -> Party:
    """The party called `name` (letter case aside), made when it is new, holding `role`.

    Of "Name <mail address>", as reports say it, the name counts.
    """
    name = one_line(_MAILBOX.sub(r"\1", name.strip()), limit=200)
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
    *,
    label: str,
    scopes: Collection[Scope],
    life: timedelta,
    by: Actor,
    now: datetime,
    membership: Membership | None = None,
) -> IssuedToken:
    """Make a token that works until `now + life`, at most a year.

    It acts for `membership`, which its own person alone can have issued, or the installation's
    command line; without one it acts for the installation and reads every case, and only its
    command line issues it: administrators read no case.
    """
    _demand_issuer(by, membership, scopes)
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
        membership=membership,
        created_at=now,
        expires_at=now + life,
    )
    facts = {"scopes": row.scopes, "label": row.label}
    if membership is not None:
        facts |= {"person": f"U-{membership.person_id}", "party": f"P-{membership.party_id}"}
    ledger.record(by=by, what="token.issued", on=row, facts=facts, at=now)
    return IssuedToken(key=key, text=f"swl_{key}_{secret}", expires_at=row.expires_at)


@transaction.atomic
def revoke_token(key: str, *, by: Actor, now: datetime) -> str:
    """End a token at once; revoking it twice is no error. Gives the id of the party that it acted
    for, "" for the installation. For its owner, the administrators of
    the owner's party, and those of the installation; NoSuchToken for anybody else."""
    row = ApiToken.objects.select_for_update().filter(key=key).first()
    if row is None or not _may_revoke(by, row):
        raise NoSuchToken(f"There is no token {key}.")
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        ledger.record(by=by, what="token.revoked", on=row, at=now)
    return f"P-{row.membership.party_id}" if row.membership else ""


def _demand_issuer(by: Actor, membership: Membership | None, scopes: Collection[Scope]) -> None:
    if membership is None:
        if by.kind is not ActorKind.OPERATOR:
            _demand(Refused("a token of the installation is made on its machine, by command"))
        return
    if by.kind is ActorKind.TOKEN or not (by.is_installation or by.person == membership.person_id):
        _demand(Refused("a token is made by the member whose token it is"))
    if membership.ended_at is not None:
        _demand(Refused("the membership has ended"))
    _demand(may_hold([str(scope) for scope in scopes], MemberRole(membership.role)))


def _demand(decision: Decision) -> None:
    if isinstance(decision, Refused):
        raise TokenRefused(f"{decision.reason[:1].upper()}{decision.reason[1:]}.")


def _may_revoke(by: Actor, row: ApiToken) -> bool:
    member = row.membership
    if member is None:
        return not isinstance(may_administer(by), Refused)
    if by.kind is not ActorKind.TOKEN and by.person == member.person_id:
        return True
    return not isinstance(may_manage(by, party=member.party_id), Refused)


def token_digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
