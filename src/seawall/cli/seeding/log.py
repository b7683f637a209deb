"""The ledger of a made-up installation: a true Merkle log, and an outbox that is mostly done."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from seawall.cases.models import Case
from seawall.cli.seeding.world import World
from seawall.core.public_ids import public_id
from seawall.findings.models import Finding, Report
from seawall.ledger.actions import frontier_of
from seawall.ledger.entries import canonical
from seawall.ledger.leaves import SALT_BYTES, commitment
from seawall.ledger.models import Event, Head, Outbox, Subtree
from seawall.signing.merkle import leaf_hash

_WAITING_SHARE = 400
"""One in so many follow-ups still waits."""


def make_ledger(world: World, *, done: Callable[[int], None]) -> None:
    """One event for each report and each case, in the order of time, after those that set-up
    wrote; hashes as `ledger.record` makes them, so that `verify` finds the log sound."""
    tables = world.tables
    tables.flush()
    head = Head.objects.filter(id=1).first() or Head()
    frontier = frontier_of(head)
    for at, what, on in _events():
        index = frontier.size
        by = "party:P-2" if what == "report.received" else "job:finding.assessed"
        entry = canonical(index=index, at=at, by=by, what=what, on=on, facts={})
        salt = sha256(b"salt %d" % index).digest()[:SALT_BYTES]  # the same each time it is made up
        hashed = leaf_hash(commitment(index=index, salt=salt, entry=entry))
        row = Event(index=index, at=at, by=by, what=what, on=on, entry=entry)
        row.salt, row.leaf_hash = salt, hashed
        tables[Event].put(row)
        frontier, made = frontier.append(hashed)
        for node in made:
            tables[Subtree].add(level=node.level, index=node.index, hash=node.hash)
        if index % 2 == 0:
            _follow_up(world, at, index)
        done(index + 1)
    peaks = b"".join(frontier.peaks)
    Head.objects.update_or_create(id=1, defaults={"size": frontier.size, "peaks": peaks})


def _events() -> Iterator[tuple[datetime, str, str]]:
    rows = (
        Report.objects.order_by().values_list("received_at", "pk"),
        Case.objects.order_by().values_list("opened_at", "pk"),
    )
    names = (("report.received", "report:", "R"), ("case.opened", "case:", "C"))
    every = [
        (at, what, f"{kind}{public_id(letter, year=at.year, number=pk)}")
        for found, (what, kind, letter) in zip(rows, names, strict=True)
        for at, pk in found.iterator(chunk_size=10_000)
    ]
    every.sort()
    yield from every


def _follow_up(world: World, at: datetime, index: int) -> None:
    waits = index % _WAITING_SHARE == 0
    world.tables[Outbox].add(
        topic="validation.wanted" if waits else "findings.compare",
        key=f"seeded:{index}",
        ids={"finding_id": 1 + index % world.tables[Finding].count},
        created_at=world.now if waits else at,
        due_at=world.now + timedelta(minutes=1) if waits else at,
        attempts=0 if waits else 1,
        done_at=None if waits else at + timedelta(seconds=40),
    )
