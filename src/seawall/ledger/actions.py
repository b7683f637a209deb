"""Writing to the ledger, always in the transaction that the event is about."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from seawall.ledger import heard, rows
from seawall.ledger.entries import Named, canonical, name_of
from seawall.ledger.leaves import SALT_BYTES, leaf
from seawall.ledger.models import Event, Head, Outbox
from seawall.ledger.public_words import is_public
from seawall.signing.merkle import Frontier, leaf_hash
from seawall.vocab.actors import Actor


class OutsideTransaction(RuntimeError):
    """An event was recorded outside `transaction.atomic`; the caller is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One of many events that are recorded together: `what` happened to what, with its facts."""

    what: str
    on: Named | str
    facts: Mapping[str, Any] = field(default_factory=dict)


def record(
    *,
    by: Actor,
    what: str,
    on: Named | str,
    facts: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Event:
    """Append one event: who did `what` ("report.received") to what, with JSON `facts`.

    No secrets and no embargoed details go into facts; those of public words (`public_words`) lie
    open to everybody. If this raises, the surrounding transaction must fail, and with it the deed.
    """
    return record_all(by=by, events=(Said(what=what, on=on, facts=facts or {}),), at=at)[0]


def record_all(*, by: Actor, events: Iterable[Said], at: datetime | None = None) -> list[Event]:
    """Append many events of one actor and moment, in order; as `record`, and much faster."""
    head = alone()
    at, who = at or timezone.now(), str(by)
    made = [
        _event(index=index, at=at, by=who, said=said)
        for index, said in enumerate(events, start=head.size)
    ]
    if not made:
        return made
    frontier, nodes = frontier_of(head).extend(event.leaf_hash for event in made)
    rows.append(made, at=at, nodes=nodes, frontier=frontier)
    _tell_who_listens(made, at)
    return made


def _event(*, index: int, at: datetime, by: str, said: Said) -> Event:
    named = name_of(said.on)
    entry = canonical(index=index, at=at, by=by, what=said.what, on=named, facts=dict(said.facts))
    salt = b"" if is_public(said.what) else secrets.token_bytes(SALT_BYTES)
    hashed = leaf_hash(leaf(index=index, salt=salt, entry=entry))
    return rows.event(
        index=index,
        at=at,
        by=by,
        what=said.what,
        on=named,
        entry=entry,
        salt=salt,
        leaf_hash=hashed,
    )


def _tell_who_listens(events: list[Event], at: datetime) -> None:
    asked = [
        Outbox(topic=heard.TOPIC, ids={"index": event.index}, due_at=at)
        for event in events
        if heard.is_heard(event.what)
    ]
    if asked:
        Outbox.objects.bulk_create(asked)


def alone() -> Head:
    """Let nobody else record anything until this transaction ends: what is looked up from here on,
    such as the next free number, stays so."""
    require_transaction()
    size, peaks = rows.lock_head()
    return Head(id=1, size=size, peaks=peaks)


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
