"""The sequential probability ratio test of θ ≥ θ* + δ against θ ≤ θ* − δ (A. Wald 1945).

The likelihood ratio is a supermartingale under every θ ≤ θ* − δ, and its inverse under every
θ ≥ θ* + δ, because P(solve) grows with θ. By Ville's inequality it reaches 1/alpha with at most
alpha, and falls to beta with at most beta, at any moment, however the test is cut off. Wald's own
boundaries (1 − beta)/alpha and beta/(1 − alpha) hold only nearly.

All functions take results as rows of runs and columns of positions, so that one determination and
20,000 simulated ones go through the same code.
"""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from seawall.core.determination.eprocess import against_above, against_below
from seawall.core.determination.plan import Plan
from seawall.core.determination.response import Bounds, Floats
from seawall.vocab.evals import Side

Solved = NDArray[np.bool_]

MARGIN = 0.8
"""The boundaries are those of 0.8 alpha and 0.8 beta. What remains is for what no plan bounds:
endpoints that fail a little more often when an attempt would succeed, or would not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a test ends: boundaries of the log-likelihood ratio, and the two other conditions."""

    upper: float
    lower: float
    agreement: float
    least: int


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the tests stand after each position. A void position counts as unsolved in `least` and
    `e_above`, as solved in `most` and `e_below`: whatever made it void cannot help a verdict."""

    least: Floats
    most: Floats
    e_above: Floats
    e_below: Floats


@dataclass(frozen=True, slots=True)
class Ends:
    """How each run ended: +1 covered, −1 not covered, 0 neither; and after how many positions, all
    of them when neither."""

    verdict: NDArray[np.int8]
    used: NDArray[np.int64]


def limits(plan: Plan, side: Side) -> Limits:
    """The limits of one scaffold's test of `side`."""
    return Limits(
        upper=-log(MARGIN * plan.alpha_of(side)),
        lower=log(MARGIN * plan.beta),
        agreement=plan.agreement,
        least=plan.least,
    )


def follow(bounds: Bounds, solved: Solved, void: Solved | None = None) -> Paths:
    """Both tests along the committed order; `void` marks positions without a result."""
    low = solved if void is None else solved & ~void
    high = solved if void is None else solved | void
    least = ratios(bounds, low)
    return Paths(
        least=least,
        most=least if void is None else ratios(bounds, high),
        e_above=against_below(bounds.below, low),
        e_below=against_above(bounds.above, high),
    )


def tolerable(
    failed: NDArray[np.int64], attempts: NDArray[np.int64], ceiling: float
) -> NDArray[np.bool_]:
    """Say where so few attempts failed at the endpoint that the error rates still hold: one, or
    the share `ceiling` of all."""
    return np.asarray(failed <= np.maximum(1.0, ceiling * attempts), dtype=np.bool_)


def ratios(bounds: Bounds, solved: Solved) -> Floats:
    """The log-likelihood ratio after each position. An item whose two chances cross under the
    errors allowed for says nothing and moves nothing."""
    tells = bounds.above > bounds.below
    up = np.where(tells, np.log(bounds.above) - np.log(bounds.below), 0.0)
    down = np.where(tells, np.log1p(-bounds.above) - np.log1p(-bounds.below), 0.0)
    return np.asarray(np.cumsum(np.where(solved, up, down), axis=-1), dtype=np.float64)


def first_end(paths: Paths, limits: Limits) -> Ends:
    """The first position at which a boundary is passed and the second test agrees: its e-value
    for the verdict reaches the agreement, and that for the opposite does not."""
    for_covered = (paths.e_above >= limits.agreement) & (paths.e_below < limits.agreement)
    for_not = (paths.e_below >= limits.agreement) & (paths.e_above < limits.agreement)
    covered = (paths.least >= limits.upper) & for_covered
    not_covered = (paths.most <= limits.lower) & for_not
    ended = covered | not_covered
    ended[..., : limits.least - 1] = False
    first = np.argmax(ended, axis=-1)
    any_end = ended.any(axis=-1)
    at_first = np.take_along_axis(covered, first[..., None], axis=-1)[..., 0]
    verdict = np.where(any_end, np.where(at_first, 1, -1), 0).astype(np.int8)
    length = ended.shape[-1]
    return Ends(verdict=verdict, used=np.where(any_end, first + 1, length).astype(np.int64))
