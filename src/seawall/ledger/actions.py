"""Writing to the ledger, always in the transaction that the event is about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from seawall.ledger import heard
from seawall.ledger.entries import Named, canonical, name_of
from seawall.ledger.models import Event, Head, Outbox, Subtree
from seawall.signing.merkle import Frontier, leaf_hash
from seawall.vocab.actors import Actor


class OutsideTransaction(RuntimeError):
    """An event was recorded outside `transaction.atomic`; the caller is wrong."""


def record(
    *,
    by: Actor,
    what: str,
    on: Named | str,
    facts: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Event:
    """Append one event: who did `what` ("report.received") to what, with JSON `facts`.

    No secrets and no embargoed details go into facts: the ledger will be read by witnesses.
    If this raises, the surrounding transaction must fail, and with it the deed.
    """
    head = alone()
    at, named = at or timezone.now(), name_of(on)
    entry = canonical(
        index=head.size, at=at, by=str(by), what=what, on=named, facts=dict(facts or {})
    )
    leaf = leaf_hash(entry.encode())
    frontier, made = frontier_of(head).append(leaf)
    event = Event.objects.create(
        index=head.size, at=at, by=str(by), what=what, on=named, entry=entry, leaf_hash=leaf
    )
    if made:
        Subtree.objects.bulk_create(
            Subtree(level=node.level, index=node.index, hash=node.hash) for node in made
        )
    Head.objects.filter(id=1).update(size=frontier.size, peaks=b"".join(frontier.peaks))
    if heard.is_heard(what):
        Outbox.objects.create(topic=heard.TOPIC, ids={"index": event.index}, due_at=at)
    return event


def alone() -> Head:
    """Let nobody else record anything until this transaction ends: what is looked up from here on,
    such as the next free number, stays so."""
    require_transaction()
    return Head.objects.select_for_update().get_or_create(id=1)[0]


def require_transaction() -> None:
    """Raise OutsideTransaction unless a transaction is open."""
    if not connection.in_atomic_block:
        raise OutsideTransaction("Open transaction.atomic around the deed and its record.")


def frontier_of(head: Head) -> Frontier:
    """The tree that a head row describes."""
    peaks = bytes(head.peaks)
    return Frontier(
        size=head.size, peaks=tuple(peaks[i : i + 32] for i in range(0, len(peaks), 32))
    )
