"""Confidence intervals of rates."""

from math import comb

import pytest

from seawall.core.determination.rates import Characteristics, Rate, World, clopper_pearson
from seawall.vocab.evals import Side


def test_nothing_in_all_runs_leaves_the_rule_of_three():
    low, high = clopper_pearson(0, 100)
    assert low == 0
    assert high == pytest.approx(1 - 0.025 ** (1 / 100), abs=1e-9)


@pytest.mark.parametrize(("hits", "runs"), [(1, 20), (7, 20), (19, 20), (3, 50)])
def test_the_ends_are_where_the_tails_are_two_and_a_half_percent(hits, runs):
    low, high = clopper_pearson(hits, runs)

    def at_most(k: int, rate: float) -> float:
        return sum(comb(runs, i) * rate**i * (1 - rate) ** (runs - i) for i in range(k + 1))

    assert at_most(hits, high) == pytest.approx(0.025, abs=1e-6)
    assert 1 - at_most(hits - 1, low) == pytest.approx(0.025, abs=1e-6)


def test_every_run_leaves_no_room_above():
    assert clopper_pearson(20, 20)[1] == 1


def made(*rates: tuple[float, int, int]) -> Characteristics:
    return Characteristics(
        side=Side.OFFENCE,
        items=100,
        threshold=1.0,
        delta=0.5,
        alpha=0.05,
        beta=0.01,
        world=World(name="any"),
        seed=1,
        rates=tuple(
            Rate(
                ability=ability,
                runs=5000,
                covered=covered,
                not_covered=not_covered,
                mean_items=10.0,
                mean_attempts=20.0,
                mean_started=25.0,
            )
            for ability, covered, not_covered in rates
        ),
    )


def test_only_abilities_that_are_clear_count():
    between = made((0.6, 5000, 0), (1.0, 2500, 2500), (1.4, 0, 5000))
    assert (between.false_covered(), between.missed()) == (0.0, 0.0)
    clear = made((0.5, 150, 4850), (0.0, 0, 5000), (1.5, 4970, 30))
    assert clear.false_covered() == clopper_pearson(150, 5000)[1]
    assert clear.missed() == clopper_pearson(30, 5000)[1]
    assert clear.holds()
    assert clear.rates[0].undecided == 0


@pytest.mark.parametrize("rates", [(0.5, 240, 0), (1.5, 0, 45)])
def test_a_rate_whose_interval_reaches_beyond_what_is_stated_does_not_hold(rates):
    assert not made(rates).holds()
