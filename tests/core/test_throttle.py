"""Tries to sign in: slowed, never locked out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.throttle import Counted, Filled, Limit, drained, may_try, tried, wait_for
from seawall.vocab.decisions import Allowed, Refused

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMIT = Limit(room=3, drain=timedelta(seconds=60))


def after(tries: int, *, at: datetime = NOW) -> Filled | None:
    filled = None
    for _ in range(tries):
        filled = tried(filled, LIMIT, now=at)
    return filled


@pytest.mark.parametrize("tries", [0, 1, 2])
def test_there_is_room_for_the_first_tries(tries):
    assert may_try(after(tries), LIMIT, now=NOW) == Allowed()


def test_a_full_bucket_refuses_and_says_how_long():
    assert may_try(after(3), LIMIT, now=NOW) == Refused("too many tries; wait 60 seconds")


def test_one_more_try_is_possible_after_each_drain():
    later = NOW + LIMIT.drain
    assert may_try(after(3), LIMIT, now=later) == Allowed()
    once_more = tried(after(3), LIMIT, now=later)
    assert isinstance(may_try(once_more, LIMIT, now=later), Refused)


def test_a_clock_that_goes_back_drains_nothing():
    assert drained(after(3), LIMIT, now=NOW - timedelta(days=1)) == 3


@given(st.lists(st.integers(0, 600), max_size=60))
def test_nobody_waits_longer_than_one_drain(gaps):
    """Whatever was tried before, by whomever, as long as refused tries are not counted."""
    now, filled = NOW, None
    for gap in gaps:
        now += timedelta(seconds=gap)
        if isinstance(may_try(filled, LIMIT, now=now), Allowed):
            filled = tried(filled, LIMIT, now=now)
    assert wait_for(filled, LIMIT, now=now) <= LIMIT.drain
    assert may_try(filled, LIMIT, now=now + LIMIT.drain) == Allowed()


@given(st.lists(st.integers(0, 600), min_size=1, max_size=200))
def test_tries_are_bounded_by_room_and_time(gaps):
    now, filled, made = NOW, None, 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        if isinstance(may_try(filled, LIMIT, now=now), Allowed):
            filled = tried(filled, LIMIT, now=now)
            made += 1
    assert made <= LIMIT.room + (now - NOW) / LIMIT.drain + 1e-6


def test_an_account_is_guessed_at_most_some_thousand_times_a_day():
    limit = Counted.ACCOUNT.value
    assert limit.room + timedelta(days=1) / limit.drain < 3_000
