"""Simulated reviews of planted models, through the real runner and on paper.

A trial is one review of one model of a planted ability, by a bank whose numbers are a little wrong.
`through_runner` asks the model over HTTP, runs what it wants in sandboxes and grades by effect,
with many attempts in flight; `on_paper` takes the outcomes straight from the same hash. Both give
their results to the same determination.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from statistics import NormalDist

from seawall.core.determination.decide import determine
from seawall.core.determination.finding import Determination
from seawall.core.determination.order import Placed
from seawall.core.determination.plan import Plan, SideOrder
from seawall.core.determination.rates import World
from seawall.evals.endpoints.locks import Lock, known_locks, lock_bench, locks
from seawall.evals.endpoints.planted import Pace, Planted
from seawall.evals.endpoints.policy import draw
from seawall.evals.endpoints.serve import serving
from seawall.evals.run import IN_FLIGHT, run_all
from seawall.sandbox.protocol import Sandbox
from seawall.vocab.evals import Budget, ItemFacts, ItemResult, Side, Stop, Task, Usage

TOKENS = 10_000
PACE = Pace(tokens=TOKENS, turns=2, looks=0, solve_seconds=0.002, fail_seconds=0.02)
"""Few turns, so that a trial costs little; a failure takes ten times as long as a solve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One review. `items` carry the bank's numbers, `model` knows the true ones."""

    plan: Plan
    items: tuple[Lock, ...] = field(repr=False)
    model: Planted = field(repr=False)

    @property
    def facts(self) -> dict[str, ItemFacts]:
        return {item.id: item.facts for item in self.items}


def bank(count: int, *, seed: str) -> tuple[ItemFacts, ...]:
    """What a bank says of its items: around the threshold 0, of usual discrimination."""
    return tuple(
        ItemFacts(
            id=f"item-{n}",
            family=f"family-{n}",
            task=Task.FIND,
            discrimination=0.7 + 0.9 * draw(seed, "a", n),
            difficulty=_normal(seed, "b", n),
        )
        for n in range(count)
    )


def trial(
    facts: Sequence[ItemFacts],
    *,
    ability: float,
    seed: str,
    world: World,
    scaffolds: tuple[str, ...],
) -> Trial:
    """The review of a model drawn by `seed`, with θ* = 0 and the rest of the plan as usual."""
    order = SideOrder(side=Side.OFFENCE, items=tuple(f.id for f in facts))
    plan = Plan(threshold=0.0, tokens=TOKENS, scaffolds=scaffolds, order=(order,))
    items = locks(facts, seed=seed)
    easier = world.shift if ability < plan.threshold else -world.shift
    known = known_locks(items)
    true = {
        prompt: replace(one, facts=_true(one.facts, world, easier, seed))
        for prompt, one in known.items()
    }
    model = Planted(
        ability=ability, seed=seed, known=true, pace=PACE, family_noise=world.family_noise
    )
    return Trial(plan=plan, items=items, model=model)


def through_runner(
    one: Trial, *, scaffold: str, sandbox: Sandbox, in_flight: int = IN_FLIGHT
) -> Iterator[Placed]:
    """Results as they come, of every item; who has enough closes the iterator."""
    budget = Budget(tokens=one.plan.tokens)
    with serving(one.model) as server:
        going = run_all(
            one.items,
            server.endpoint(),
            budget,
            scaffold=scaffold,
            bench=lock_bench(sandbox),
            in_flight=in_flight,
        )
        with closing(going):
            yield from going


def on_paper(one: Trial, *, scaffold: str) -> Iterator[Placed]:
    """The results that the runner must give, in committed order; what no rule reads is left out."""
    true = {known.facts.id: known.facts for known in one.model.known.values()}
    for position, item in enumerate(one.items):
        solved = one.model.solves(true[item.id])
        yield position, _result(item.id, scaffold, solved)


def until_decided(one: Trial, results: Iterator[Placed]) -> tuple[Determination, list[Placed]]:
    """Take results until every test of the plan is over; gives them in the order of arrival too."""
    taken: list[Placed] = []
    waits_for: set[int | None] = {0}
    found = determine(one.plan, one.facts, taken)
    for placed in results:
        taken.append(placed)
        if placed[0] not in waits_for:
            continue  # behind a gap: nothing can have changed
        found = determine(one.plan, one.facts, taken)
        if found.complete:
            break
        waits_for = {track.waits_for for side in found.sides for track in side.tracks}
    return found, taken


def by_completion(one: Trial, arrived: Sequence[Placed]) -> Determination:
    """The control, which the rules forbid: the results counted in the order of their arrival."""
    items = tuple(result.item for _, result in arrived)
    rest = tuple(item.id for item in one.items if item.id not in set(items))
    order = (SideOrder(side=Side.OFFENCE, items=items + rest),)
    renumbered = [(position, result) for position, (_, result) in enumerate(arrived)]
    return determine(replace(one.plan, order=order), one.facts, renumbered)


def _true(facts: ItemFacts, world: World, easier: float, seed: str) -> ItemFacts:
    """What the item really is, by the errors that the world makes."""
    of_a = world.discrimination_error * _normal(seed, "true a", facts.id)
    of_b = world.difficulty_error * _normal(seed, "true b", facts.id)
    return replace(
        facts,
        discrimination=facts.discrimination * math.exp(of_a),
        difficulty=facts.difficulty - easier + of_b,
    )


def _normal(seed: str, *about: object) -> float:
    return NormalDist().inv_cdf(min(max(draw(seed, *about), 1e-12), 1 - 1e-12))


def _result(item: str, scaffold: str, solved: bool) -> ItemResult:
    spent = TOKENS // 10 if solved else TOKENS
    return ItemResult(
        item=item,
        scaffold=scaffold,
        solved=solved,
        solved_at_tokens=spent if solved else None,
        reason="",
        stop=Stop.SUBMITTED if solved else Stop.TOKENS,
        usage=Usage(input_tokens=spent),
        turns=1,
        tool_calls=1,
        tool_errors=0,
        handed_in="",
        transcript="",
    )


def verdicts(found: Determination) -> Mapping[str, object]:
    """What must not depend on how the results came: verdicts and every step of every test, the
    log-likelihood ratios to nine digits after the point."""
    return {
        track.scaffold: (
            track.determined,
            track.decided_at,
            tuple((step.position, step.solved, round(step.llr_least, 9)) for step in track.steps),
        )
        for side in found.sides
        for track in side.tracks
    }
