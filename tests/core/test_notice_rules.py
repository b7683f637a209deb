"""Digests gather, urgent matters do not wait, and nobody is flooded."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from seawall.core.notice_rules import (
    DAY,
    MAX_ATTEMPTS,
    Pace,
    Waiting,
    is_urgent_by,
    next_at,
    retry_after,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PACE = Pace()


def waits(*minutes_ago: int, urgent: bool = False) -> list[Waiting]:
    return [Waiting(made_at=NOON - n * MINUTE, urgent=urgent) for n in minutes_ago]


def test_nothing_waits():
    assert next_at([], [NOON], pace=PACE, now=NOON) is None


def test_a_digest_gathers_for_an_hour_from_the_oldest():
    assert next_at(waits(5, 20, 1), [], pace=PACE, now=NOON) == NOON + 40 * MINUTE
    assert next_at(waits(60), [], pace=PACE, now=NOON) == NOON
    assert next_at(waits(600), [], pace=PACE, now=NOON) == NOON


def test_a_digest_comes_an_hour_after_the_one_before():
    assert next_at(waits(60), [NOON - 10 * MINUTE], pace=PACE, now=NOON) == NOON + 50 * MINUTE


def test_what_is_urgent_is_sent_at_once_with_all_that_waits():
    mixed = waits(1) + waits(0, urgent=True)
    assert next_at(mixed, [NOON - MINUTE], pace=PACE, now=NOON) == NOON


def test_digests_leave_room_for_what_is_urgent():
    pace = Pace(interval=MINUTE, per_day=3, urgent_share=1)
    sent = [NOON - 2 * HOUR, NOON - 3 * HOUR]
    assert next_at(waits(9), sent, pace=pace, now=NOON) == NOON + 21 * HOUR
    assert next_at(waits(9, urgent=True), sent, pace=pace, now=NOON) == NOON
    sent.append(NOON - HOUR)
    assert next_at(waits(9, urgent=True), sent, pace=pace, now=NOON) == NOON + 21 * HOUR


@given(
    arrivals=st.lists(st.tuples(st.integers(0, 3000), st.booleans()), max_size=80),
    per_day=st.integers(1, 30),
    urgent_share=st.integers(0, 30),
    interval=st.integers(1, 300),
)
def test_nobody_gets_more_than_the_day_s_number_whatever_happens(
    arrivals, per_day, urgent_share, interval
):
    pace = Pace(interval=interval * MINUTE, per_day=per_day, urgent_share=urgent_share)
    coming = sorted((NOON + m * MINUTE, urgent) for m, urgent in arrivals)
    waiting: list[Waiting] = []
    sent: list[datetime] = []
    now = NOON
    for _ in range(1000):
        while coming and coming[0][0] <= now:
            made_at, urgent = coming.pop(0)
            waiting.append(Waiting(made_at=made_at, urgent=urgent))
        at = next_at(waiting, sent, pace=pace, now=now)
        if at is not None and at <= now:
            sent.append(now)
            waiting = []
            continue
        moments = [each for each in (at, coming[0][0] if coming else None) if each]
        if not moments:
            break
        now = min(moments)
    assert not waiting and not coming
    for each in sent:
        assert sum(each - DAY < other <= each for other in sent) <= per_day


def test_attempts_go_on_for_a_day_and_then_end():
    for jitter in (0.0, 0.5, 0.999):
        waits = [retry_after(n, jitter=jitter) for n in range(1, MAX_ATTEMPTS)]
        assert waits == sorted(waits)
        assert timedelta(hours=19) < sum(waits, timedelta()) < DAY
    assert retry_after(MAX_ATTEMPTS, jitter=0.5) is None


def test_jitter_moves_a_wait_by_a_tenth():
    assert retry_after(4, jitter=0.0) == 54 * MINUTE
    assert timedelta(minutes=65) < retry_after(4, jitter=0.999) < timedelta(minutes=66)


def test_the_other_side_may_ask_for_more_time_but_not_for_all():
    assert retry_after(1, jitter=0.5, asked=10 * MINUTE) == 10 * MINUTE
    assert retry_after(1, jitter=0.5, asked=timedelta(seconds=1)) == MINUTE
    assert retry_after(1, jitter=0.5, asked=timedelta(days=300)) == timedelta(hours=8)


def test_a_deadline_is_urgent_within_its_last_day():
    assert is_urgent_by(NOON + DAY - MINUTE, now=NOON)
    assert not is_urgent_by(NOON + DAY, now=NOON)
