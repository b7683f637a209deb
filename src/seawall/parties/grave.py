"""What the apps above say about grave steps: who may know of one, who may sign, how it is done.

Each app registers its subjects when it starts; a kind that nobody registered is known to nobody
but the installation, and nobody may sign it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from seawall.core.four_eyes import Grave
from seawall.parties.models import Approval
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Decision, Refused


def _hidden(rows: Sequence[Approval], by: Actor, now: datetime) -> Collection[int]:
    return ()


def _unknown(approval: Approval, by: Actor, party: int, now: datetime) -> Decision:
    return Refused("nobody here can sign this")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One kind of grave step."""

    readable: Callable[[Sequence[Approval], Actor, datetime], Collection[int]] = _hidden
    """The primary keys of those approvals of which the actor may know; a fixed number of
    queries."""
    may_sign: Callable[[Approval, Actor, int, datetime], Decision] = _unknown
    """Whether the actor may sign for that party, beyond leading it."""
    carry_out: Callable[[Approval, Actor, datetime], None] | None = None
    """Does the step, and uses the approval up in the same transaction; raises what that raises.
    None when the step is taken elsewhere, such as by fetching what may be exported."""


_subjects: dict[Grave, Subject] = {}
_NOBODYS = Subject()


def register(what: Grave, subject: Subject) -> None:
    """Say how steps of a kind work; the last word counts."""
    _subjects[what] = subject


def subject_of(what: Grave) -> Subject:
    return _subjects.get(what, _NOBODYS)
