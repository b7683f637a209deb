"""The ledger: what was recorded cannot be altered unnoticed, and proofs convince others."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from seawall.ledger import actions as ledger
from seawall.ledger import outbox, queries
from seawall.ledger.entries import FactsRefused
from seawall.ledger.leaves import leaf_of
from seawall.ledger.models import Event, Outbox
from seawall.ledger.seal import unseal
from seawall.signing.merkle import leaf_hash, verify_consistency, verify_inclusion
from seawall.vocab.actors import LOCAL

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def record(count: int) -> list[Event]:
    return [
        ledger.record(by=LOCAL, what="test.done", on=f"thing:{n}", facts={"n": n}, at=NOON)
        for n in range(count)
    ]


def test_an_event_is_one_canonical_line():
    (event,) = record(1)
    assert event.entry == (
        '{"at":"2026-11-23T12:00:00.000000Z","by":"operator:local","facts":{"n":0},'
        '"index":0,"on":"thing:0","what":"test.done"}'
    )


def test_an_empty_ledger_is_sound():
    check = queries.verify()
    assert check.sound
    assert check.root == queries.root()
    assert check.root.size == 0


def test_an_untouched_ledger_is_sound_and_its_root_is_recomputed():
    record(21)
    check = queries.verify()
    assert check.problems == ()
    assert check.root == queries.root()
    assert check.root.size == 21


def test_every_event_is_proven_to_be_in_every_later_tree():
    events = record(9)
    root = queries.root()
    for event in events:
        proof = queries.inclusion_proof(event.index, size=9)
        leaf = leaf_hash(leaf_of(event))
        assert verify_inclusion(leaf=leaf, index=event.index, size=9, proof=proof, root=root.hash)


def test_an_older_root_is_proven_to_be_a_prefix():
    record(5)
    old = queries.root()
    record(8)
    new = queries.root()
    proof = queries.consistency_proof(old=old.size, new=new.size)
    assert verify_consistency(old=5, new=13, old_root=old.hash, new_root=new.hash, proof=proof)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_event SET what = 'x' WHERE 1=1",
        "DELETE FROM ledger_event WHERE 1=1",
        "UPDATE ledger_subtree SET level = 9 WHERE 1=1",
        "DELETE FROM ledger_subtree WHERE 1=1",
        "UPDATE ledger_head SET size = 1 WHERE 1=1",
        "DELETE FROM ledger_head WHERE 1=1",
    ],
)
def test_the_database_refuses_to_alter_the_ledger(statement):
    record(4)
    with (
        pytest.raises(IntegrityError, match="the ledger is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE ledger_event SET entry = replace(entry, 'thing:2', 'thing:7') WHERE id = 2",
            "Event 2: the entry does not match its hash.",
        ),
        (
            "UPDATE ledger_event SET what = 'nothing' WHERE id = 1",
            "Event 1: the column what differs from the entry.",
        ),
        ("DELETE FROM ledger_event WHERE id = 3", "Event 3 is missing."),
        (
            "DELETE FROM ledger_event WHERE id = 4",
            "The head says 5 events and does not match the 4.",
        ),
        ("UPDATE ledger_head SET size = 9", "The head says 9 events and does not match the 5."),
        (
            "INSERT INTO ledger_subtree (level, id, hash) SELECT 7, 0, hash "
            "FROM ledger_subtree WHERE level = 2",
            "1 subtrees belong to no event.",
        ),
    ],
)
def test_tampering_with_the_seal_broken_is_found(statement, problem):
    record(5)
    _break_seal()
    with connection.cursor() as cursor:
        cursor.execute(
            statement.replace("WHERE id", 'WHERE "index"').replace("level, id", 'level, "index"')
        )
    assert problem in queries.verify().problems


def test_a_rewritten_history_that_is_consistent_in_itself_does_not_extend_an_older_root():
    record(4)
    kept = queries.root()
    _break_seal()
    with connection.cursor() as cursor:
        for table in ("event", "subtree", "head"):
            cursor.execute(f"DELETE FROM ledger_{table}")
    ledger.record(by=LOCAL, what="test.other", on="thing:0", at=NOON)
    record(5)
    new = queries.root()
    assert queries.verify().sound
    proof = queries.consistency_proof(old=4, new=6)
    assert not verify_consistency(old=4, new=6, old_root=kept.hash, new_root=new.hash, proof=proof)


def test_an_event_of_a_rolled_back_deed_does_not_exist():
    with pytest.raises(RuntimeError, match="no"), transaction.atomic():
        record(3)
        outbox.send("test.topic", thing_id=1)
        raise RuntimeError("no")
    assert queries.root().size == 0
    assert not Outbox.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_a_transaction():
    with pytest.raises(ledger.OutsideTransaction):
        record(1)
    with pytest.raises(ledger.OutsideTransaction):
        outbox.send("test.topic")
    assert queries.root().size == 0


@pytest.mark.parametrize("facts", [{"share": 0.5}, {"raw": b"x"}, {1: "x"}, {"x": "y" * 20_000}])
def test_facts_are_small_and_spelled_one_way(facts):
    with pytest.raises(FactsRefused):
        ledger.record(by=LOCAL, what="test.done", on="thing:1", facts=facts)


def _break_seal() -> None:
    with connection.cursor() as cursor:
        unseal(_Statements(cursor))


class _Statements:
    """The little of a schema editor that `unseal` needs, usable inside a transaction."""

    connection = connection

    def __init__(self, cursor) -> None:
        self.execute = cursor.execute
