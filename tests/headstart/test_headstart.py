"""The head start: what is counted, when it is counted again, and what the days tell."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from seawall.headstart import actions, queries
from seawall.headstart.funnel import LABELS, funnel
from seawall.headstart.models import Snapshot
from seawall.jobs import carry_out, timers
from seawall.jobs.timers import Timers
from seawall.ledger import actions as ledger
from seawall.ledger.models import Outbox
from seawall.vocab.actors import LOCAL

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = NOON.date()

pytestmark = pytest.mark.django_db


def happen() -> None:
    with transaction.atomic():
        ledger.record(by=LOCAL, what="test.happened", on="T-1", at=NOON)


def asked() -> int:
    return Outbox.objects.filter(topic=actions.TOPIC).count()


def test_an_empty_installation_has_every_stage_at_nothing():
    assert [(stage.key, stage.count) for stage in funnel()] == [(key, 0) for key in LABELS]
    assert queries.newest() is None
    assert queries.by_day(until=DAY, days=30) == []


def test_a_day_has_one_snapshot_the_last():
    actions.take_snapshot(now=NOON)
    happen()
    actions.take_snapshot(now=NOON + timedelta(hours=1))
    row = Snapshot.objects.get()
    assert (row.day, row.taken_at, row.ledger_size) == (DAY, NOON + timedelta(hours=1), 1)
    newest = queries.newest()
    assert newest is not None
    assert newest.taken_at == NOON + timedelta(hours=1)
    assert newest.closed_share is None


def test_counting_is_asked_for_once_and_only_after_something_happened():
    assert not actions.ask_when_changed()
    happen()
    assert actions.ask_when_changed()
    assert actions.ask_when_changed()
    assert asked() == 1
    actions.take_snapshot(now=NOON)
    assert not actions.ask_when_changed()
    happen()
    assert actions.ask_when_changed()
    assert asked() == 2


def test_the_share_of_closed_exposures():
    counts = dict.fromkeys(LABELS, 0) | {"exposures": 8, "closed": 6}
    Snapshot.objects.create(day=DAY, taken_at=NOON, ledger_size=1, counts=counts)
    newest = queries.newest()
    assert newest is not None
    assert newest.closed_share == 0.75


def test_a_day_without_a_snapshot_repeats_the_one_before():
    for day, reported in ((1, 5), (10, 7), (12, 9)):
        Snapshot.objects.create(
            day=date(2026, 11, day),
            taken_at=NOON,
            ledger_size=day,
            counts={"reported": reported},
        )
    told = queries.by_day(until=date(2026, 11, 13), days=5)
    assert [(day.day, counts["reported"]) for day, counts in told] == [
        (9, 5),
        (10, 7),
        (11, 7),
        (12, 9),
        (13, 9),
    ]


def test_days_before_the_first_snapshot_are_left_out():
    Snapshot.objects.create(day=DAY, taken_at=NOON, ledger_size=1, counts={})
    assert [day for day, _ in queries.by_day(until=DAY, days=5)] == [DAY]


def test_reading_costs_a_fixed_number_of_queries(django_assert_num_queries):
    for i in range(3):
        Snapshot.objects.create(
            day=DAY - timedelta(days=i), taken_at=NOON, ledger_size=i, counts={}
        )
    with django_assert_num_queries(3):
        queries.newest()
        queries.by_day(until=DAY, days=30)


def test_a_timer_calls_at_once_and_then_when_its_time_has_come(monkeypatch):
    calls: list[int] = []
    monkeypatch.setattr(timers, "TIMERS", ((timedelta(minutes=1), lambda: calls.append(1)),))
    clock = Timers()
    for seconds in (0.5, 30.0, 60.4, 60.5, 61.0, 200.0):
        clock.run(clock_seconds=seconds)
    assert len(calls) == 3


def test_the_job_counts_what_was_asked_for():
    happen()
    actions.ask_when_changed()
    row = Outbox.objects.get(topic=actions.TOPIC)
    assert carry_out.carry_out(row.pk, now=NOON) == "done"
    assert Snapshot.objects.get().ledger_size == 1
    assert not actions.ask_when_changed()
