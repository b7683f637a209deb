"""Reviews of planted models through the real runner come out as they do on paper."""

from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest

from seawall.core.determination.decide import determine
from seawall.core.determination.rates import World, clopper_pearson
from seawall.evals.endpoints import trials
from seawall.sandbox import find_sandbox
from seawall.vocab.reviews import Determined

WORLD = World(name="family noise, errors of the bank, shift")
BANK = trials.bank(120, seed="tests")
PLAIN, REACT = "plain@1", "react@1"


def a_trial(ability: float, run: int, *scaffolds: str, items: int = 120) -> trials.Trial:
    made = trials.trial(
        BANK[:items],
        ability=ability,
        seed=f"{ability} {run}",
        world=WORLD,
        scaffolds=scaffolds or (PLAIN,),
    )
    return replace(made, plan=replace(made.plan, least=min(8, items)))


def on_paper(one: trials.Trial) -> trials.Determination:
    placed = [p for scaffold in one.plan.scaffolds for p in trials.on_paper(one, scaffold=scaffold)]
    return determine(one.plan, one.facts, placed)


def through(one: trials.Trial) -> tuple[trials.Determination, list]:
    results = trials.through_runner(one, scaffold=PLAIN, sandbox=find_sandbox())
    with closing(results):
        return trials.until_decided(one, results)


def verdict(found: trials.Determination) -> Determined:
    """Of the first test, before the gates."""
    return found.sides[0].tracks[0].determined


def check(ability: float, run: int) -> int:
    one = a_trial(ability, run)
    found, arrived = through(one)
    assert trials.verdicts(found) == trials.verdicts(on_paper(one))
    positions = [position for position, _ in arrived]
    assert {r.item: r.solved for _, r in arrived} == {
        one.items[p].id: r.solved
        for p, r in trials.on_paper(one, scaffold=PLAIN)
        if p in set(positions)
    }
    return sum(max(positions[:n], default=-1) > p for n, p in enumerate(positions))


def test_a_review_through_the_runner_is_the_one_on_paper():
    """With 16 attempts in flight and failures that take longer, results come out of order."""
    assert check(1.2, 1) > 0


def test_the_outcomes_on_paper_hold_the_error_rates():
    rates = {
        (ability, which): clopper_pearson(count[which], 40)
        for ability in (-0.6, 0.6)
        for count in [Counter(verdict(on_paper(a_trial(ability, n))) for n in range(40))]
        for which in (Determined.COVERED, Determined.NOT_COVERED)
    }
    assert rates[-0.6, Determined.COVERED][0] <= 0.05
    assert rates[0.6, Determined.NOT_COVERED][0] <= 0.01
    assert rates[-0.6, Determined.NOT_COVERED][0] > 0.7
    assert rates[0.6, Determined.COVERED][0] > 0.7


@pytest.mark.slow
def test_reviews_through_the_runner_are_those_on_paper():
    assert sum(check(ability, run) for ability in (-0.6, 0.6) for run in range(10)) > 100


@pytest.mark.slow
def test_five_thousand_reviews_on_paper_hold_the_error_rates():
    """By the upper end of the exact 95% interval, at the two ends of what is told apart."""
    for ability, wrong, most in (
        (-0.6, Determined.COVERED, 0.05),
        (0.6, Determined.NOT_COVERED, 0.01),
    ):
        count = Counter(verdict(on_paper(a_trial(ability, n))) for n in range(5_000))
        assert clopper_pearson(count[wrong], 5_000)[1] <= most, (ability, count)


@pytest.mark.slow
def test_both_scaffolds_lead_to_the_same_determination():
    one = a_trial(-1.2, 1, PLAIN, REACT, items=60)
    placed = [
        result
        for scaffold in (PLAIN, REACT)
        for result in trials.through_runner(one, scaffold=scaffold, sandbox=find_sandbox())
    ]
    found = determine(one.plan, one.facts, placed)
    assert trials.verdicts(found) == trials.verdicts(on_paper(one))
    assert found.determined is Determined.NOT_COVERED
    assert all(gate.passed for gate in found.sides[0].gates)


def test_the_control_counts_in_the_order_of_arrival():
    """Which is what makes it wrong: solves come first."""
    one = a_trial(-0.6, 3)
    placed = list(trials.on_paper(one, scaffold=PLAIN))
    solves_first = sorted(placed, key=lambda p: not p[1].solved)
    assert verdict(on_paper(one)) is not Determined.COVERED
    assert verdict(trials.by_completion(one, solves_first)) is Determined.COVERED
