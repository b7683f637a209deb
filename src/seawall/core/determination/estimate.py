"""The ability that results show, with intervals, and how well the results fit the model at all."""

from collections.abc import Sequence
from functools import lru_cache
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from seawall.core.determination.finding import Ability
from seawall.core.determination.plan import Calibration, Plan
from seawall.core.determination.response import Floats, planned
from seawall.vocab.evals import ItemFacts

_PRIOR_SD = 2.0
_REACH = 8.0
"""The grid: θ* ± 8 logits in steps of 0.05."""
_STEPS = 321
_ERROR = 0.05
_LEAST_FOR_FIT = 4


def ability(plan: Plan, facts: Sequence[ItemFacts], solved: Sequence[bool]) -> Ability:
    """Estimate θ from results in any number, all or none of them solved included.

    The confidence interval holds all θ whose likelihood is more than 1/20 of the mean likelihood
    under the prior: by Ville's inequality it misses the true θ with at most 5%, at any moment of
    stopping. An interval from the profile likelihood would not survive the stopping rule. It is
    widened by the shift that the calibration may have.
    """
    grid = _grid(plan.threshold)
    prior = _normalised(-0.5 * ((grid - plan.threshold) / _PRIOR_SD) ** 2)
    likelihood = np.zeros_like(grid)
    if len(facts):
        likelihood = log_likelihood(_over_grid(plan, facts), np.array(solved))
    posterior = _normalised(np.log(prior) + likelihood)
    mass = np.cumsum(posterior)
    low, median, high = (
        _tidy(grid[min(int(np.searchsorted(mass, q)), _STEPS - 1)]) for q in (0.025, 0.5, 0.975)
    )
    inside = grid[likelihood > _log_mean(likelihood, prior) + log(_ERROR)]
    shift = plan.calibration.shift
    return Ability(
        estimate=median,
        low=None if inside[0] == grid[0] else _tidy(inside[0] - shift),
        high=None if inside[-1] == grid[-1] else _tidy(inside[-1] + shift),
        credible_low=low,
        credible_high=high,
    )


def person_fit(
    plan: Plan, facts: Sequence[ItemFacts], solved: Sequence[bool], *, at: float
) -> float | None:
    """The standardised log-likelihood l_z of the results at ability `at` (F. Drasgow, M. V. Levine,
    E. A. Williams 1985): about standard normal for a model that tries; far below 0 when easy
    items fail and hard ones are solved. None for fewer than four results."""
    if len(facts) < _LEAST_FOR_FIT:
        return None
    p = planned(np.array([at]), facts, plan.calibration)[0]
    odds = np.log(p) - np.log1p(-p)
    variance = float(np.sum(p * (1 - p) * odds**2))
    if variance < 1e-9:
        return None
    return float(np.sum((np.array(solved) - p) * odds)) / sqrt(variance)


def log_likelihood(chances: Floats, solved: NDArray[np.bool_]) -> Floats:
    """Of each ability (rows of `chances`), given which items (columns) were solved."""
    each = np.where(solved, np.log(chances), np.log1p(-chances))
    return np.asarray(each.sum(axis=-1), dtype=np.float64)


def _over_grid(plan: Plan, facts: Sequence[ItemFacts]) -> Floats:
    columns = [_column(plan.threshold, plan.calibration, item) for item in facts]
    return np.stack(columns, axis=1)


@lru_cache(maxsize=4096)
def _column(threshold: float, calibration: Calibration, item: ItemFacts) -> Floats:
    return planned(_grid(threshold), [item], calibration)[:, 0]


def _grid(threshold: float) -> Floats:
    return threshold + np.linspace(-_REACH, _REACH, _STEPS)


def _normalised(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _log_mean(logs: Floats, weights: Floats) -> float:
    top = float(logs.max())
    return top + log(float(np.sum(weights * np.exp(logs - top))))


def _tidy(ability: float) -> float:
    return round(float(ability), 2)
