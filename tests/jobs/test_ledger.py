"""The log signs itself and asks witnesses, which cosign what extends what they saw, and no more."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client

from outbound.servers import Reply, serving
from seawall.jobs import carry_out, ledger, timers
from seawall.jobs.carry_out import Result
from seawall.ledger import checkpoints, cosigning, tiles
from seawall.ledger.actions import Said, record_all
from seawall.ledger.models import Checkpoint, Cosignature, Outbox
from seawall.signing.checkpoints import TreeHead, sign_checkpoint
from seawall.signing.keys import FileKeys
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall_verify import VerifierKey, check_cosignatures, verify_log
from seawall_verify.witness import Witness
from seawall_verify.witness_memory import Memory
from seawall_verify.witness_server import make_server

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def grow(count: int = 3) -> None:
    record_all(by=LOCAL, events=[Said(what="test.done", on="t:1")] * count, at=NOON)


def work(topic: str, *, now: datetime = NOON) -> list[Result]:
    """Carry out the open work of a topic."""
    rows = Outbox.objects.filter(topic=topic, done_at=None, due_at__lte=now).order_by("pk")
    return [carry_out.carry_out(row.pk, now=now) for row in rows]


def problem() -> str:
    return str(Outbox.objects.filter(topic="ledger.cosign").order_by("-pk")[0].problem)


@contextmanager
def witness_of(folder: Path, name: str, *, log: str) -> Iterator[SimpleNamespace]:
    """A real witness that follows the log with this key."""
    memory = Memory.create(folder / f"{name}.sqlite3", name=f"{name}.example")
    memory.follow(VerifierKey.parse(log))
    server = make_server(Witness(memory), port=0, clock=NOON.timestamp)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield SimpleNamespace(memory=memory, line=f"witness {name} {memory.vkey()} {url}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def policy(home, settings):
    """Writes the file of witnesses."""

    def write(*lines: str) -> None:
        (home / "witnesses").write_text("\n".join(lines))
        settings.SEAWALL_WITNESSES = str(home / "witnesses")

    return write


@pytest.fixture
def witness(home, tmp_path, policy):
    """A witness called w that is asked."""
    with witness_of(tmp_path, "w", log=checkpoints.log_key().text) as made:
        policy(made.line, "quorum w")
        yield made


def test_a_log_that_grew_is_signed_within_a_minute(home):
    assert not checkpoints.ask_when_behind()
    grow()
    assert checkpoints.ask_when_behind()
    assert checkpoints.ask_when_behind()
    assert Outbox.objects.filter(topic="ledger.checkpoint").count() == 1
    assert work("ledger.checkpoint", now=datetime.now(UTC)) == ["done"]
    assert checkpoints.newest().size == 3
    assert not checkpoints.ask_when_behind()
    grow()
    assert not checkpoints.ask_when_behind()


def test_a_checkpoint_over_a_minute_old_is_followed_by_the_next(home):
    grow()
    checkpoints.sign(now=datetime.now(UTC) - timedelta(seconds=61))
    assert not checkpoints.ask_when_behind()
    grow()
    assert checkpoints.ask_when_behind()


def test_a_running_worker_looks_each_minute():
    assert (timedelta(minutes=1), checkpoints.ask_when_behind) in timers.TIMERS


def test_without_witnesses_nobody_is_asked(home):
    grow()
    checkpoints.sign(now=NOON)
    assert not Outbox.objects.filter(topic="ledger.cosign").exists()
    assert cosigning.newest_witnessed() == checkpoints.newest()


def test_a_witness_cosigns_each_checkpoint_and_verifiers_count_its_word(witness, tmp_path):
    for count in (3, 1, 300):
        grow(count)
        row = checkpoints.sign(now=NOON)
        assert work("ledger.cosign") == ["done"]
        assert row.cosignatures.get().signed_at == NOON
    note = checkpoints.note_with_cosignatures(row)
    assert check_cosignatures(note, [witness.memory.vkey()], 1) == ("w.example",)
    tiles.export(tmp_path / "log")
    report = verify_log(
        lambda path: (tmp_path / "log" / path).read_bytes(),
        keys=[VerifierKey.parse(checkpoints.log_key().text)],
        witnesses=[witness.memory.vkey()],
        need=1,
    )
    assert report.checkpoint.size == 304


def test_asking_again_changes_nothing(witness):
    grow()
    checkpoints.sign(now=NOON)
    work("ledger.cosign")
    assert cosigning.to_ask(checkpoints.newest()) == []
    Outbox.objects.update(done_at=None)
    assert work("ledger.cosign") == ["done"]
    assert Cosignature.objects.count() == 1


def test_a_witness_without_an_address_is_not_asked(home, policy, tmp_path):
    key = Memory.create(tmp_path / "v.sqlite3", name="v.example").vkey()
    policy(f"witness v {key}", "quorum v")
    grow()
    checkpoints.sign(now=NOON)
    assert work("ledger.cosign") == ["done"]


def test_a_witness_that_saw_more_than_is_known_here_is_told_from_there(witness):
    """As after the database was restored from a backup in which a cosignature is missing."""
    grow(5)
    row = checkpoints.sign(now=NOON)
    question = cosigning.question(row, old=0)
    assert Witness(witness.memory).add_checkpoint(question, now=int(NOON.timestamp())).status == 200
    grow(5)
    newer = checkpoints.sign(now=NOON)
    assert work("ledger.cosign") == ["done", "done"]
    assert newer.cosignatures.count() == 1
    assert row.cosignatures.count() == 0


def test_only_the_newest_checkpoint_is_cosigned(witness):
    grow()
    checkpoints.sign(now=NOON)
    grow()
    checkpoints.sign(now=NOON)
    assert work("ledger.cosign") == ["done", "done"]
    assert list(Cosignature.objects.values_list("checkpoint", flat=True)) == [6]


def test_the_checkpoint_that_is_given_out_has_the_witnesses_it_needs(witness, tmp_path):
    grow()
    first = checkpoints.sign(now=NOON)
    assert cosigning.newest_witnessed() == first
    work("ledger.cosign")
    grow()
    second = checkpoints.sign(now=NOON)
    assert cosigning.newest_witnessed() == first
    assert Client().get("/log/checkpoint").content.decode() == (
        checkpoints.note_with_cosignatures(first)
    )
    assert tiles.export(tmp_path / "log") == first
    work("ledger.cosign")
    assert cosigning.newest_witnessed() == second


def test_a_checkpoint_with_too_few_witnesses_is_not_given_out(witness, policy, tmp_path):
    other = Memory.create(tmp_path / "v.sqlite3", name="v.example").vkey()
    policy(witness.line, f"witness v {other}", "group g all w v", "quorum g")
    grow()
    first = checkpoints.sign(now=NOON)
    work("ledger.cosign")
    Cosignature.objects.create(checkpoint=first, witness="v.example", line="x", signed_at=NOON)
    grow()
    second = checkpoints.sign(now=NOON)
    work("ledger.cosign")
    assert second.cosignatures.count() == 1
    assert cosigning.newest_witnessed() == first
    policy(witness.line, f"witness v {other}", "quorum none")
    grow()
    third = checkpoints.sign(now=NOON)
    assert cosigning.newest_witnessed() == third


def test_who_does_not_answer_is_asked_again_and_holds_up_nobody(witness, policy, tmp_path):
    with serving(Reply(status=503)) as down:
        other = Memory.create(tmp_path / "v.sqlite3", name="v.example").vkey()
        policy(f"witness v {other} {down.url}/w/", witness.line, "group g any v w", "quorum g")
        grow()
        row = checkpoints.sign(now=NOON)
        assert work("ledger.cosign") == ["postponed"]
        assert problem() == "v: answered 503 to the log's 3 events"
        assert [got.path for got in down.got] == ["/w/add-checkpoint"]
    assert [each.witness for each in row.cosignatures.all()] == ["w.example"]
    assert work("ledger.cosign", now=NOON + timedelta(seconds=59)) == []
    assert work("ledger.cosign", now=NOON + timedelta(seconds=60)) == ["postponed"]
    late = NOON + timedelta(hours=2)
    assert work("ledger.cosign", now=late) == ["postponed"]
    assert Outbox.objects.get(topic="ledger.cosign").due_at == late + timedelta(hours=1)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(body=b"nonsense\n"), "a signature line is"),
        (Reply(body=b""), "at most 100 signature lines"),
        (Reply(body=b"\xff\n"), "a signature line is"),
        (Reply(status=404), "answered 404"),
        (Reply(status=302, headers={"Location": "http://127.0.0.1/"}), "answered 302"),
        (Reply(status=409, body=b"9\n"), "saw 9 events, and the log has 3: it was cut or forked"),
        (Reply(status=409, body=b"0\n"), "saw another log of 0 events"),
        (Reply(status=409, body=b"2\n"), "answered 409"),
        (Reply(status=409, body=b"-1\n"), "saw another log"),
        (Reply(status=409, body=b"9" * 30), "saw another log"),
        (Reply(body=b"x" * 70_000), "more than 65536 bytes"),
    ],
)
def test_an_answer_that_is_no_cosignature_is_not_kept(home, policy, tmp_path, reply, says):
    with serving(reply) as server:
        key = Memory.create(tmp_path / "v.sqlite3", name="v.example").vkey()
        policy(f"witness v {key} {server.url}", "quorum none")
        grow()
        checkpoints.sign(now=NOON)
        assert work("ledger.cosign") == ["postponed"]
    assert says in problem()
    assert not Cosignature.objects.exists()


def test_a_witness_cosigns_no_other_log_than_the_one_it_saw(witness, home):
    """Another history under the same key: what a thief of the key, or the log itself, would do."""
    grow(5)
    checkpoints.sign(now=NOON)
    work("ledger.cosign")
    forged = Checkpoint(
        size=5,
        root=b"\1" * 32,
        text=_forged(FileKeys(home / "keys").get("log")),
        made_at=NOON,
    )
    (asked,) = cosigning.policy().witnesses
    with pytest.raises(ledger.Unwilling, match="saw another log of 5 events"):
        ledger._ask(asked, forged, NOON)


def _forged(signer) -> str:
    head = TreeHead(origin=settings.SEAWALL_LOG_ORIGIN, size=5, root=b"\1" * 32)
    return str(sign_checkpoint(head, signer=signer))


def test_a_file_of_witnesses_that_cannot_be_read_says_so(home, settings):
    settings.SEAWALL_WITNESSES = str(home / "nowhere")
    with pytest.raises(BadInput, match="cannot be read"):
        cosigning.policy()
    settings.SEAWALL_WITNESSES = ""
    assert cosigning.policy().witnesses == ()
