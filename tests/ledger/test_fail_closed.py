"""What cannot be written down does not happen; and who signs at once signs one history."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from at_once import at_once
from seawall.inventory.actions import describe_asset
from seawall.inventory.models import Asset
from seawall.ledger import checkpoints, queries
from seawall.ledger.actions import Said, record, record_all
from seawall.ledger.models import Checkpoint, Event, Outbox, Subtree
from seawall.signing.checkpoints import TreeHead
from seawall.signing.keys import FileKeys, KeyUnusable
from seawall.signing.merkle import verify_consistency
from seawall.signing.notes import Note
from seawall.vocab.actors import LOCAL
from seawall.vocab.ssvc import SystemClass
from web.people import party

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def deed(name: str) -> Asset:
    return describe_asset(
        owner=party("Operator Ltd", "deployer"),
        name=name,
        system_class=SystemClass.CIVILIAN_FEDERAL,
        publicly_exposed=True,
        by=LOCAL,
        now=NOON,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["ledger_event", "ledger_subtree", "ledger_head"])
def test_a_deed_that_cannot_be_recorded_does_not_happen(home, table):
    party("Operator Ltd", "deployer")
    if queries.size() % 2 == 0:  # so that the next event completes a subtree
        record(by=LOCAL, what="test.done", on="t:1", at=NOON)
    _break(table)
    before = _everything()
    with pytest.raises(DatabaseError, match="no space left"), transaction.atomic():
        deed("web")
    assert _everything() == before
    assert not Asset.objects.exists()


def _break(table: str) -> None:
    """Let writing to a table of the ledger fail, as with a full disk."""
    verb = "UPDATE" if table == "ledger_head" else "INSERT"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"CREATE TRIGGER full_disk BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'no space left'); END"
            )
            return
        cursor.execute(
            "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no space left'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER full_disk BEFORE {verb} ON {table} EXECUTE FUNCTION no_space()"
        )


def _everything() -> tuple[object, ...]:
    return (
        queries.root(),
        *(model.objects.count() for model in (Event, Subtree, Outbox, Checkpoint, Asset)),
    )


def _open_to_others(key: Path) -> None:
    key.chmod(0o644)


def _garbage(key: Path) -> None:
    key.write_bytes(b"garbage")


def _unreadable(key: Path) -> None:
    key.unlink()
    key.mkdir()


def _gone(key: Path) -> None:
    key.unlink()


@pytest.mark.django_db
@pytest.mark.parametrize("break_key", [_open_to_others, _garbage, _unreadable, _gone])
def test_a_deed_that_cannot_be_signed_for_does_not_happen(home, break_key: Callable[[Path], None]):
    party("Operator Ltd", "deployer")
    record(by=LOCAL, what="test.done", on="t:1", at=NOON)
    checkpoints.sign(now=NOON)
    break_key(home / "keys" / "log.pem")
    before = _everything()
    with pytest.raises(KeyUnusable), transaction.atomic():
        deed("web")
        checkpoints.sign(now=NOON)
    assert _everything() == before


@pytest.mark.django_db
def test_a_first_checkpoint_needs_a_key_that_can_be_kept(home):
    (home / "keys").write_bytes(b"a file where the folder goes")
    with pytest.raises(OSError, match=r"exists|Not a directory"), transaction.atomic():
        record(by=LOCAL, what="test.done", on="t:1", at=NOON)
        checkpoints.sign(now=NOON)
    assert queries.size() == 0


@pytest.mark.django_db(transaction=True)
def test_who_records_and_signs_at_once_makes_one_history(home):
    """Ten processes' worth of threads, each recording and signing in transactions of its own; one
    in three deeds is taken back."""

    def busy(number: int) -> None:
        for turn in range(6):
            try:
                with transaction.atomic():
                    said = [Said(what="test.done", on=f"t:{number}")] * (1 + (number + turn) % 3)
                    record_all(by=LOCAL, events=said, at=NOON)
                    checkpoints.sign(now=NOON)
                    if (number + turn) % 3 == 0:
                        raise _TakenBack
            except _TakenBack:
                pass

    assert at_once([lambda n=n: busy(n) for n in range(10)]) == [None] * 10
    assert queries.verify().problems == ()
    rows = list(Checkpoint.objects.order_by("size"))
    assert len(rows) == 40
    assert (
        rows[-1].size
        == queries.size()
        == sum(1 + (n + t) % 3 for n in range(10) for t in range(6) if (n + t) % 3)
    )
    key = checkpoints.log_key()
    for row in rows:
        note = Note.parse(row.text)
        assert note.is_signed_by(key)
        head = TreeHead.parse(note.text)
        assert (head.size, head.root) == (row.size, bytes(row.root))
    for old, new in pairwise(rows):
        assert verify_consistency(
            old=old.size,
            new=new.size,
            old_root=bytes(old.root),
            new_root=bytes(new.root),
            proof=queries.consistency_proof(old=old.size, new=new.size),
        )


class _TakenBack(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_who_signs_the_same_size_at_once_gets_the_same_checkpoint(home):
    with transaction.atomic():
        record(by=LOCAL, what="test.done", on="t:1", at=NOON)

    def sign(number: int) -> str:
        with transaction.atomic():
            return checkpoints.sign(now=NOON + timedelta(seconds=number)).text

    texts = at_once([lambda n=n: sign(n) for n in range(8)])
    assert set(texts) == {Checkpoint.objects.get().text}


@pytest.mark.django_db(transaction=True)
def test_who_signs_at_once_under_another_key_says_so_once(home):
    with transaction.atomic():
        record(by=LOCAL, what="test.done", on="t:1", at=NOON)
        checkpoints.sign(now=NOON)
    (home / "keys" / "log.pem").unlink()
    FileKeys(home / "keys").ensure("log")

    def sign() -> int:
        with transaction.atomic():
            return checkpoints.sign(now=NOON).size

    assert set(at_once([sign] * 8)) == {2}
    assert Event.objects.filter(what="log.key_changed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_first_events_at_once_have_one_head(home):
    """Nobody has made the one row yet that all wait for."""

    def first(number: int) -> int:
        with transaction.atomic():
            return record(by=LOCAL, what="test.done", on=f"t:{number}", at=NOON).index

    assert sorted(at_once([lambda n=n: first(n) for n in range(8)])) == list(range(8))
    assert queries.verify().problems == ()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_signed_outside_a_transaction(home):
    with transaction.atomic():
        record(by=LOCAL, what="test.done", on="t:1", at=NOON)
    with pytest.raises(RuntimeError, match=r"transaction\.atomic"):
        checkpoints.sign(now=NOON)
    assert checkpoints.newest() is None
