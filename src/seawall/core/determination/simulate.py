"""Simulated reviews of models with planted abilities: what the stated error rates are proven by.

Everything runs through the same `follow` and `first_end` as a real determination; what is drawn is
only the truth: luck with families, errors of the bank, latencies, failures of the endpoint.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seawall.core.determination.plan import Plan, commitment
from seawall.core.determination.rates import Characteristics, Rate, World
from seawall.core.determination.response import Bounds, Floats, bounds, sigmoid
from seawall.core.determination.sprt import (
    Ends,
    Limits,
    Solved,
    first_end,
    follow,
    limits,
    tolerable,
)
from seawall.vocab.evals import ItemFacts, Side

_AT_ONCE = 2_000
"""Runs in memory together."""
_UNSOLVED_TIME = 1.0
"""Of the budget; a solve ends after a fifth of it on average."""
_SOLVED_TIMES = (0.02, 0.4)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Simulated attempts, runs by positions: outcome, void or not, and how many failed."""

    solved: Solved
    void: Solved
    failed: NDArray[np.int64]


def characteristics(
    plan: Plan,
    facts: Sequence[ItemFacts],
    *,
    side: Side,
    world: World,
    abilities: Sequence[float],
    runs: int,
    seed: int,
) -> Characteristics:
    """Simulate `runs` reviews of `side` for each ability, with `facts` in the plan's order."""
    return Characteristics(
        side=side,
        items=len(facts),
        threshold=plan.threshold,
        delta=plan.delta,
        alpha=plan.alpha,
        beta=plan.beta,
        world=world,
        seed=seed,
        rates=tuple(
            _rate(plan, facts, side, world, ability, runs, np.random.default_rng([seed, index]))
            for index, ability in enumerate(abilities)
        ),
    )


def of_plan(
    plan: Plan, facts: Mapping[str, ItemFacts], *, runs: int = 5_000, seed: int | None = None
) -> tuple[Characteristics, ...]:
    """Simulate the plan itself, for a report: each side that decides, noise and errors of the
    planned size in the direction that hurts, with scaffolds that are alike and with only one that
    brings anything out. Without a seed it follows from the commitment. Takes some seconds."""
    known = plan.calibration
    alike = World(
        name="scaffolds alike",
        family_noise=known.family_noise,
        difficulty_error=known.difficulty_error,
        discrimination_error=known.discrimination_error,
        shift=known.shift,
    )
    one = replace(alike, name="one scaffold brings out all", weaker=10.0)
    start = int(commitment(plan, facts)[:8], 16) if seed is None else seed
    return tuple(
        characteristics(
            plan,
            [facts[item] for item in plan.items(side)],
            side=side,
            world=world,
            abilities=[plan.threshold + times * plan.delta for times in (-2, -1, 0, 1, 2)],
            runs=runs,
            seed=start,
        )
        for side in plan.decides_on
        for world in ((alike, one) if len(plan.scaffolds) > 1 else (alike,))
    )


def _rate(
    plan: Plan,
    facts: Sequence[ItemFacts],
    side: Side,
    world: World,
    ability: float,
    runs: int,
    rng: np.random.Generator,
) -> Rate:
    edge, test = bounds(plan, facts), limits(plan, side)
    covered = not_covered = items = attempts = started = 0
    for size in _chunks(runs):
        verdicts = []
        for index, drawn in enumerate(draw(plan, facts, world, ability, size, rng)):
            times = done_at(drawn, world, rng)
            ends = _ends(plan, edge, test, drawn, times, world)
            verdicts.append(ends.verdict)
            attempts += int(ends.used.sum())
            if index == 0:
                items += int(ends.used.sum())
                started += _started(ends, times, world)
        each = np.array(verdicts)
        covered += int((each > 0).any(axis=0).sum())
        not_covered += int((each < 0).all(axis=0).sum())
    return Rate(
        ability=ability,
        runs=runs,
        covered=covered,
        not_covered=not_covered,
        mean_items=items / runs,
        mean_attempts=attempts / runs,
        mean_started=started / runs,
    )


def _chunks(runs: int) -> Iterator[int]:
    for done in range(0, runs, _AT_ONCE):
        yield min(_AT_ONCE, runs - done)


