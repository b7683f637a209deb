"""Questions about who looks at a page. They choose what is offered; what may be seen is decided
by each app's `access` alone."""

from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor, ActorKind


def is_signed_in(who: Actor) -> bool:
    return who.kind is not ActorKind.PUBLIC


def is_house(who: Actor) -> bool:
    """Whether `who` is a member of the organisation that runs this installation."""
    return any(seat.is_house for seat in who.seats)


def is_coordinator(who: Actor) -> bool:
    """Whether `who` coordinates here: a member of the house who does more than read."""
    return any(seat.is_house and seat.role.rank >= MemberRole.MEMBER.rank for seat in who.seats)


def is_admin(who: Actor) -> bool:
    """Whether `who` manages the people, tokens and channels of some party."""
    return any(seat.is_admin for seat in who.seats)


def is_house_admin(who: Actor) -> bool:
    return any(seat.is_admin and seat.is_house for seat in who.seats)


def holds(who: Actor, *party_roles: str) -> bool:
    """Whether `who` is a member of a party with one of these roles ("vendor", "deployer", …)."""
    return any(not seat.party_roles.isdisjoint(party_roles) for seat in who.seats)
