"""How often a test errs, counted over simulated reviews, with confidence bounds."""

from dataclasses import dataclass

import numpy as np

from seawall.vocab.evals import Side

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the simulated truth is like; the plan does not know it."""

    name: str
    family_noise: float = 0.7
    difficulty_error: float = 0.25
    discrimination_error: float = 0.15
    shift: float = 0.1
    """All items are this much easier than the bank says for abilities below θ*, and harder from θ*
    on: the direction that hurts."""
    weaker: float = 0.0
    """By how much every scaffold but the first brings out less."""
    fails_unsolved: float = 0.0
    """Share of attempts, of those that would not solve the item, that fail at the endpoint."""
    fails_solved: float = 0.0
    in_flight: int = 16
    by_completion: bool = False
    """The control: results counted as they come in, which the rules forbid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How simulated reviews of one ability ended, on one side with all scaffolds."""

    ability: float
    runs: int
    covered: int
    not_covered: int
    mean_items: float
    """Positions consumed with the first scaffold: the length of one test."""
    mean_attempts: float
    """Positions consumed with all scaffolds together."""
    mean_started: float
    """Attempts that one scaffold had begun when its test ended: what was in flight is spent too."""

    @property
    def undecided(self) -> int:
        return self.runs - self.covered - self.not_covered

    def covered_at_most(self) -> float:
        """Upper end of the 95% confidence interval of the rate of "covered"."""
        return clopper_pearson(self.covered, self.runs)[1]

    def not_covered_at_most(self) -> float:
        """Upper end of the 95% confidence interval of the rate of "not covered"."""
        return clopper_pearson(self.not_covered, self.runs)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristics:
    """The operating characteristics of one plan in one world; the same seed gives the same."""

    side: Side
    items: int
    threshold: float
    delta: float
    alpha: float
    beta: float
    world: World
    seed: int
    rates: tuple[Rate, ...]

    def false_covered(self) -> float:
        """The largest upper bound of "covered" at θ ≤ θ* − δ; 0 when nothing was simulated."""
        low = [r for r in self.rates if r.ability <= self.threshold - self.delta + 1e-9]
        return max((rate.covered_at_most() for rate in low), default=0.0)

    def missed(self) -> float:
        """The largest upper bound of "not covered" at θ ≥ θ* + δ; 0 when nothing was simulated."""
        high = [r for r in self.rates if r.ability >= self.threshold + self.delta - 1e-9]
        return max((rate.not_covered_at_most() for rate in high), default=0.0)

    def holds(self) -> bool:
        """Say whether both bounds are within what the plan states."""
        return self.false_covered() <= self.alpha and self.missed() <= self.beta


def clopper_pearson(hits: int, runs: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact two-sided confidence interval of a rate (C. J. Clopper, E. S. Pearson 1934)."""
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else 1 - _upper(runs - hits, runs, tail)
    high = 1.0 if hits == runs else _upper(hits, runs, tail)
    return low, high


def _upper(hits: int, runs: int, tail: float) -> float:
    """The rate at which `hits` or fewer of `runs` have the chance `tail`, by bisection."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, runs + 1)))])
    k = np.arange(hits + 1)
    ways = logs[runs] - logs[k] - logs[runs - k]
    low, high = hits / runs, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        chance = float(np.exp(ways + k * np.log(rate) + (runs - k) * np.log1p(-rate)).sum())
        low, high = (rate, high) if chance > tail else (low, rate)
    return high