def draw(
    plan: Plan,
    facts: Sequence[ItemFacts],
    world: World,
    ability: float,
    runs: int,
    rng: np.random.Generator,
) -> Iterator[Drawn]:
    """The attempts with each scaffold of the plan. All meet the same true items, and half of the
    variance of luck is the model's, half the scaffold's."""
    shape = (runs, len(facts))
    a = np.array([item.discrimination for item in facts])
    b = np.array([item.difficulty for item in facts])
    easier = world.shift if ability < plan.threshold else -world.shift
    true_a = a * np.exp(world.discrimination_error * rng.standard_normal(shape))
    true_b = b - easier + world.difficulty_error * rng.standard_normal(shape)
    of_model = rng.standard_normal(shape)
    for index in range(len(plan.scaffolds)):
        luck = np.sqrt(0.5) * (of_model + rng.standard_normal(shape))
        theta = ability - (world.weaker if index else 0.0)
        p = sigmoid(true_a * (theta + world.family_noise * luck - true_b))
        yield _attempt(p, world, plan.retries, rng)


def _attempt(p: Floats, world: World, retries: int, rng: np.random.Generator) -> Drawn:
    """Attempts with retries: a failed one is run again afresh, the last one leaves a void."""
    solved = rng.random(p.shape) < p
    failed = np.zeros(p.shape, dtype=np.int64)
    open_ = np.ones(p.shape, dtype=np.bool_)
    if not (world.fails_solved or world.fails_unsolved):
        return Drawn(solved=solved, void=~open_, failed=failed)
    for _ in range(retries + 1):
        solved = np.where(open_, rng.random(p.shape) < p, solved)
        share = np.where(solved, world.fails_solved, world.fails_unsolved)
        open_ &= rng.random(p.shape) < share
        failed += open_
    return Drawn(solved=solved & ~open_, void=open_, failed=failed)


def done_at(drawn: Drawn, world: World, rng: np.random.Generator) -> Floats:
    """When each position is done, with `in_flight` at a time: what is not solved runs to its
    budget, solves end early."""
    shape = drawn.solved.shape
    quick = rng.uniform(*_SOLVED_TIMES, size=shape)
    takes = np.where(drawn.solved, quick, _UNSOLVED_TIME) + drawn.failed * _UNSOLVED_TIME
    free = np.zeros((shape[0], world.in_flight))
    done = np.empty(shape)
    runs = np.arange(shape[0])
    for position in range(shape[1]):
        slot = free.argmin(axis=1)
        free[runs, slot] += takes[:, position]
        done[:, position] = free[runs, slot]
    return done


def _ends(
    plan: Plan, edge: Bounds, test: Limits, drawn: Drawn, times: Floats, world: World
) -> Ends:
    """Consume every position when it and all before it are done, or, as the control, as each is
    done."""
    turn = times if world.by_completion else np.maximum.accumulate(times, axis=1)
    order = np.argsort(turn, axis=1, kind="stable")
    solved = np.take_along_axis(drawn.solved, order, axis=1)
    void = np.take_along_axis(drawn.void, order, axis=1)
    failed = np.take_along_axis(drawn.failed, order, axis=1)
    ends = first_end(follow(Bounds(edge.below[order], edge.above[order]), solved, void), test)
    last = (ends.used - 1)[:, None]
    failures = np.take_along_axis(np.cumsum(failed * ~void, axis=1), last, axis=1)[:, 0]
    counted = np.take_along_axis(np.cumsum(~void, axis=1), last, axis=1)[:, 0]
    sound = tolerable(failures, failures + counted, plan.failures)
    return Ends(verdict=np.where(sound, ends.verdict, 0).astype(np.int8), used=ends.used)


def _started(ends: Ends, times: Floats, world: World) -> int:
    """How many attempts had begun, over all runs, when the last one needed was done."""
    turn = np.maximum.accumulate(times, axis=1)
    at = np.take_along_axis(turn, (ends.used - 1)[:, None], axis=1)
    finished = (times <= at).sum(axis=1)
    return int(np.minimum(finished + world.in_flight - 1, times.shape[1]).sum())
