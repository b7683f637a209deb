"""Who may read what an event of the ledger says; doors obtain its text only here.

The root, the proofs and the check are for everybody who signed in: they are hashes and counts.
What an event says is for whoever may read the thing that it is about. The apps above, which know
those things, say for theirs who that is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from seawall.core.access import READ, house_rank
from seawall.ledger.leaves import is_open, leaf_of
from seawall.ledger.models import Event
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor, ActorKind

Answer = Callable[[Actor, Event, datetime], bool]
"""Whether somebody may read what an event about a thing of this kind says."""

_readers: dict[str, Answer] = {}
_NAMES_OTHERS = (
    "finding.linked",
    "finding.unlinked",
    "report.received_again",
    "case.merged",
    "case.split",
    "case.merge_proposed",
    "case.merge_accepted",
    "case.merge_declined",
)
"""These name a second finding, sender or case, of which the reader of the first must not learn."""


def answers(kind: str, may_read: Answer) -> None:
    """Say who may read the events about things of a kind ("case", "finding", …)."""
    _readers[kind] = may_read


def may_read(by: Actor, event: Event, *, now: datetime) -> bool:
    """Whether `by` may read what the event says. What nobody answers for, such as people and
    tokens, is the coordinators'."""
    if by.kind is ActorKind.TOKEN and READ not in by.scopes:
        return False
    if by.is_installation:
        return True
    rank = house_rank(by)
    if event.what in _NAMES_OTHERS and rank is None:
        return False
    answer = _readers.get(event.on.partition(":")[0])
    if answer is None:
        return rank is not None and rank >= MemberRole.MEMBER.rank
    return answer(by, event, now)


def public_id_of(event: Event) -> str:
    """The public id of what the event is about."""
    return event.on.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody gets of an event: the entry and the salt (b"" for none) when they may read
    it, and the leaf always, but for old events whose leaf is an entry that is not public."""

    entry: str | None
    salt: bytes | None
    leaf: bytes | None


def told(by: Actor, event: Event, *, now: datetime) -> Told:
    """What `by` gets of an event and of its leaf in the log."""
    reads = may_read(by, event, now=now)
    return Told(
        entry=event.entry if reads else None,
        salt=bytes(event.salt) if reads else None,
        leaf=leaf_of(event) if reads or is_open(event) else None,
    )


def text_of(by: Actor, event: Event, *, now: datetime) -> str | None:
    """The entry of the event, None when `by` may not read it."""
    return event.entry if may_read(by, event, now=now) else None
