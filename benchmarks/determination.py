"""Determinations: how often they err, and how many items they need beside a fixed-size test.

    python benchmarks/determination.py [--runs N] [--seed N] [--items N]

Everything is simulated with planted abilities through the rules of a real determination, 16 samples
in flight, solves early and failures at the end of their budget. Rates are shown with the upper end
of their 95% Clopper-Pearson interval. The peer is the most powerful test of fixed size with the
same scores and error rates: its size is the least at which it holds both, in the same world.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np

from seawall.core.determination import Calibration, Plan, SideOrder
from seawall.core.determination.rates import Characteristics, World, clopper_pearson
from seawall.core.determination.response import Bounds, bounds, sigmoid
from seawall.core.determination.simulate import characteristics, draw
from seawall.core.determination.sprt import (
    Limits,
    Paths,
    Solved,
    first_end,
    follow,
    limits,
    ratios,
)
from seawall.vocab.evals import ItemFacts, Side, Task

ABILITIES = (-2.0, -1.2, -0.6, -0.3, 0.0, 0.3, 0.6, 1.2, 2.0)
WORST = World(name="family noise .7, errors of a .15 and of b .25, shift .1")
WORLDS = (
    WORST,
    replace(WORST, name="the same, the second scaffold brings out nothing", weaker=3.0),
    World(
        name="no noise, no errors",
        family_noise=0.0,
        difficulty_error=0.0,
        discrimination_error=0.0,
        shift=0.0,
    ),
    replace(WORST, name="the first, 5% of unsolved attempts fail", fails_unsolved=0.05),
    replace(
        WORST,
        name="the second, 5% of solving attempts fail",
        fails_solved=0.05,
        weaker=3.0,
    ),
)
CONTROL = replace(WORST, name="control: the first, counted in completion order", by_completion=True)


def main() -> None:
    """Print every table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=20261123)
    arguments.add_argument("--items", type=int, default=150)
    given = arguments.parse_args()
    items = bank(given.items, given.seed)
    plan = Plan(
        threshold=0.0,
        tokens=100_000,
        scaffolds=("one@1", "two@1"),
        order=(SideOrder(side=Side.OFFENCE, items=tuple(item.id for item in items)),),
    )
    print(
        f"δ {plan.delta}, α {plan.alpha}, β {plan.beta}, two scaffolds, {len(items)} items, "
        f"{given.runs:,} reviews per ability, seed {given.seed}\n"
    )
    began = time.process_time()
    for world in (*WORLDS, CONTROL):
        show(run(plan, items, world, ABILITIES, given.runs, given.seed))
    for count in (25, 50):
        world = replace(WORST, name=f"the first, a draw of {count} items")
        show(run(plan, items[:count], world, ABILITIES, given.runs, given.seed))
    spent = time.process_time() - began
    reviews = given.runs * len(ABILITIES) * 8
    print(f"CPU time per 5,000 reviews: {spent / reviews * 5_000:.2f} s\n")
    beside_fixed_size(plan, items, given.runs, given.seed)
    flat = [
        replace(item, discrimination=item.discrimination / 2.6)
        for item in bank(2 * given.items, given.seed)
    ]
    for words, some in (("the items above", items), ("twice as many flat items", flat)):
        print(f"{words}: ", end="")
        beside_closed_form(plan, some, given.runs, given.seed)


def bank(count: int, seed: int) -> list[ItemFacts]:
    """Items around the threshold, of usual discrimination."""
    rng = np.random.default_rng(seed)
    return [
        ItemFacts(
            id=f"item-{number}",
            family=f"family-{number}",
            task=Task.FIND,
            discrimination=float(rng.uniform(0.7, 1.6)),
            difficulty=float(rng.normal()),
        )
        for number in range(count)
    ]


def run(
    plan: Plan,
    items: Sequence[ItemFacts],
    world: World,
    abilities: Sequence[float],
    runs: int,
    seed: int,
) -> Characteristics:
    """Simulate offence."""
    return characteristics(
        plan, items, side=Side.OFFENCE, world=world, abilities=abilities, runs=runs, seed=seed
    )


def show(found: Characteristics) -> None:
    """One world: a line per ability."""
    holds = "holds" if found.holds() else "DOES NOT HOLD"
    print(
        f"{found.world.name}: {holds} (falsely covered <= {found.false_covered():.4f}, missed <= "
        f"{found.missed():.4f})"
    )
    print(f"  {'θ − θ*':>6} {'covered':>16} {'not covered':>16} {'undecided':>9} {'items':>6}")
    for rate in found.rates:
        covered = f"{rate.covered / rate.runs:.4f} <= {rate.covered_at_most():.4f}"
        missed = f"{rate.not_covered / rate.runs:.4f} <= {rate.not_covered_at_most():.4f}"
        print(
            f"  {rate.ability:6.1f} {covered:>16} {missed:>16} {rate.undecided / rate.runs:9.4f} "
            f"{rate.mean_items:6.1f}"
        )
    print()


