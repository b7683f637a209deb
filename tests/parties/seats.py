"""Actors as they come, without a database: with these seats, these scopes."""

from seawall.parties.models import Party
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor, ActorKind, Seat


def seat(of: Party, role: MemberRole = MemberRole.MEMBER, *, admin: bool = False) -> Seat:
    return Seat(
        party=of.pk,
        party_roles=frozenset(of.roles),
        role=role,
        is_admin=admin,
        is_house=of.is_house,
    )


def person(*seats: Seat, number: int = 1) -> Actor:
    """Somebody who signed in; their primary key is `number`."""
    return Actor(kind=ActorKind.PERSON, id=f"U-{number}", person=number, seats=seats)


def token(*scopes: str, seats: tuple[Seat, ...] = (), number: int | None = None) -> Actor:
    """A program with a token; the installation's own without seats."""
    owner = number or (1 if seats else None)
    return Actor(kind=ActorKind.TOKEN, id="t", scopes=frozenset(scopes), person=owner, seats=seats)
