"""Results count in the committed order, whenever they arrive."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.determination.reviewing import FIRST, bank, plan, result
from seawall.core.determination.order import by_track, queue, within
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Side, Stop

ITEMS = bank(10)
PLAN = plan(ITEMS)
FAILED = result("find-1", stop=Stop.FAILED)


def at(*positions: int):
    return [(position, result(ITEMS[position].id)) for position in positions]


def positions(line) -> list[int]:
    return [one.position for one in line.ready]


def test_nothing_counts_behind_a_gap():
    line = queue(at(0, 1, 3, 4), length=10, retries=2)
    assert (positions(line), line.behind, line.waits_for) == ([0, 1], (3, 4), 2)


def test_the_gap_closes():
    line = queue(at(4, 3, 2, 1, 0), length=5, retries=2)
    assert (positions(line), line.behind, line.waits_for) == ([0, 1, 2, 3, 4], (), None)


@given(st.permutations(range(10)))
def test_the_line_is_the_same_in_any_order_of_arrival(order):
    assert queue(at(*order), length=10, retries=2) == queue(at(*range(10)), length=10, retries=2)


@pytest.mark.parametrize(("failures", "waits"), [(0, 1), (1, 1), (2, 1), (3, None)])
def test_a_failed_attempt_is_run_again_and_then_its_position_is_void(failures, waits):
    line = queue(at(0) + [(1, FAILED)] * failures, length=2, retries=2)
    assert line.waits_for == waits
    if waits is None:
        assert line.ready[1].result is None
        assert len(line.ready[1].failed) == 3


def test_a_retry_takes_the_place_of_what_failed():
    line = queue([(0, FAILED), *at(0)], length=1, retries=2)
    assert line.ready[0].result == at(0)[0][1]
    assert line.ready[0].failed == (FAILED,)


@pytest.mark.parametrize("solved", [True, False])
def test_a_position_that_failed_too_often_is_void_whatever_came_of_it(solved):
    """Otherwise an evaluator could go on until the outcome pleases."""
    late = result(ITEMS[0].id, solved=solved)
    line = queue([(0, FAILED)] * 3 + [(0, late)], length=1, retries=2)
    assert line.ready[0].result is None


def test_nobody_chooses_between_two_results():
    with pytest.raises(BadInput, match="2 results that count"):
        queue(at(0, 0), length=10, retries=2)


def test_what_is_solved_after_the_budget_is_not_solved():
    in_time = result("x", solved=True, solved_at_tokens=PLAN.tokens)
    assert within(PLAN, in_time)
    assert not within(PLAN, replace(in_time, solved_at_tokens=PLAN.tokens + 1))
    assert within(PLAN, replace(in_time, solved_at_tokens=None))
    assert not within(PLAN, result("x"))


def test_results_find_their_side_and_scaffold():
    tracks = by_track(PLAN, at(0, 1))
    assert [position for position, _ in tracks[Side.OFFENCE, FIRST]] == [0, 1]
    assert len(tracks) == 2


@pytest.mark.parametrize(
    ("position", "change", "words"),
    [
        (0, {"item": "other"}, "not in the plan"),
        (0, {"scaffold": "other@1"}, "not in the plan"),
        (1, {}, "not at this position"),
        (10, {}, "not at this position"),
        (-10, {}, "not at this position"),
    ],
)
def test_a_result_without_a_place_in_the_plan_is_refused(position, change, words):
    with pytest.raises(BadInput, match=words):
        by_track(PLAN, [(position, replace(result(ITEMS[0].id), **change))])
