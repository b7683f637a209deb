"""A second test that shares only the null chances with the first: wealth from fair bets.

Against θ ≤ θ* − δ a gambler who owns 1 bets on "solved" at every position, at odds that are fair
or worse under that hypothesis: wealth is multiplied by 1 + λ(x − p). Wealth of 1/α has a chance of
at most α at any moment (Ville). The mean over fixed λ is such a wealth too (I. Waudby-Smith,
A. Ramdas, Estimating means of bounded random variables by betting, 2024). It knows nothing of the
alternative, and of discriminations and difficulties nothing except p, so evidence that rests on how
the first test weighs few items does not pass it. Fixed λ, not adaptive ones, keep it monotone in
every result.
"""

import numpy as np
from numpy.typing import NDArray

from seawall.core.determination.response import Floats

STAKES = (0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
"""λ: below 1, so that no single result can ruin the gambler."""


def against_below(chances: Floats, solved: NDArray[np.bool_]) -> Floats:
    """E-values against θ ≤ θ* − δ after each position, `chances` being the most of P(solve)."""
    return _wealth(solved - chances)


def against_above(chances: Floats, solved: NDArray[np.bool_]) -> Floats:
    """E-values against θ ≥ θ* + δ after each position, `chances` being the least of P(solve)."""
    return _wealth(chances - solved)


def _wealth(gains: Floats) -> Floats:
    total = np.zeros_like(gains)
    for stake in STAKES:
        total += np.exp(np.cumsum(np.log1p(stake * gains), axis=-1))
    return total / len(STAKES)
