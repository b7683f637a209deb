"""Banks, plans and results of planted abilities for the tests of determinations."""

import math
import random
from collections.abc import Mapping, Sequence

from seawall.core.determination import Plan, SideOrder
from seawall.core.determination.order import Placed
from seawall.vocab.evals import ItemFacts, ItemResult, Side, Stop, Task, Usage

FIRST, SECOND = "small@1", "inspect@1"
NEVER, ALWAYS = -20.0, 20.0


def bank(
    count: int, *, task: Task = Task.FIND, mean: float = 0.0, seed: int = 1
) -> list[ItemFacts]:
    """Items of as many families, of usual discrimination, around the threshold 0."""
    rng = random.Random(f"{seed} {task}")
    return [
        ItemFacts(
            id=f"{task}-{number}",
            family=f"{task}-family-{number}",
            task=task,
            discrimination=rng.uniform(0.7, 1.6),
            difficulty=rng.gauss(mean, 1),
        )
        for number in range(count)
    ]


def by_id(*items: Sequence[ItemFacts]) -> dict[str, ItemFacts]:
    return {item.id: item for some in items for item in some}


def plan(*sides: Sequence[ItemFacts], **more) -> Plan:
    """A plan over the items, one sequence per side, in their order."""
    order = tuple(
        SideOrder(side=items[0].side, items=tuple(item.id for item in items)) for items in sides
    )
    wanted = {"threshold": 0.0, "tokens": 100_000, "scaffolds": (FIRST, SECOND), "order": order}
    return Plan(**(wanted | more))


def result(item: str, *, solved: bool = False, scaffold: str = FIRST, **more) -> ItemResult:
    wanted = {
        "solved_at_tokens": 10_000 if solved else None,
        "reason": "confirmed, E3" if solved else "not reproduced",
        "stop": Stop.SUBMITTED,
        "usage": Usage(input_tokens=11_000, output_tokens=1_000, micro_usd=2_000, seconds=30.0),
        "turns": 5,
        "tool_calls": 10,
        "tool_errors": 0,
        "handed_in": "ab" * 32,
        "transcript": "cd" * 32,
    }
    return ItemResult(item=item, scaffold=scaffold, solved=solved, **(wanted | more))


def results(
    made: Plan,
    facts: Mapping[str, ItemFacts],
    ability: float | Mapping[str, float],
    *,
    seed: int = 1,
    upto: int | None = None,
) -> list[Placed]:
    """Results of every item with every scaffold, of a model with this ability (by scaffold)."""
    rng = random.Random(seed)
    return [
        (
            position,
            result(item, solved=_solves(facts[item], ability, scaffold, rng), scaffold=scaffold),
        )
        for order in made.order
        for scaffold in made.scaffolds
        for position, item in enumerate(order.items[:upto])
    ]


def _solves(
    item: ItemFacts, ability: float | Mapping[str, float], scaffold: str, rng: random.Random
) -> bool:
    theta = ability[scaffold] if isinstance(ability, Mapping) else ability
    chance = 1 / (1 + math.exp(-item.discrimination * (theta - item.difficulty)))
    return rng.random() < chance


def answers(made: Plan, pattern: Sequence[bool], *, side: Side = Side.OFFENCE) -> list[Placed]:
    """Results with exactly this pattern, with every scaffold alike."""
    return [
        (position, result(item, solved=solved, scaffold=scaffold))
        for scaffold in made.scaffolds
        for position, (item, solved) in enumerate(zip(made.items(side), pattern, strict=False))
    ]
