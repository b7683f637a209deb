"""Who does something: the `by` of every action and ledger event."""

from dataclasses import dataclass
from enum import StrEnum

from seawall.vocab.access import MemberRole


class ActorKind(StrEnum):
    """What acts."""

    OPERATOR = "operator"
    """A person at the command line of this installation: acts for it."""
    TOKEN = "token"  # noqa: S105
    """A program that holds an API token."""
    PERSON = "person"
    """Somebody who signed in."""
    PARTY = "party"
    JOB = "job"
    """Follow-up work of the installation itself."""
    PUBLIC = "public"
    """Nobody in particular."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One membership of whoever acts: in which party, as what."""

    party: int
    """The party's primary key."""
    party_roles: frozenset[str]
    """What the party is: "finder", "vendor", "authority", …"""
    role: MemberRole
    is_admin: bool = False
    """Whether this member manages the party's people, tokens and channels."""
    is_house: bool = False
    """Whether the party is the one that runs this installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`id` is stable ("local", a token's public id, a person's or party's id, a job's topic).

    `scopes` says what a token may do and is empty for the others, who are not limited by scopes.
    `person` and `seats` say for whom a person, or a token that somebody owns, acts; a token that
    nobody owns acts for the installation.
    """

    kind: ActorKind
    id: str
    name: str = ""
    scopes: frozenset[str] = frozenset()
    person: int | None = None
    seats: tuple[Seat, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def is_installation(self) -> bool:
        """Whether this is the installation itself: its command line, its jobs, or a token that
        was issued to nobody (then still within its scopes)."""
        if self.kind is ActorKind.TOKEN:
            return self.person is None and not self.seats
        return self.kind in (ActorKind.OPERATOR, ActorKind.JOB)

    @property
    def parties(self) -> frozenset[int]:
        """The parties for which this one acts."""
        return frozenset(seat.party for seat in self.seats)


LOCAL = Actor(kind=ActorKind.OPERATOR, id="local")
PUBLIC = Actor(kind=ActorKind.PUBLIC, id="public")
