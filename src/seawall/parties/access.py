"""Who holds a token, and which tokens there are."""

import hmac
from datetime import datetime

from seawall.parties.actions import token_digest
from seawall.parties.models import ApiToken, Scope
from seawall.vocab.actors import Actor, ActorKind

_NOBODY = b"\x00" * 32


def holder_of(token: str, *, now: datetime) -> Actor | None:
    """The actor whose token this is; None when it is unknown, wrong, expired or revoked.

    Takes the same comparison whether or not the token exists, so that timing tells nothing.
    """
    prefix, _, rest = token.partition("_")
    key, _, secret = rest.partition("_")
    row = ApiToken.objects.filter(key=key).first() if prefix == "swl" else None
    stored = bytes(row.digest) if row else _NOBODY
    matches = hmac.compare_digest(stored, token_digest(secret))
    if row is None or not matches or row.revoked_at is not None or row.expires_at <= now:
        return None
    return Actor(kind=ActorKind.TOKEN, id=row.key, name=row.label, scopes=frozenset(row.scopes))


def tokens() -> list[ApiToken]:
    """All tokens, newest first; their secrets are not stored anywhere."""
    return list(ApiToken.objects.all())


class NotFound(LookupError):
    """There is nothing of that id, or the actor may not see it."""


class NotPermitted(Exception):
    """The actor may not do this; retrying does not help."""


def require(actor: Actor, scope: Scope) -> None:
    """Raise NotPermitted unless `actor` may act in `scope`; only tokens are limited by scopes."""
    if actor.kind == ActorKind.TOKEN and scope not in actor.scopes:
        raise NotPermitted(f'This token lacks the scope "{scope}".')
