"""What a vendor is handed: never over budget, urgent first, nobody starves."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.capacity import (
    OVERDUE,
    WEEK,
    Budget,
    Waiting,
    choose,
    in_order,
    is_urgent,
    next_look,
    room_for,
)
from seawall.vocab.evidence import EvidenceLevel

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIVE = Budget(per_week=5, open_at_once=10)


def waiting(key: int, days: float = 1, **more) -> Waiting:
    return Waiting(key=key, since=NOW - days * DAY, **more)


def chosen(rows, budget=FIVE, handed_over=(), open_now=0, now=NOW) -> list[int]:
    found = choose(rows, budget=budget, handed_over=handed_over, open_now=open_now, now=now)
    return [each.key for each in found]


def test_the_order_is_attacks_then_exploited_then_evidence_then_severity_then_age():
    rows = [
        waiting(1),
        waiting(2, days=2),
        waiting(3, severity=9.8),
        waiting(4, level=EvidenceLevel.E3),
        waiting(5, listed=True),
        waiting(6, attacks=True),
        waiting(7, urgent=True),
    ]
    assert [each.key for each in in_order(rows, now=NOW)] == [7, 6, 5, 4, 3, 2, 1]


def test_the_budget_of_a_week_and_of_open_cases_both_hold():
    rows = [waiting(n) for n in range(20)]
    assert len(chosen(rows)) == 5
    assert len(chosen(rows, handed_over=[NOW - DAY] * 3)) == 2
    assert len(chosen(rows, handed_over=[NOW - WEEK] * 3)) == 5
    assert len(chosen(rows, open_now=9)) == 1
    assert chosen(rows, open_now=10) == []


def test_urgent_cases_go_over_the_budget_and_in_a_pause_and_then_count():
    rows = [waiting(n) for n in range(3)] + [waiting(9, urgent=True)]
    paused = Budget(per_week=5, open_at_once=10, paused_until=NOW + DAY)
    assert chosen(rows, budget=paused) == [9]
    assert chosen(rows, open_now=10) == [9]
    assert chosen(rows, budget=Budget(per_week=1, open_at_once=1)) == [9]
    assert chosen(rows[:3], budget=Budget(per_week=5, open_at_once=10, paused_until=NOW)) != []


def test_a_batch_waits_until_it_is_full_or_somebody_waited_a_week():
    three = Budget(per_week=5, open_at_once=10, batch=3)
    assert chosen([waiting(1), waiting(2)], budget=three) == []
    assert chosen([waiting(1), waiting(2), waiting(3)], budget=three) == [1, 2, 3]
    assert chosen([waiting(1, days=7), waiting(2)], budget=three) == [1, 2]


def test_a_batch_larger_than_the_budget_is_never_waited_for_in_vain():
    odd = Budget(per_week=2, open_at_once=10, batch=9)
    assert chosen([waiting(1), waiting(2), waiting(3)], budget=odd) == [1, 2]


def test_what_waited_four_weeks_goes_before_all_ordinary_ones():
    rows = [waiting(n, attacks=True) for n in range(9)] + [waiting(99, days=28)]
    assert chosen(rows)[0] == 99
    assert 99 not in chosen([*rows[:9], waiting(99, days=27)])


@pytest.mark.parametrize(
    ("attacks", "days", "urgent"),
    [(True, None, True), (False, None, False), (False, 7, True), (False, 8, False)],
)
def test_attacks_and_a_near_deadline_make_a_case_urgent(attacks, days, urgent):
    deadline = None if days is None else NOW + days * DAY
    assert is_urgent(attacks=attacks, deadline=deadline, now=NOW) is urgent


def test_the_next_look_is_when_time_changes_the_answer():
    rows = [waiting(1)]
    assert next_look([], budget=FIVE, handed_over=[NOW], now=NOW) is None
    assert next_look(rows, budget=FIVE, handed_over=[], now=NOW) == NOW + 6 * DAY
    lately = [NOW - 6.5 * DAY]
    assert next_look(rows, budget=FIVE, handed_over=lately, now=NOW) == NOW + 0.5 * DAY
    paused = Budget(per_week=5, open_at_once=10, paused_until=NOW + timedelta(hours=2))
    assert next_look(rows, budget=paused, handed_over=[], now=NOW) == NOW + timedelta(hours=2)


BUDGETS = st.builds(
    Budget,
    per_week=st.integers(1, 6),
    open_at_once=st.integers(1, 8),
    batch=st.integers(1, 8),
    paused_until=st.none() | st.integers(-3, 9).map(lambda days: NOW + days * DAY),
)
ROWS = st.lists(
    st.builds(
        Waiting,
        key=st.integers(),
        since=st.integers(0, 60).map(lambda days: NOW - days * DAY),
        urgent=st.booleans(),
        attacks=st.booleans(),
        listed=st.booleans(),
        level=st.sampled_from(EvidenceLevel),
        severity=st.floats(0, 10),
    ),
    max_size=15,
    unique_by=lambda each: each.key,
)
EARLIER = st.lists(st.integers(0, 14).map(lambda days: NOW - days * DAY), max_size=8)


@given(rows=ROWS, budget=BUDGETS, earlier=EARLIER, open_now=st.integers(0, 10))
def test_ordinary_cases_never_go_over_the_budget_and_urgent_never_wait(
    rows, budget, earlier, open_now
):
    found = choose(rows, budget=budget, handed_over=earlier, open_now=open_now, now=NOW)
    urgent = [each for each in rows if each.urgent]
    ordinary = [each for each in found if not each.urgent]
    assert set(urgent) <= set(found)
    assert [each.urgent for each in found] == sorted((each.urgent for each in found), reverse=True)
    if ordinary:
        recent = sum(each > NOW - WEEK for each in earlier)
        assert recent + len(found) <= budget.per_week
        assert open_now + len(found) <= budget.open_at_once
        assert budget.paused_until is None or budget.paused_until <= NOW
    left = [each for each in rows if each not in found]
    in_rank = in_order(rows, now=NOW)
    assert [each for each in in_rank if each in found] == list(found)
    if left and ordinary:
        assert in_rank.index(ordinary[-1]) < min(in_rank.index(each) for each in left)


@given(budget=BUDGETS, arrivals=st.integers(1, 6))
def test_nobody_starves_however_many_more_important_cases_keep_coming(budget, arrivals):
    budget = Budget(per_week=budget.per_week, open_at_once=99, batch=budget.batch)
    poor, queue, handed, now = waiting(0, days=0), [], [], NOW
    queue.append(poor)
    for day in range(80):
        now = NOW + day * DAY
        queue += [
            Waiting(key=1 + day * 9 + n, since=now, attacks=True, level=EvidenceLevel.E4)
            for n in range(arrivals)
        ]
        found = choose(queue, budget=budget, handed_over=handed, open_now=0, now=now)
        handed += [now] * len(found)
        queue = [each for each in queue if each not in found]
        if poor in found:
            break
    assert poor not in queue
    assert now - NOW <= OVERDUE + 2 * WEEK


@given(rows=ROWS, budget=BUDGETS, earlier=EARLIER, open_now=st.integers(0, 10))
def test_nothing_changes_before_the_next_look(rows, budget, earlier, open_now):
    taken = choose(rows, budget=budget, handed_over=earlier, open_now=open_now, now=NOW)
    left = [each for each in rows if each not in taken]
    handed, opened = [*earlier, *[NOW] * len(taken)], open_now + len(taken)
    look = next_look(left, budget=budget, handed_over=handed, now=NOW)
    for hours in range(1, 24 * 16, 7):
        later = NOW + timedelta(hours=hours)
        if look is not None and later >= look:
            break
        again = choose(left, budget=budget, handed_over=handed, open_now=opened, now=later)
        assert again == ()


def test_room_counts_any_seven_days():
    assert room_for(FIVE, handed_over=[NOW - WEEK + timedelta(seconds=1)], open_now=0, now=NOW) == 4
    assert room_for(FIVE, handed_over=[NOW - WEEK], open_now=0, now=NOW) == 5
