"""The chance that a model of some ability solves an item, with all that is not known of it.

P(solve) = σ(a(θ + s·z − b)): z is the model's luck with the item's family, and the bank's a and b
are estimates. All three are integrated out by Gauss-Hermite quadrature, so that each result is one
Bernoulli draw of known probability; results of different families are independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import hypot

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray

from seawall.core.determination.plan import Calibration, Plan
from seawall.vocab.evals import ItemFacts

Floats = NDArray[np.float64]

EXACT = (41, 9)
"""Quadrature nodes for the noise and for the error of log a: a rule that a verdict hangs on."""
FOR_PICTURES = (15, 5)
"""Enough for an estimate over many abilities."""
_EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that P(solve) can be at θ* − δ, and the least at θ* + δ, item by item."""

    below: Floats
    above: Floats


def chance(
    abilities: Floats,
    facts: Sequence[ItemFacts],
    *,
    noise: float,
    discrimination_error: float,
    nodes: tuple[int, int] = EXACT,
) -> Floats:
    """P(solve) for every ability (rows) and item (columns), in logits in, a chance out. `noise` is
    the standard deviation of all that adds to θ − b: luck with the family and error of b."""
    luck, luck_weight = (np.array(each) for each in _normal(nodes[0] if noise else 1))
    scale, scale_weight = _normal(nodes[1] if discrimination_error else 1)
    a = np.array([item.discrimination for item in facts])
    b = np.array([item.difficulty for item in facts])
    distance = (np.asarray(abilities, dtype=np.float64)[:, None] - b)[..., None] + noise * luck
    total = np.zeros(distance.shape[:2])
    for w, weight in zip(scale, scale_weight, strict=True):
        slope = (a * np.exp(discrimination_error * w))[:, None]
        total += weight * (sigmoid(slope * distance) @ luck_weight)
    return np.asarray(np.clip(total, _EDGE, 1 - _EDGE), dtype=np.float64)


def planned(abilities: Floats, facts: Sequence[ItemFacts], calibration: Calibration) -> Floats:
    """P(solve) with noise and errors of the planned size, for estimates."""
    return chance(
        abilities,
        facts,
        noise=hypot(calibration.family_noise, calibration.difficulty_error),
        discrimination_error=calibration.discrimination_error,
        nodes=FOR_PICTURES,
    )


def bounds(plan: Plan, facts: Sequence[ItemFacts]) -> Bounds:
    """The least favourable chances for any noise and errors from none to the planned size.

    More noise pulls every chance towards one half, so that neither all nor none of it is the worst
    for every item; each item takes the worse (P. J. Huber, A robust version of the probability
    ratio test, 1965). The chance is monotone in the noise; in the small error of log a it is so
    to first order.
    """
    known = plan.calibration
    reach = plan.delta - known.shift
    at = np.array([plan.threshold - reach, plan.threshold + reach])
    noises = {0.0, hypot(known.family_noise, known.difficulty_error)}
    corners = [
        chance(at, facts, noise=noise, discrimination_error=error)
        for noise, error in product(noises, {0.0, known.discrimination_error})
    ]
    below = np.max([corner[0] for corner in corners], axis=0)
    above = np.min([corner[1] for corner in corners], axis=0)
    return Bounds(below=below, above=above)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x) without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)


@cache
def _normal(nodes: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Nodes and weights of the standard normal distribution."""
    x, weight = hermegauss(nodes)
    weight = weight / weight.sum()
    return tuple(map(float, x)), tuple(map(float, weight))
