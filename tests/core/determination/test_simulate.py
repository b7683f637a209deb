"""How often determinations err, simulated: the stated error rates bound the rates found.

Bounds are upper ends of 95% Clopper-Pearson intervals. The default run looks at the two abilities
that the plan promises something about, 5,000 reviews each; the slow one at all abilities, worlds
and banks, 20,000 each (`benchmarks/determination.py` prints them).
"""

from dataclasses import replace

import numpy as np
import pytest

from core.determination.reviewing import FIRST, bank, by_id, plan, result
from seawall.core.determination import determine
from seawall.core.determination.rates import Characteristics, World, clopper_pearson
from seawall.core.determination.response import Bounds, bounds
from seawall.core.determination.simulate import Drawn, characteristics, done_at, draw, of_plan
from seawall.core.determination.sprt import first_end, follow, limits
from seawall.vocab.evals import ItemFacts, Side, Stop, Task
from seawall.vocab.reviews import Determined

ITEMS = bank(150)
PLAN = plan(ITEMS)
WORST = World(name="all errors of the planned size, in the direction that hurts")
WEAK_SECOND = World(name="the second scaffold brings out nothing", weaker=3.0)
QUIET = World(
    name="no noise, no errors",
    family_noise=0.0,
    difficulty_error=0.0,
    discrimination_error=0.0,
    shift=0.0,
)
FAILING = World(name="unsolved attempts fail more often", fails_unsolved=0.05)
FAILING_SOLVES = World(
    name="attempts that would solve fail more often", fails_solved=0.05, weaker=3.0
)
COMPLETION = World(name="results counted as they come in", by_completion=True)
CLEAR = (-0.6, 0.6)


def simulated(
    world: World, *, items=ITEMS, made=PLAN, abilities=CLEAR, runs=5_000
) -> Characteristics:
    return characteristics(
        made,
        items,
        side=Side.OFFENCE,
        world=world,
        abilities=abilities,
        runs=runs,
        seed=20261123,
    )


@pytest.mark.parametrize("world", [WORST, WEAK_SECOND, QUIET], ids=lambda world: world.name)
def test_false_covered_and_missed_stay_under_what_is_stated(world):
    found = simulated(world)
    assert found.false_covered() <= PLAN.alpha
    assert found.missed() <= PLAN.beta
    assert found.holds()


def test_results_counted_as_they_come_in_break_it():
    """The control: the same test, with 16 in flight, in completion order."""
    found = simulated(COMPLETION, abilities=(-0.6,), runs=1_000).rates[0]
    assert clopper_pearson(found.covered, found.runs)[0] > 0.5


def test_latency_changes_no_verdict_when_the_committed_order_is_kept():
    one, many = (
        simulated(replace(WORST, in_flight=in_flight), runs=500).rates for in_flight in (1, 16)
    )
    assert [(r.covered, r.not_covered, r.mean_items) for r in one] == [
        (r.covered, r.not_covered, r.mean_items) for r in many
    ]
    assert all(a.mean_started < b.mean_started for a, b in zip(one, many, strict=True))


def test_a_short_draw_leaves_more_undecided_and_errs_no_more():
    short = bank(25)
    found = simulated(WORST, items=short, made=plan(short))
    assert found.holds()
    assert all(rate.undecided > 0.1 * rate.runs for rate in found.rates)


def test_without_the_margin_for_a_shift_a_shifted_bank_breaks_it():
    """The simulation can fail: a plan that allows for nothing, in a world of noise and shift."""
    known = replace(
        PLAN.calibration,
        family_noise=0.0,
        difficulty_error=0.0,
        discrimination_error=0.0,
        shift=0.0,
    )
    blind = replace(PLAN, calibration=known, agreement=1.0)
    assert not simulated(replace(WORST, shift=0.4), made=blind, runs=2_000).holds()


def test_an_endpoint_that_fails_often_decides_nothing():
    broken = replace(WORST, fails_solved=0.3, fails_unsolved=0.3)
    strict, lenient = (
        simulated(broken, made=replace(PLAN, failures=share), abilities=(2.0,), runs=200).rates[0]
        for share in (0.05, 0.9)
    )
    assert strict.covered < 0.2 * 200 < 0.8 * 200 < lenient.covered


