"""Checkpoints: signed in the transaction, never two for one size, and none that contradicts."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from seawall.ledger import actions as ledger
from seawall.ledger import checkpoints, queries
from seawall.ledger.checkpoints import CheckpointRefused
from seawall.ledger.leaves import leaf_of
from seawall.ledger.models import Checkpoint, Cosignature, Event
from seawall.ledger.seal import unseal
from seawall.signing.checkpoints import TreeHead
from seawall.signing.keys import FileKeys, KeyUnusable
from seawall.signing.merkle import leaf_hash, verify_inclusion
from seawall.signing.notes import Note, NoteKey
from seawall.vocab.actors import LOCAL

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def record(count: int = 1, what: str = "test.done") -> list[Event]:
    said = [ledger.Said(what=what, on=f"thing:{n}", facts={"n": n}) for n in range(count)]
    return ledger.record_all(by=LOCAL, events=said, at=NOON)


def sign() -> Checkpoint:
    return checkpoints.sign(now=NOON)


def test_a_checkpoint_is_the_logs_word_for_its_size_and_root(settings):
    settings.SEAWALL_LOG_ORIGIN = "cert.example/log"
    record(5)
    row = sign()
    note = Note.parse(row.text)
    assert note.is_signed_by(checkpoints.log_key())
    assert checkpoints.log_key().name == "cert.example/log"
    root = queries.root()
    assert TreeHead.parse(note.text) == TreeHead(origin="cert.example/log", size=5, root=root.hash)
    assert (row.size, bytes(row.root), row.made_at) == (5, root.hash, NOON)
    assert checkpoints.newest() == row


def test_there_is_none_before_the_first():
    assert checkpoints.newest() is None
    with pytest.raises(CheckpointRefused, match="empty"):
        sign()


def test_the_same_size_is_signed_once():
    record(3)
    first = sign()
    again = checkpoints.sign(now=NOON + timedelta(hours=1))
    assert again == first
    assert again.made_at == NOON
    assert Checkpoint.objects.count() == 1


def test_each_checkpoint_extends_those_before():
    made = []
    for count in (1, 1, 2, 5, 1, 300):
        record(count)
        made.append(sign())
    assert [row.size for row in made] == [1, 2, 4, 9, 10, 310]
    assert len({bytes(row.root) for row in made}) == 6


@pytest.mark.parametrize("before", [1, 2, 3, 7])
def test_a_log_that_was_altered_is_not_signed_again(before):
    record(before)
    sign()
    _rewrite(before)
    record(2)
    with pytest.raises(CheckpointRefused, match="it was altered"):
        sign()


def test_a_log_that_was_altered_at_the_same_size_is_not_signed():
    record(4)
    sign()
    _rewrite(4)
    with pytest.raises(CheckpointRefused, match="of 4 events does not extend its checkpoint of 4"):
        sign()


def test_a_log_that_was_cut_is_not_signed():
    record(4)
    sign()
    _rewrite(3)
    with pytest.raises(CheckpointRefused, match="of 3 events does not extend its checkpoint of 4"):
        sign()


def test_two_roots_for_one_size_find_no_place():
    record(2)
    row = sign()
    with pytest.raises(IntegrityError), transaction.atomic():
        Checkpoint.objects.create(size=row.size, root=bytes(32), text="x", made_at=NOON)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_checkpoint SET text = 'x' WHERE 1=1",
        "DELETE FROM ledger_checkpoint WHERE 1=1",
        "UPDATE ledger_cosignature SET line = 'x' WHERE 1=1",
        "DELETE FROM ledger_cosignature WHERE 1=1",
        "UPDATE ledger_event SET salt = hash FROM ledger_subtree WHERE 1=1",
    ],
)
def test_the_database_refuses_to_take_back_what_was_signed(statement):
    record(2)
    Cosignature.objects.create(checkpoint=sign(), witness="w", line="x", signed_at=NOON)
    with (
        pytest.raises(IntegrityError, match="the ledger is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_proof_leads_from_the_leaf_to_the_checkpoint():
    events = record(21)
    row = sign()
    for event in events:
        head, text = checkpoints.proof(event, row).split("\n\n", 1)
        assert text == row.text
        first, index, *path = head.split("\n")
        assert (first, index) == ("c2sp.org/tlog-proof@v1", f"index {event.index}")
        assert verify_inclusion(
            leaf=leaf_hash(leaf_of(event)),
            index=event.index,
            size=row.size,
            proof=[b64decode(line) for line in path],
            root=bytes(row.root),
        )


def test_a_proof_takes_the_words_of_witnesses_along():
    (event,) = record()
    row = sign()
    lines = [f"— w{n} AAAAAAE=\n" for n in (1, 2)]
    for n, line in enumerate(lines):
        Cosignature.objects.create(checkpoint=row, witness=f"w{n}", line=line, signed_at=NOON)
    assert checkpoints.note_with_cosignatures(row) == row.text + "".join(lines)
    assert checkpoints.proof(event, row).endswith(row.text + "".join(lines))


def test_a_witness_cosigns_a_checkpoint_once():
    record()
    row = sign()
    Cosignature.objects.create(checkpoint=row, witness="w", line="x", signed_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Cosignature.objects.create(checkpoint=row, witness="w", line="y", signed_at=NOON)


def test_proofs_cost_the_same_few_queries_however_long_they_are(django_assert_num_queries):
    events = record(1_000)
    row = sign()
    for event in (events[0], events[777]):
        with django_assert_num_queries(3):  # leaves, subtrees, cosignatures
            checkpoints.proof(event, row)


def test_a_key_that_was_lost_is_not_replaced_in_silence(home):
    record()
    sign()
    (home / "keys" / "log.pem").unlink()
    record()
    with pytest.raises(KeyUnusable, match="cannot be read"):
        sign()


def test_a_log_that_goes_on_under_another_key_says_so_in_itself(home):
    record(3)
    old = sign()
    (home / "keys" / "log.pem").unlink()
    FileKeys(home / "keys").ensure("log")
    new = sign()
    assert (old.size, new.size) == (3, 4)
    key = checkpoints.log_key()
    event = Event.objects.get(index=3)
    assert (event.what, bytes(event.salt)) == ("log.key_changed", b"")
    assert f'"key":"{key.text}"' in event.entry
    assert Note.parse(new.text).is_signed_by(key)
    assert not Note.parse(old.text).is_signed_by(key)
    assert sign() == new


def test_a_log_that_goes_on_under_another_name_says_so_in_itself(settings):
    record(3)
    sign()
    settings.SEAWALL_LOG_ORIGIN = "other.example/log"
    assert sign().size == 4
    assert NoteKey.parse(checkpoints.log_key().text).name == "other.example/log"


def _rewrite(count: int) -> None:
    """What an administrator can do who breaks the seal: another history, sound in itself."""
    with connection.cursor() as cursor:
        unseal(_Statements(cursor), ("ledger_event", "ledger_subtree"))
        for table in ("event", "subtree", "head"):
            cursor.execute(f"DELETE FROM ledger_{table}")
    record(count, what="test.other")
    assert queries.verify().sound


class _Statements:
    """The little of a schema editor that `unseal` needs, usable inside a transaction."""

    connection = connection

    def __init__(self, cursor) -> None:
        self.execute = cursor.execute
