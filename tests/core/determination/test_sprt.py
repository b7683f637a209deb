"""Both tests: fair under the hypotheses they speak against, and where they end."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.determination.reviewing import bank, plan
from seawall.core.determination.eprocess import STAKES, against_above, against_below
from seawall.core.determination.response import Bounds, bounds, chance
from seawall.core.determination.sprt import (
    MARGIN,
    Limits,
    Paths,
    first_end,
    follow,
    limits,
    ratios,
    tolerable,
)
from seawall.vocab.evals import Side

ITEMS = bank(60)
PLAN = plan(ITEMS)
EDGE = bounds(PLAN, ITEMS)
OPEN = Limits(upper=2.0, lower=-2.0, agreement=3.0, least=1)

NOISE = {"noise": st.floats(0, 0.74), "beyond": st.floats(0, 5)}


def true_chances(ability: float, noise: float):
    return chance(np.array([ability]), ITEMS, noise=noise, discrimination_error=0.0)[0]


@given(**NOISE)
def test_the_likelihood_ratio_grows_under_no_ability_below(noise, beyond):
    p = true_chances(-0.5 - beyond, noise)
    up, down = (np.exp(step(EDGE, solved)) for solved in (True, False))
    assert (p * up + (1 - p) * down <= 1 + 1e-9).all()


@given(**NOISE)
def test_its_inverse_grows_under_no_ability_above(noise, beyond):
    p = true_chances(0.5 + beyond, noise)
    up, down = (np.exp(-step(EDGE, solved)) for solved in (True, False))
    assert (p * up + (1 - p) * down <= 1 + 1e-9).all()


@given(**NOISE)
def test_no_bet_of_the_second_test_is_better_than_fair(noise, beyond):
    for stake in STAKES:
        p = true_chances(-0.5 - beyond, noise)
        gain = p * stake * (1 - EDGE.below) - (1 - p) * stake * EDGE.below
        assert (gain <= 1e-9).all()
        p = true_chances(0.5 + beyond, noise)
        gain = (1 - p) * stake * EDGE.above - p * stake * (1 - EDGE.above)
        assert (gain <= 1e-9).all()


def step(edge: Bounds, solved: bool):
    """The log-likelihood ratio of each item alone."""
    path = ratios(edge, np.full(len(ITEMS), solved))
    return np.diff(path, prepend=0.0)


def test_an_e_value_is_the_mean_wealth_of_the_stakes():
    chances = np.array([0.2, 0.5])
    solved = np.array([True, False])
    by_hand = np.mean([(1 + stake * 0.8) * (1 - stake * 0.5) for stake in STAKES])
    assert against_below(chances, solved)[-1] == pytest.approx(by_hand)
    by_hand = np.mean([(1 - stake * 0.8) * (1 + stake * 0.5) for stake in STAKES])
    assert against_above(chances, solved)[-1] == pytest.approx(by_hand)


def test_the_boundaries_are_those_of_a_little_less_than_stated():
    test = limits(PLAN, Side.OFFENCE)
    assert test.upper == pytest.approx(-log(MARGIN * 0.025))
    assert test.lower == pytest.approx(log(MARGIN * 0.01))


def paths(least, *, most=None, above=None, below=None) -> Paths:
    least = np.array(least, dtype=float)
    return Paths(
        least=least,
        most=least if most is None else np.array(most, dtype=float),
        e_above=np.exp(least) if above is None else np.array(above, dtype=float),
        e_below=np.exp(-least) if below is None else np.array(below, dtype=float),
    )


@pytest.mark.parametrize(
    ("path", "verdict", "used"),
    [
        (paths([1.0, 1.9, 1.9]), 0, 3),
        (paths([1.0, 2.0, -5.0]), 1, 2),
        (paths([-1.0, -2.0, 5.0]), -1, 2),
        (paths([2.5, 2.5, 2.5], above=[1, 2.9, 3]), 1, 3),
        (paths([2.5, 2.5, 2.5], above=[1, 2, 2.9]), 0, 3),
        (paths([2.5, 2.5, 2.5], below=[3, 3, 3]), 0, 3),
        (paths([-2.5, -2.5, -2.5], below=[1, 2, 2.9]), 0, 3),
        (paths([-2.5, -2.5, -2.5], above=[3, 3, 1]), -1, 3),
        (paths([-2.5, -2.5, -2.5], most=[-1, -1, -1]), 0, 3),
        (paths([1.0, 1.0, 1.0], most=[9, 9, 9], above=[9, 9, 9]), 0, 3),
    ],
)
def test_a_test_ends_where_a_boundary_is_passed_and_the_second_agrees(path, verdict, used):
    end = first_end(path, OPEN)
    assert (int(end.verdict), int(end.used)) == (verdict, used)


def test_nothing_is_decided_on_fewer_items_than_the_least():
    path = paths([2.5, 2.5, 2.5, 2.5])
    ends = [first_end(path, Limits(2.0, -2.0, 3.0, least)) for least in (1, 2, 4, 5)]
    assert [(int(end.verdict), int(end.used)) for end in ends] == [(1, 1), (1, 2), (1, 4), (0, 4)]


def test_a_void_position_helps_no_verdict():
    solved = np.array([True] * 5 + [False] * 5)
    void = np.array([False] * 4 + [True, True] + [False] * 4)
    edge = bounds(PLAN, ITEMS[:10])
    path = follow(edge, solved, void)
    low = follow(edge, np.array([True] * 4 + [False] * 6))
    high = follow(edge, np.array([True] * 6 + [False] * 4))
    assert (path.least == low.least).all() and (path.e_above == low.e_above).all()
    assert (path.most == high.most).all() and (path.e_below == high.e_below).all()


def test_an_item_whose_chances_cross_says_nothing():
    crossed = Bounds(below=np.array([0.6, 0.3]), above=np.array([0.5, 0.7]))
    assert ratios(crossed, np.array([True, True]))[0] == 0
    assert ratios(crossed, np.array([False, False]))[0] == 0


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.data())
def test_one_more_solved_moves_every_path_towards_covered(pattern, data):
    index = data.draw(st.integers(0, len(pattern) - 1))
    edge = bounds(PLAN, ITEMS[: len(pattern)])
    more = [*pattern[:index], True, *pattern[index + 1 :]]
    before, after = (follow(edge, np.array(one)) for one in (pattern, more))
    assert (after.least >= before.least - 1e-12).all()
    assert (after.e_above >= before.e_above * (1 - 1e-12)).all()
    assert (after.e_below <= before.e_below * (1 + 1e-12)).all()


def test_one_failure_is_always_made_good():
    failed = np.array([0, 1, 2, 2, 5, 6])
    attempts = np.array([8, 8, 8, 40, 100, 100])
    assert tolerable(failed, attempts, 0.05).tolist() == [True, True, False, True, True, False]