def test_a_plan_is_simulated_for_its_own_report():
    items, fixes = bank(25), bank(25, task=Task.FIX)
    made = plan(items, fixes, threshold=0.5, delta=0.8)
    facts = by_id(items, fixes)
    found = of_plan(made, facts, runs=1_000)
    assert [(one.side, one.items) for one in found] == [(Side.OFFENCE, 25)] * 2
    assert [rate.ability for rate in found[0].rates] == pytest.approx([-1.1, -0.3, 0.5, 1.3, 2.1])
    assert found == of_plan(made, facts, runs=1_000)
    assert found[0].seed != of_plan(replace(made, beta=0.02), facts, runs=1)[0].seed
    assert all(one.holds() for one in of_plan(made, facts))
    both = replace(made, decides_on=(Side.OFFENCE, Side.DEFENCE), scaffolds=(FIRST,))
    assert [one.side for one in of_plan(both, facts, runs=1)] == [Side.OFFENCE, Side.DEFENCE]


def test_the_same_seed_gives_the_same():
    assert simulated(FAILING, runs=300) == simulated(FAILING, runs=300)


def arriving(drawn: Drawn, run: int, items: list[ItemFacts]):
    """The attempts of one simulated run with the first scaffold, by position."""
    for position, item in enumerate(items):
        failed = result(item.id, stop=Stop.FAILED)
        attempts = [(position, failed)] * int(drawn.failed[run, position])
        if not drawn.void[run, position]:
            solved = bool(drawn.solved[run, position])
            attempts.append((position, result(item.id, solved=solved)))
        yield attempts


@pytest.mark.parametrize("world", [WORST, replace(FAILING, fails_solved=0.1)])
@pytest.mark.parametrize("ability", [-0.6, 0.0, 0.6])
def test_the_simulation_and_a_determination_agree_on_every_run(world, ability):
    items = bank(40)
    made = plan(items, scaffolds=(FIRST,), retries=1, failures=0.9)
    rng = np.random.default_rng(7)
    (drawn,) = draw(made, items, world, ability, 40, rng)
    ends = first_end(
        follow(bounds(made, items), drawn.solved, drawn.void), limits(made, Side.OFFENCE)
    )
    words = {1: Determined.COVERED, 0: Determined.UNDECIDED, -1: Determined.NOT_COVERED}
    for run in range(40):
        given = [one for attempts in arriving(drawn, run, items) for one in attempts]
        track = determine(made, by_id(items), given).sides[0].tracks[0]
        assert track.determined is words[int(ends.verdict[run])]
        assert len(track.steps) == ends.used[run]


def test_results_fed_as_they_complete_come_to_the_verdict_of_the_committed_order():
    """Sixteen in flight, what fails to solve last: `determine` is asked after every arrival."""
    items = bank(40)
    made = plan(items, scaffolds=(FIRST,))
    rng = np.random.default_rng(8)
    (drawn,) = draw(made, items, WORST, -0.6, 12, rng)
    times = done_at(drawn, WORST, rng)
    edge, test = bounds(made, items), limits(made, Side.OFFENCE)
    in_order = first_end(follow(edge, drawn.solved), test)
    differ = 0
    for run in range(12):
        attempts = list(arriving(drawn, run, items))
        given, arrivals = [], np.argsort(times[run])
        for position in arrivals:
            given += attempts[position]
            track = determine(made, by_id(items), given).sides[0].tracks[0]
            if track.waits_for is None:
                break
        assert len(track.steps) == in_order.used[run]
        mixed = first_end(
            follow(Bounds(edge.below[arrivals], edge.above[arrivals]), drawn.solved[run][arrivals]),
            test,
        )
        differ += int(mixed.verdict != in_order.verdict[run])
    assert differ > 0


ALL = (-2.0, -1.2, -0.6, -0.3, 0.0, 0.3, 0.6, 1.2, 2.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "world", [WORST, WEAK_SECOND, QUIET, FAILING, FAILING_SOLVES], ids=lambda world: world.name
)
def test_every_ability_in_every_world(world):
    assert simulated(world, abilities=ALL, runs=20_000).holds()


@pytest.mark.slow
@pytest.mark.parametrize("mean", [-1.5, 1.5])
@pytest.mark.parametrize("world", [WORST, QUIET, WEAK_SECOND], ids=lambda world: world.name)
def test_easy_and_hard_banks(mean, world):
    items = bank(150, mean=mean)
    assert simulated(world, items=items, made=plan(items), runs=20_000).holds()


@pytest.mark.slow
@pytest.mark.parametrize("decides_on", [(Side.OFFENCE,), (Side.OFFENCE, Side.DEFENCE)])
@pytest.mark.parametrize(("alpha", "beta"), [(0.05, 0.05), (0.01, 0.01), (0.1, 0.02)])
def test_other_error_rates(alpha, beta, decides_on):
    made = replace(PLAN, alpha=alpha, beta=beta, decides_on=decides_on)
    assert simulated(WEAK_SECOND, made=made, runs=20_000).holds()
