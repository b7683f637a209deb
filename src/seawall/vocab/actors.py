"""Who does something: the `by` of every action and ledger event."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What acts."""

    OPERATOR = "operator"
    """A person at the command line of this installation."""
    TOKEN = "token"  # noqa: S105
    """A program that holds an API token."""
    PARTY = "party"
    JOB = "job"
    """Follow-up work of the installation itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`id` is stable ("local", a token's public id, a party's id, a job's topic); `scopes` says
    what a token may do and is empty for the others, who are not limited by scopes."""

    kind: ActorKind
    id: str
    name: str = ""
    scopes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


LOCAL = Actor(kind=ActorKind.OPERATOR, id="local")
