"""Who acts, and the two answers that access knows: not found, and not permitted."""

import hmac
import re
from collections.abc import Iterable
from datetime import datetime

from seawall.core import access as rules
from seawall.core.public_ids import short_number
from seawall.parties.actions import token_digest
from seawall.parties.models import ApiToken, Membership, Party, Person, Scope
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import PUBLIC, Actor, ActorKind, Seat
from seawall.vocab.decisions import Decision, Refused

_NOBODY = b"\x00" * 32
_NAMED = re.compile(r"[UP]-[0-9]{1,18}")


class NotFound(LookupError):
    """There is nothing of that id, or the actor may not see it."""


class NotPermitted(Exception):
    """The actor may not do this; retrying does not help."""


def holder_of(token: str, *, now: datetime) -> Actor | None:
    """The actor whose token this is; None when it is unknown, wrong, expired, revoked, or its
    owner is no longer a member.

    Takes the same comparison whether or not the token exists, so that timing tells nothing.
    """
    prefix, _, rest = token.partition("_")
    key, _, secret = rest.partition("_")
    rows = ApiToken.objects.select_related("membership__person", "membership__party")
    row = rows.filter(key=key).first() if prefix == "swl" else None
    stored = bytes(row.digest) if row else _NOBODY
    matches = hmac.compare_digest(stored, token_digest(secret))
    if row is None or not matches or row.revoked_at is not None or row.expires_at <= now:
        return None
    member = row.membership
    if member is not None and not _is_alive(member):
        return None
    return Actor(
        kind=ActorKind.TOKEN,
        id=row.key,
        name=row.label,
        scopes=frozenset(row.scopes),
        person=member.person_id if member else None,
        seats=(seat_of(member),) if member else (),
    )


def actor_of(person: Person) -> Actor:
    """The person as an actor, with the seats held at this moment; one query."""
    rows = Membership.objects.filter(person=person, ended_at=None, party__is_active=True)
    return Actor(
        kind=ActorKind.PERSON,
        id=person.public_id,
        name=person.name,
        person=person.pk,
        seats=tuple(seat_of(row) for row in rows.select_related("party")),
    )


def _is_alive(member: Membership) -> bool:
    return member.ended_at is None and member.person.is_active and member.party.is_active


def actor_for(party: Party) -> Actor:
    """A party as who reads what its members do."""
    seat = Seat(
        party=party.pk,
        party_roles=frozenset(party.roles),
        role=MemberRole.MEMBER,
        is_house=party.is_house,
    )
    return Actor(kind=ActorKind.PARTY, id=party.public_id, name=party.name, seats=(seat,))


def seat_of(member: Membership) -> Seat:
    """The membership as a seat; its party must be at hand."""
    return Seat(
        party=member.party_id,
        party_roles=frozenset(member.party.roles),
        role=MemberRole(member.role),
        is_admin=member.is_admin,
        is_house=member.party.is_house,
    )


def maker_of(made_by: str) -> Actor:
    """Who made a link, from what it keeps of them, with the seats of this moment: a link is worth
    no more than what its maker may still do. PUBLIC for somebody who can no longer sign in."""
    kind, _, id = made_by.partition(":")
    if kind in (ActorKind.OPERATOR, ActorKind.JOB):
        return Actor(kind=ActorKind(kind), id=id)
    number = short_number("U", id) if kind == ActorKind.PERSON else None
    person = Person.objects.filter(pk=number, is_active=True).first() if number else None
    return actor_of(person) if person else PUBLIC


def require(actor: Actor, scope: Scope) -> None:
    """Raise NotPermitted unless `actor` may act in `scope`; only tokens are limited by scopes."""
    if actor.kind is ActorKind.PUBLIC:
        raise NotPermitted("Sign in first.")
    if actor.kind is ActorKind.TOKEN and scope not in actor.scopes:
        raise NotPermitted(f'This token lacks the scope "{scope}".')


def demand(decision: Decision) -> None:
    """Raise NotPermitted with the reason of a refusal."""
    if isinstance(decision, Refused):
        raise NotPermitted(f"{decision.reason[:1].upper()}{decision.reason[1:]}.")


def is_house(actor: Actor, *, at_least: MemberRole = MemberRole.VIEWER) -> bool:
    """Whether `actor` is a coordinator of this installation, of at least that role."""
    rank = rules.house_rank(actor)
    return rank is not None and rank >= at_least.rank


def own_parties(actor: Actor) -> list[Party]:
    """The parties for which `actor` acts, by name."""
    return list(Party.objects.filter(pk__in=actor.parties))


def has_people() -> bool:
    """Whether anybody has an account here; before the first, the installation is not set up."""
    return Person.objects.exists()


def memberships_of(person: Person) -> list[Membership]:
    """The memberships of a person that hold now, in parties that take part, by party."""
    rows = Membership.objects.filter(person=person, ended_at=None, party__is_active=True)
    return list(rows.select_related("party").order_by("party__name"))


def membership(by: Actor, id: int) -> Membership:
    """A membership that holds: one's own, or of a party that `by` may manage. Raises NotFound."""
    rows = Membership.objects.select_related("person", "party").filter(pk=id, ended_at=None)
    found = rows.first()
    if found is not None and (by.person is not None and found.person_id == by.person):
        return found
    if found is None or isinstance(rules.may_manage(by, party=found.party_id), Refused):
        raise NotFound(f"There is no membership {id}.")
    return found


def tokens_of(person: Person, *, now: datetime) -> list[ApiToken]:
    """The tokens of a person that work, newest first."""
    rows = ApiToken.objects.filter(
        membership__person=person,
        membership__ended_at=None,
        revoked_at=None,
        expires_at__gt=now,
    )
    return list(rows.select_related("membership__party"))


def names_of(public_ids: Iterable[str]) -> dict[str, str]:
    """The names of those ids that are people's or parties', for who may read the ids; at most two
    queries."""
    wanted = [(text[:2], int(text[2:])) for text in public_ids if _NAMED.fullmatch(text)]
    people = {number for kind, number in wanted if kind == "U-"}
    parties = {number for kind, number in wanted if kind == "P-"}
    found: dict[str, str] = {}
    if people:
        found |= {row.public_id: row.name for row in Person.objects.filter(pk__in=people)}
    if parties:
        found |= {row.public_id: row.name for row in Party.objects.filter(pk__in=parties)}
    return found
