"""The test of one side with one scaffold: from its results to its verdict, step by step."""

from collections.abc import Mapping

import numpy as np

from seawall.core.determination.estimate import ability, person_fit
from seawall.core.determination.finding import Step, Track
from seawall.core.determination.order import Placed, Queue, Settled, queue, within
from seawall.core.determination.plan import Plan
from seawall.core.determination.response import Bounds, bounds
from seawall.core.determination.sprt import Limits, Paths, first_end, follow, limits, tolerable
from seawall.vocab.evals import ItemFacts, Side
from seawall.vocab.reviews import Determined

_VERDICTS = {1: Determined.COVERED, 0: Determined.UNDECIDED, -1: Determined.NOT_COVERED}


def run_track(
    plan: Plan, facts: Mapping[str, ItemFacts], side: Side, scaffold: str, results: list[Placed]
) -> Track:
    """The test of `side` with `scaffold` over its results so far."""
    order = plan.items(side)
    line = queue(results, length=len(order), retries=plan.retries)
    items = [facts[item] for item in order[: len(line.ready)]]
    solved = np.array([_solved(plan, one) for one in line.ready], dtype=np.bool_)
    void = np.array([one.result is None for one in line.ready], dtype=np.bool_)
    edge = bounds(plan, items)
    paths = follow(edge, solved, void)
    test = limits(plan, side)
    verdict, used = 0, 0
    if items:
        end = first_end(paths, test)
        verdict, used = int(end.verdict), int(end.used)
    steps = tuple(
        _step(plan, facts[order[at]], line.ready[at], edge, paths, at) for at in range(used)
    )
    made_good = [one for one in line.ready[:used] if one.result is not None]
    counted, failed = len(made_good), sum(len(one.failed) for one in made_good)
    share = failed / (failed + counted) if failed + counted else 0.0
    known = [(item, step.solved) for item, step in zip(items, steps, strict=False)]
    clear = [(item, was) for item, was in known if was is not None]
    estimate = ability(plan, [item for item, _ in clear], [was for _, was in clear])
    sound = bool(tolerable(np.array(failed), np.array(failed + counted), plan.failures))
    over = verdict != 0 or line.waits_for is None
    return Track(
        side=side,
        scaffold=scaffold,
        determined=_VERDICTS[verdict] if sound else Determined.UNDECIDED,
        because=_reason(plan, verdict, line, paths, test, used)
        if sound or not verdict
        else f"{failed} of {failed + counted} attempts failed at the endpoint, more than "
        f"{plan.failures:.0%}: the error rates are not known for that",
        decided_at=used - 1 if verdict else None,
        waits_for=None if over else line.waits_for,
        upper=test.upper,
        lower=test.lower,
        steps=steps,
        unused=tuple(range(used, len(line.ready))) + line.behind,
        ability=estimate,
        person_fit=person_fit(
            plan, [item for item, _ in clear], [was for _, was in clear], at=estimate.estimate
        ),
        failed_share=share,
    )


def _solved(plan: Plan, settled: Settled) -> bool:
    return settled.result is not None and within(plan, settled.result)


def _step(
    plan: Plan, fact: ItemFacts, settled: Settled, edge: Bounds, paths: Paths, at: int
) -> Step:
    result = settled.result or settled.failed[0]
    late = result.solved and not within(plan, result)
    return Step(
        position=at,
        item=fact.id,
        family=fact.family,
        task=fact.task,
        solved=None if settled.result is None else within(plan, result),
        reason=f"{result.reason}; after the budget" if late else result.reason,
        stop=result.stop,
        solved_at_tokens=result.solved_at_tokens,
        tokens=result.usage.tokens,
        attempts=len(settled.failed) + (settled.result is not None),
        p_below=float(edge.below[at]),
        p_above=float(edge.above[at]),
        llr_least=float(paths.least[at]),
        llr_most=float(paths.most[at]),
        e_above=float(paths.e_above[at]),
        e_below=float(paths.e_below[at]),
    )


def _reason(plan: Plan, verdict: int, line: Queue, paths: Paths, test: Limits, used: int) -> str:
    if verdict:
        ratio = (paths.least if verdict > 0 else paths.most)[used - 1]
        e_value = (paths.e_above if verdict > 0 else paths.e_below)[used - 1]
        edge = test.upper if verdict > 0 else test.lower
        return (
            f"after {used} items the log-likelihood ratio is {ratio:+.2f}, past {edge:+.2f}, and "
            f"the second test agrees with an e-value of {e_value:.1f}"
        )
    if line.waits_for is not None:
        held = f"; {len(line.behind)} results wait behind it" if line.behind else ""
        return f"position {line.waits_for} has no result yet{held}"
    passed = bool(np.any(paths.least >= test.upper) or np.any(paths.most <= test.lower))
    if passed:
        return (
            f"all {used} items are used; the log-likelihood ratio passed a boundary, but never "
            f"while the second test agreed with an e-value of {test.agreement:g}"
        )
    return (
        f"all {used} items are used and the log-likelihood ratio, now {paths.least[-1]:+.2f}, "
        f"passed neither {test.upper:+.2f} nor {test.lower:+.2f}"
    )
