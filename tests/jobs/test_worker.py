"""The worker: each outbox row is carried out once, whatever breaks in between."""

import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from seawall.jobs import carry_out, queue, registry
from seawall.jobs.registry import Postponed, handles
from seawall.ledger import outbox
from seawall.ledger.models import Outbox

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def topics(monkeypatch):
    """Handlers of the test alone."""
    handlers: dict = {}
    monkeypatch.setattr(registry, "_handlers", handlers)
    monkeypatch.setattr(registry, "MODULES", ())
    return handlers


@pytest.fixture
def send(db):
    def send(topic: str = "test.topic", **ids) -> Outbox:
        with transaction.atomic():
            return outbox.send(topic, due_at=NOON, **ids)

    return send


def test_a_row_is_carried_out_once(topics, send):
    seen = []
    handles("test.topic")(lambda work: seen.append((work.key, work.ids["n"])))
    row = send(n=3)
    assert carry_out.carry_out(row.pk, now=NOON) == "done"
    assert carry_out.carry_out(row.pk, now=NOON) == "nothing to do"
    assert seen == [(f"outbox:{row.pk}", 3)]


def test_what_a_handler_raises_leaves_the_row_open(topics, send):
    @handles("test.topic")
    def fail(work):
        raise RuntimeError("broken")

    row = send()
    with pytest.raises(RuntimeError, match="broken"):
        carry_out.carry_out(row.pk, now=NOON)
    assert [due.id for due in queue.due(now=NOON, limit=9)] == [row.pk]


def test_postponed_work_is_due_later_and_says_why(topics, send):
    @handles("test.topic")
    def later(work):
        raise Postponed("no sandbox works here", delay=timedelta(minutes=10))

    row = send()
    assert carry_out.carry_out(row.pk, now=NOON) == "postponed"
    assert queue.due(now=NOON, limit=9) == []
    assert queue.problems() == [("test.topic", "no sandbox works here")]
    (due,) = queue.due(now=NOON + timedelta(minutes=10), limit=9)
    assert due.run == 1


def test_what_was_given_up_can_be_tried_again(topics, send):
    handles("test.topic")(lambda work: None)
    row = send()
    carry_out.give_up(row.pk, problem="broken", now=NOON)
    assert queue.due(now=NOON, limit=9) == []
    assert queue.state(now=NOON).failed == 1
    assert carry_out.retry_failed(now=NOON) == 1
    assert [due.id for due in queue.due(now=NOON, limit=9)] == [row.pk]


def test_topics_that_nobody_handles_wait_and_are_counted(topics, send):
    send("test.unknown")
    assert queue.due(now=NOON, limit=9) == []
    assert queue.state(now=NOON).unhandled == 1


def test_one_topic_has_one_handler(topics):
    handles("test.topic")(test_one_topic_has_one_handler)
    with pytest.raises(ValueError, match=r"test\.topic has a handler already"):
        handles("test.topic")(test_a_row_is_carried_out_once)


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_what_is_due_and_what_follows_from_it(home, topics):
    from seawall.jobs.worker import working

    seen = []

    @handles("test.first")
    def first(work):
        with transaction.atomic():
            outbox.send("test.second", key=f"second:{work.key}", n=work.ids["n"] + 1)

    handles("test.second")(lambda work: seen.append(work.ids["n"]))

    @handles("test.broken")
    def broken(work):
        raise RuntimeError("broken beyond repair")

    now = timezone.now()
    with transaction.atomic():
        for n in range(5):
            outbox.send("test.first", due_at=now, n=n)
        outbox.send("test.broken", due_at=now)
    with working(parallel=2) as worker:
        tally = worker.run_once()
    assert (tally.done, tally.failed, tally.postponed) == (10, 1, 0)
    assert sorted(seen) == [1, 2, 3, 4, 5]
    assert queue.problems() == [("test.broken", "RuntimeError: broken beyond repair")]


@pytest.mark.django_db(transaction=True)
def test_an_outbox_that_was_restored_from_a_backup_is_carried_out_again(home, topics):
    from seawall.jobs.worker import working

    seen = []
    handles("test.topic")(lambda work: seen.append(work.key))
    with transaction.atomic():
        row = outbox.send("test.topic", due_at=timezone.now())
    with working(parallel=1) as worker:
        worker.run_once()
        Outbox.objects.update(done_at=None)
        worker.run_once()
    assert seen == [f"outbox:{row.pk}"] * 2
    assert queue.state(now=timezone.now()).due == 0


@pytest.mark.django_db
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="a SQLite database lies in its home folder"
)
def test_a_database_has_one_worker(home, settings, tmp_path):
    from seawall.jobs.worker import WorkerRunning, working

    settings.SEAWALL_HOME = tmp_path / "other"
    settings.SEAWALL_HOME.mkdir()
    with working(parallel=1):
        settings.SEAWALL_HOME = home
        with pytest.raises(WorkerRunning, match="of this database"), working(parallel=1):
            pass
    with working(parallel=1):
        pass


def test_a_home_folder_has_one_worker(home):
    from seawall.jobs.worker import WorkerRunning, _alone

    with (
        _alone(home / "worker.lock"),
        pytest.raises(WorkerRunning),
        _alone(home / "worker.lock"),
    ):
        raise AssertionError("two workers ran")


_CRASHING = """
    import os, sys
    from pathlib import Path
    from seawall.config.bootstrap import setup
    home = setup()
    from django.db import transaction
    from django.utils import timezone
    from seawall.jobs import registry
    from seawall.jobs.worker import working
    from seawall.ledger import outbox
    from seawall.ledger.models import Outbox
    registry.MODULES = ()
    crash = sys.argv[1] == "crash"
    log = home / "log"

    @registry.handles("test.topic")
    def handler(work):
        with log.open("a") as file:
            file.write("crash " if crash else "done ")
        if crash:
            os._exit(9)

    if crash:
        with transaction.atomic():
            outbox.send("test.topic", due_at=timezone.now())
    with working(parallel=1) as worker:
        tally = worker.run_once()
    row = Outbox.objects.get()
    print(log.read_text(), tally.done, row.done_at is not None)
"""


def test_work_of_a_worker_that_died_in_the_middle_is_taken_up_again(tmp_path, own_database):
    environment = {"SEAWALL_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    environment |= own_database

    def run(how: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(_CRASHING), how],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert run("crash").returncode == 9
    again = run("recover")
    assert again.stdout.split() == ["crash", "done", "1", "True"], again.stderr