def beside_fixed_size(plan: Plan, items: Sequence[ItemFacts], runs: int, seed: int) -> None:
    """Mean items of one scaffold's test over the size of the fixed test that errs as rarely."""
    alone = replace(plan, scaffolds=plan.scaffolds[:1])
    size = fixed_size(alone, items, runs, seed)
    if size is None:
        print("no test of fixed size with these items holds both error rates\n")
        return
    found = run(alone, items, WORST, ABILITIES, runs, seed)
    print(f"one scaffold beside the best test of fixed size, {size} items, in the first world")
    print(f"  {'θ − θ*':>6} {'items':>6} {'ratio':>6}")
    for rate in found.rates:
        print(f"  {rate.ability:6.1f} {rate.mean_items:6.1f} {rate.mean_items / size:6.2f}")
    print()


def fixed_size(plan: Plan, items: Sequence[ItemFacts], runs: int, seed: int) -> int | None:
    """The least number of items at which a cut of the likelihood ratio holds alpha and beta."""
    edge, rng = bounds(plan, items), np.random.default_rng(seed)
    paths = []
    for ability in (plan.threshold - plan.delta, plan.threshold + plan.delta):
        (drawn,) = draw(plan, items, WORST, ability, min(runs, 10_000), rng)
        paths.append(ratios(edge, drawn.solved))
    cut = np.quantile(paths[0], 1 - plan.alpha, axis=0)
    enough = np.flatnonzero((paths[1] <= cut).mean(axis=0) <= plan.beta)
    return int(enough[0]) + 1 if enough.size else None


def beside_closed_form(plan: Plan, items: Sequence[ItemFacts], runs: int, seed: int) -> None:
    """The same test with the closed form for family noise and Wald's boundaries: what it errs."""
    noise = Calibration(difficulty_error=0.0, discrimination_error=0.0, shift=0.0)
    alone = replace(plan, scaffolds=plan.scaffolds[:1], calibration=noise, agreement=1.0)
    world = World(
        name="family noise .7 alone", difficulty_error=0.0, discrimination_error=0.0, shift=0.0
    )
    a = np.array([item.discrimination for item in items])
    b = np.array([item.difficulty for item in items])
    k = 1 / np.sqrt(1 + 0.346 * a**2 * noise.family_noise**2)
    closed = Bounds(
        below=sigmoid(k * a * (plan.threshold - plan.delta - b)),
        above=sigmoid(k * a * (plan.threshold + plan.delta - b)),
    )
    wald = Limits(
        upper=log((1 - plan.beta) / plan.alpha),
        lower=log(plan.beta / (1 - plan.alpha)),
        agreement=1e-9,
        least=1,
    )
    open_ = replace(limits(alone, Side.OFFENCE), agreement=1e-9, least=1)
    print("family noise .7 alone, one scaffold, no second test: what the boundaries do")
    for words, edge, test in (
        ("closed form, Wald's boundaries", closed, wald),
        ("integrated, Wald's boundaries", bounds(alone, items), wald),
        ("integrated, boundaries of Ville with margin", bounds(alone, items), open_),
    ):
        rates = []
        for sign in (-1, 1):
            rng = np.random.default_rng(seed)
            (drawn,) = draw(alone, items, world, sign * plan.delta, runs, rng)
            end = first_end(ungated(edge, drawn.solved), test)
            wrong = int((end.verdict == -sign).sum())
            rates.append((wrong, float(end.used.mean())))
        (covered, low), (missed, high) = rates
        print(
            f"  {words:44} falsely covered {covered / runs:.4f} <= "
            f"{clopper_pearson(covered, runs)[1]:.4f}, missed {missed / runs:.4f} <= "
            f"{clopper_pearson(missed, runs)[1]:.4f}, items {low:.1f} and {high:.1f}"
        )


def ungated(edge: Bounds, solved: Solved) -> Paths:
    """Both paths, with a second test that always agrees."""
    path = follow(edge, solved)
    covers = path.least > 0
    return replace(path, e_above=np.where(covers, 1.0, 0.0), e_below=np.where(covers, 0.0, 1.0))


if __name__ == "__main__":
    main()
