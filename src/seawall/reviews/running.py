"""Running an evaluation: the items that count next, until the tests are over.

Results are kept one by one as attempts end, so that a run that was cut off goes on where it was.
Which result counts is for the committed order to say, never for the moment of its arrival.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from seawall.core.determination import Plan, next_positions
from seawall.evals.bench import Bench
from seawall.evals.cancel import Cancel
from seawall.evals.endpoint import Endpoint
from seawall.evals.item import Item
from seawall.evals.run import IN_FLIGHT, run_all
from seawall.reviews import evaluations
from seawall.reviews.evaluations import EvaluationRefused
from seawall.reviews.models import Evaluation
from seawall.vocab.actors import Actor
from seawall.vocab.evals import Budget, ItemResult, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One attempt ended, and how far the evaluation is."""

    side: Side
    scaffold: str
    position: int
    result: ItemResult
    kept: int
    """Results kept so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What an evaluation is run with. `clock` gives the moment at which a result is kept."""

    items: Mapping[str, Item]
    endpoint: Endpoint
    bench: Bench[Item]
    clock: Callable[[], datetime]
    in_flight: int = IN_FLIGHT
    progress: Callable[[Told], None] | None = None
    cancel: Cancel | None = None


def run_evaluation(row: Evaluation, runner: Runner, *, by: Actor) -> int:
    """Run what is still to be run; gives the number of attempts that were made.

    Raises EvaluationRefused when the bank lacks an item of the plan, and what `evals.run.run_all`
    raises; results kept until then stay. Ends by itself: every attempt is bounded by the plan.
    """
    plan, facts = evaluations.plan_of(row)
    absent = sorted(item for item in facts if item not in runner.items)
    if absent:
        raise EvaluationRefused(f"This bank has no item {absent[0]}.")
    made = 0
    while wanted := next_positions(evaluations.statistics_of(row), ahead=runner.in_flight):
        side, scaffold, _ = wanted[0]
        made += _run_track(row, runner, plan, side, scaffold, by=by)
    return made


def _run_track(
    row: Evaluation, runner: Runner, plan: Plan, side: Side, scaffold: str, *, by: Actor
) -> int:
    """Run the items of one side with one scaffold until that test is over; attempts whose
    endpoint failed are made again by the next call."""
    order = plan.items(side)
    kept = [
        (position, result)
        for position, result in evaluations.results_of(row)
        if result.scaffold == scaffold and order[position : position + 1] == (result.item,)
    ]
    done = {position for position, result in kept if result.stop.value != "endpoint failed"}
    settled = {p for p, _ in kept if sum(q == p for q, _ in kept) > plan.retries}
    transcripts: dict[int, bytes] = {}
    batch = run_all(
        [runner.items[item] for item in order],
        runner.endpoint,
        budget_of(plan),
        scaffold=scaffold,
        bench=runner.bench,
        in_flight=runner.in_flight,
        done=done | settled,
        cancel=runner.cancel,
        keep=transcripts.__setitem__,
    )
    made = 0
    with closing(batch):
        for position, result in batch:
            evaluations.record_result(
                row,
                side=side,
                position=position,
                result=result,
                transcript=_messages(transcripts.pop(position, b"")),
                by=by,
                now=runner.clock(),
            )
            made += 1
            if runner.progress:
                count = row.runs.count()
                runner.progress(
                    Told(side=side, scaffold=scaffold, position=position, result=result, kept=count)
                )
            ahead = next_positions(evaluations.statistics_of(row), ahead=len(order))
            if not any(each[:2] == (side, scaffold) for each in ahead):
                break
    return made


def budget_of(plan: Plan) -> Budget:
    """What one attempt may take by the plan."""
    return Budget(tokens=plan.tokens, messages=plan.messages, time=timedelta(seconds=plan.seconds))


def _messages(transcript: bytes) -> list[Any]:
    if not transcript:
        return []
    read = json.loads(transcript)
    return read if isinstance(read, list) else [read]
