"""Reading the ledger: its root, proofs, and a full check."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from seawall.ledger import nodes
from seawall.ledger.actions import frontier_of
from seawall.ledger.entries import instant
from seawall.ledger.leaves import leaf_of
from seawall.ledger.models import Event, Head, Outbox, Subtree
from seawall.ledger.public_words import is_public
from seawall.signing import merkle
from seawall.signing.merkle import Frontier

_TOLD_EVERY = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The ledger at one size; whoever keeps it can later detect any change before it."""

    size: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a full check found; `problems` are sentences, the first 100 at most."""

    root: Root
    problems: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.problems


def root() -> Root:
    head = Head.objects.filter(id=1).first() or Head()
    return Root(size=head.size, hash=frontier_of(head).root())


def size() -> int:
    """How many events there are."""
    return Head.objects.filter(id=1).values_list("size", flat=True).first() or 0


def inclusion_proof(index: int, *, size: int) -> tuple[bytes, ...]:
    """The path from event `index` to the root of the tree of `size` events."""
    _require_size(size)
    return nodes.computed(lambda node: merkle.inclusion_proof(node, index=index, size=size))


def consistency_proof(*, old: int, new: int) -> tuple[bytes, ...]:
    """Shows that the ledger of `new` events only appended to the one of `old`."""
    _require_size(new)
    return nodes.computed(lambda node: merkle.consistency_proof(node, old=old, new=new))


def verify(progress: Callable[[int], None] | None = None) -> Check:
    """Recompute every hash from the entries and compare with all that is stored; `progress` is
    told from time to time how many events are done."""
    frontier, problems = Frontier(), _Problems()
    stored = {(s.level, s.index): bytes(s.hash) for s in Subtree.objects.iterator()}
    for event in Event.objects.order_by("index").iterator():
        if event.index != frontier.size:
            problems.add(f"Event {frontier.size} is missing.")
            break
        problems.extend(_problems_of(event))
        frontier, made = frontier.append(merkle.leaf_hash(leaf_of(event)))
        for node in made:
            if stored.pop((node.level, node.index), None) != node.hash:
                problems.add(f"Subtree {node.level}/{node.index} differs from its events.")
        if progress is not None and frontier.size % _TOLD_EVERY == 0:
            progress(frontier.size)
    head = Head.objects.filter(id=1).first() or Head()
    if frontier_of(head) != frontier:
        problems.add(f"The head says {head.size} events and does not match the {frontier.size}.")
    if stored:
        problems.add(f"{len(stored)} subtrees belong to no event.")
    return Check(root=Root(size=frontier.size, hash=frontier.root()), problems=tuple(problems.kept))


class _Problems:
    def __init__(self) -> None:
        self.kept: list[str] = []

    def add(self, sentence: str) -> None:
        if len(self.kept) < 100:
            self.kept.append(sentence)

    def extend(self, sentences: Iterator[str]) -> None:
        for sentence in sentences:
            self.add(sentence)


def _problems_of(event: Event) -> Iterator[str]:
    if merkle.leaf_hash(leaf_of(event)) != bytes(event.leaf_hash):
        yield f"Event {event.index}: the entry does not match its hash."
    try:
        said = json.loads(event.entry)
    except ValueError:
        yield f"Event {event.index}: the entry is not JSON."
        return
    if is_public(event.what) and event.salt:
        yield f"Event {event.index}: it is public, and its leaf hides it."
    columns: dict[str, str | int] = {
        "index": event.index,
        "at": instant(event.at),
        "by": event.by,
        "what": event.what,
        "on": event.on,
    }
    for name, value in columns.items():
        if said.get(name) != value:
            yield f"Event {event.index}: the column {name} differs from the entry."


def _require_size(size: int) -> None:
    if size > (have := root().size):
        raise ValueError(f"the ledger has {have} events, not {size}")


def events_about(on: str, *, since: datetime | None = None) -> list[Event]:
    """The events on one object, oldest first."""
    found = Event.objects.filter(on=on)
    return list(found.filter(at__gte=since) if since else found)


def words() -> list[str]:
    """Every `what` that occurs, in order; one query that leaps from word to word."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE words(word) AS (SELECT MIN(what) FROM ledger_event UNION ALL "
            "SELECT (SELECT MIN(what) FROM ledger_event WHERE what > word) FROM words "
            "WHERE word IS NOT NULL) SELECT word FROM words WHERE word IS NOT NULL"
        )
        return [word for (word,) in cursor.fetchall()]


def open_work(*, now: datetime) -> dict[str, int]:
    """How much work is open and due, by topic."""
    rows = Outbox.objects.filter(done_at=None, failed_at=None, due_at__lte=now)
    return dict(rows.order_by().values_list("topic").annotate(Count("pk")))


def open_ids(topic: str, name: str, *, now: datetime, most: int = 300) -> list[int]:
    """What the open and due work of a topic is about: its id called `name`, of the first `most`."""
    rows = Outbox.objects.filter(topic=topic, done_at=None, failed_at=None, due_at__lte=now)
    found = rows.order_by("due_at", "pk").values_list("ids", flat=True)[:most]
    return [int(ids[name]) for ids in found if name in ids]


def given_up() -> int:
    """How much work was given up."""
    return Outbox.objects.filter(failed_at__isnull=False).count()
