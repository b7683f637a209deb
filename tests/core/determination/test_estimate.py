"""The ability that results show, and whether they fit the model at all."""

import numpy as np
import pytest

from core.determination.reviewing import bank, plan
from seawall.core.determination.estimate import ability, person_fit
from seawall.core.determination.rates import clopper_pearson
from seawall.core.determination.response import chance, sigmoid

ITEMS = bank(60)
PLAN = plan(ITEMS)


def drawn(theta: float, count: int, rng: np.random.Generator) -> list[bool]:
    a = np.array([item.discrimination for item in ITEMS[:count]])
    b = np.array([item.difficulty for item in ITEMS[:count]])
    luck = np.hypot(0.7, 0.25) * rng.standard_normal(count)
    return [bool(one) for one in rng.random(count) < sigmoid(a * (theta + luck - b))]


@pytest.mark.parametrize("count", [1, 8, 60])
def test_all_solved_has_no_upper_limit_and_none_solved_no_lower(count):
    items = ITEMS[:count]
    best, worst = ability(PLAN, items, [True] * count), ability(PLAN, items, [False] * count)
    assert best.high is None
    assert worst.low is None
    assert -8 < worst.credible_low < worst.estimate < 0 < best.estimate < best.credible_high < 8


def test_nothing_consumed_says_nothing():
    empty = ability(PLAN, [], [])
    assert (empty.estimate, empty.low, empty.high) == (0.0, None, None)


def test_the_estimate_finds_the_planted_ability():
    rng = np.random.default_rng(1)
    found = [ability(PLAN, ITEMS, drawn(1.0, 60, rng)).estimate for _ in range(30)]
    assert np.mean(found) == pytest.approx(1.0, abs=0.25)


def test_more_solved_is_never_less_able():
    estimates = [
        ability(PLAN, ITEMS, [True] * solved + [False] * (60 - solved)).estimate
        for solved in range(0, 61, 5)
    ]
    assert estimates == sorted(estimates)


def test_the_interval_holds_at_whatever_moment_one_stops():
    """Stop where the interval looks worst for the truth, out of a look after every fourth item."""
    rng, runs, missed = np.random.default_rng(2), 300, 0
    for _ in range(runs):
        answers = drawn(0.5, 60, rng)
        looks = (ability(PLAN, ITEMS[:n], answers[:n]) for n in range(4, 61, 4))
        missed += any(
            (look.low is not None and look.low > 0.5) or (look.high is not None and look.high < 0.5)
            for look in looks
        )
    assert clopper_pearson(missed, runs)[1] < 0.06


def test_answers_that_follow_difficulty_fit():
    rng = np.random.default_rng(3)
    fits = [person_fit(PLAN, ITEMS, drawn(0.5, 60, rng), at=0.5) for _ in range(300)]
    assert np.mean(fits) == pytest.approx(0, abs=0.2)
    assert np.mean([fit < -2.33 for fit in fits]) < 0.04


def test_throwing_easy_items_shows():
    easy_first = sorted(range(60), key=lambda at: ITEMS[at].difficulty)
    thrown = set(easy_first[:30])
    fit = person_fit(PLAN, ITEMS, [at not in thrown for at in range(60)], at=0.0)
    assert fit is not None and fit < -5


def test_refusing_hard_items_and_playing_a_weaker_model_do_not_show():
    """Why every "not covered" says that they cannot be detected."""
    p = chance(np.array([-1.5]), ITEMS, noise=0.74, discrimination_error=0.15)[0]
    weaker = np.random.default_rng(4).random(60) < p
    for answers in ([item.difficulty < 0 for item in ITEMS], list(map(bool, weaker))):
        at = ability(PLAN, ITEMS, answers).estimate
        fit = person_fit(PLAN, ITEMS, answers, at=at)
        assert fit is not None and fit > -2.33


def test_a_few_answers_cannot_be_judged():
    assert person_fit(PLAN, ITEMS[:3], [True, False, True], at=0.0) is None
