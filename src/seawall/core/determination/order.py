"""Results take their turn in the committed order, whenever they arrive.

With many samples in flight solves end early and failures run to their budget: who counts results as
they come in counts the solves first. So nothing counts before everything at earlier positions does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seawall.core.determination.plan import Plan
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemResult, Side, Stop

Placed = tuple[int, ItemResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A position that is done: its result, or none because its endpoint failed too often."""

    position: int
    result: ItemResult | None
    failed: tuple[ItemResult, ...]
    """Attempts whose endpoint failed; they count for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The settled positions before the first gap, and what waits behind it."""

    ready: tuple[Settled, ...]
    behind: tuple[int, ...]
    waits_for: int | None
    """The first position that is not settled; None when all are."""


def queue(results: Iterable[Placed], *, length: int, retries: int) -> Queue:
    """Line up the results of one side and scaffold by position.

    A position settles with its first result that did not fail at the endpoint, or, void, with
    `retries` + 1 failed ones. Whether the item was solved plays no part in it. Two results at one
    position, both not failed, raise BadInput: one of them would have to be chosen.
    """
    at: dict[int, list[ItemResult]] = {}
    for position, result in results:
        at.setdefault(position, []).append(result)
    settled = {
        position: found
        for position, attempts in at.items()
        if (found := _settle(position, attempts, retries)) is not None
    }
    gap = next((position for position in range(length) if position not in settled), None)
    end = length if gap is None else gap
    return Queue(
        ready=tuple(settled[position] for position in range(end)),
        behind=tuple(sorted(position for position in settled if position >= end)),
        waits_for=gap,
    )


def _settle(position: int, attempts: Sequence[ItemResult], retries: int) -> Settled | None:
    failed = tuple(
        sorted((one for one in attempts if one.stop is Stop.FAILED), key=lambda one: repr(one))
    )
    counted = [one for one in attempts if one.stop is not Stop.FAILED]
    if len(counted) > 1:
        raise BadInput(
            f"{len(counted)} results that count for one attempt at {counted[0].item}",
            where=f"position {position}",
            mend="keep the first; an attempt is run again only when its endpoint failed",
        )
    if len(failed) > retries:
        return Settled(position=position, result=None, failed=failed)
    if counted:
        return Settled(position=position, result=counted[0], failed=failed)
    return None


def within(plan: Plan, result: ItemResult) -> bool:
    """Say whether the item was solved within the planned tokens; later is too late."""
    late = result.solved_at_tokens is not None and result.solved_at_tokens > plan.tokens
    return result.solved and not late


def by_track(plan: Plan, results: Iterable[Placed]) -> dict[tuple[Side, str], list[Placed]]:
    """The results of each side and scaffold of the plan. A result that has no place in the plan
    raises BadInput."""
    side_of = {item: order.side for order in plan.order for item in order.items}
    tracks: dict[tuple[Side, str], list[Placed]] = {
        (order.side, scaffold): [] for order in plan.order for scaffold in plan.scaffolds
    }
    for position, result in results:
        side = side_of.get(result.item)
        if side is None:
            raise BadInput(f"item {result.item} is not in the plan", where=f"position {position}")
        if result.scaffold not in plan.scaffolds:
            raise BadInput(
                f"scaffold {result.scaffold} is not in the plan", where=f"position {position}"
            )
        items = plan.items(side)
        if not 0 <= position < len(items) or items[position] != result.item:
            raise BadInput(
                f"item {result.item} is not at this position of the {side} order",
                where=f"position {position}",
                mend="give each result the position of its item in the plan, from 0",
            )
        tracks[side, result.scaffold].append((position, result))
    return tracks
