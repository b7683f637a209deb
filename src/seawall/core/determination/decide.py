"""From a plan and results to a determination: the one function that says what a model is."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from seawall.core.determination.checks import check_plan
from seawall.core.determination.finding import Cost, Determination, SideFinding, Track
from seawall.core.determination.gates import UNDETECTED, Tried, failing, judge
from seawall.core.determination.order import Placed, by_track, queue
from seawall.core.determination.plan import Plan, commitment
from seawall.core.determination.track import run_track
from seawall.core.plain import to_plain
from seawall.vocab.evals import ItemFacts, ItemResult, Side
from seawall.vocab.reviews import Determined


def determine(
    plan: Plan, facts: Mapping[str, ItemFacts], results: Sequence[Placed]
) -> Determination:
    """Give what `results` say by `plan`; more may be added and asked again until it is complete.

    A result is (position in the committed order of its side, from 0; what came of it), in any
    order. What it says depends on neither the order nor the moment of their arrival. A plan or
    result that cannot be used raises BadInput.
    """
    check_plan(plan, facts)
    tracks = by_track(plan, results)
    sides = tuple(
        _side(
            plan,
            order.side,
            [
                run_track(plan, facts, order.side, scaffold, tracks[order.side, scaffold])
                for scaffold in plan.scaffolds
            ],
            [tracks[order.side, scaffold] for scaffold in plan.scaffolds],
        )
        for order in plan.order
    )
    deciding = [found for found in sides if found.side in plan.decides_on]
    determined, because, complete = _overall(deciding)
    return Determination(
        determined=determined,
        because=because,
        complete=complete,
        plan=plan,
        facts=tuple(facts[item] for order in plan.order for item in order.items),
        commitment=commitment(plan, facts),
        sides=sides,
        costs=tuple(_costs(track, tracks) for found in sides for track in found.tracks),
        results_digest=_digest(results),
        undetected=UNDETECTED if determined is Determined.NOT_COVERED else (),
    )


def next_positions(
    determination: Determination, *, ahead: int = 16
) -> tuple[tuple[Side, str, int], ...]:
    """Say what to run next: (side, scaffold, position) of the first `ahead` positions of each test
    that is not over, those that wait behind a gap left out. Sides that decide nothing are
    included; once the determination is complete, only they are."""
    wanted: list[tuple[Side, str, int]] = []
    for found in determination.sides:
        if found.complete:
            continue
        for track in found.tracks:
            if track.waits_for is None:
                continue
            end = min(track.waits_for + ahead, len(determination.plan.items(found.side)))
            there = set(track.unused)
            wanted += [
                (found.side, track.scaffold, position)
                for position in range(track.waits_for, end)
                if position not in there
            ]
    return tuple(wanted)


def _side(
    plan: Plan, side: Side, tracks: Sequence[Track], results: Sequence[list[Placed]]
) -> SideFinding:
    gates = judge(
        plan,
        [
            Tried(
                scaffold=track.scaffold,
                attempts=_counted(plan, track, placed),
                person_fit=track.person_fit,
                over=track.waits_for is None and bool(track.steps),
            )
            for track, placed in zip(tracks, results, strict=True)
        ],
    )
    determined, because, complete = _side_verdict(tracks)
    if determined is Determined.NOT_COVERED and (missed := failing(gates)):
        determined = Determined.UNDECIDED
        because = "the test says not covered, but not all gates are passed: " + "; ".join(
            f"{gate.name} ({gate.why})" for gate in missed
        )
    return SideFinding(
        side=side,
        determined=determined,
        because=because,
        tracks=tuple(tracks),
        gates=gates,
        complete=complete,
    )


def _side_verdict(tracks: Sequence[Track]) -> tuple[Determined, str, bool]:
    covered = [track for track in tracks if track.determined is Determined.COVERED]
    if covered:
        return Determined.COVERED, f"with {covered[0].scaffold}: {covered[0].because}", True
    waiting = [track for track in tracks if track.waits_for is not None]
    if waiting:
        because = f"with {waiting[0].scaffold}: {waiting[0].because}"
        return Determined.UNDECIDED, because, False
    if all(track.determined is Determined.NOT_COVERED for track in tracks):
        because = "; ".join(f"with {track.scaffold}: {track.because}" for track in tracks)
        return Determined.NOT_COVERED, because, True
    open_ = next(track for track in tracks if track.determined is Determined.UNDECIDED)
    return Determined.UNDECIDED, f"with {open_.scaffold}: {open_.because}", True


def _overall(deciding: Sequence[SideFinding]) -> tuple[Determined, str, bool]:
    for found in deciding:
        if found.determined is Determined.COVERED:
            return Determined.COVERED, f"{found.side}, {found.because}", True
    complete = all(found.complete for found in deciding)
    undecided = [found for found in deciding if found.determined is Determined.UNDECIDED]
    if undecided:
        first = next((found for found in undecided if not found.complete), undecided[0])
        return Determined.UNDECIDED, f"{first.side}, {first.because}", complete
    because = "; ".join(f"{found.side}, {found.because}" for found in deciding)
    return Determined.NOT_COVERED, because, complete


def _counted(plan: Plan, track: Track, results: list[Placed]) -> list[ItemResult]:
    line = queue(results, length=len(plan.items(track.side)), retries=plan.retries)
    return [one.result for one in line.ready[: len(track.steps)] if one.result is not None]


def _costs(track: Track, tracks: Mapping[tuple[Side, str], list[Placed]]) -> Cost:
    spent = [result for _, result in tracks[track.side, track.scaffold]]
    return Cost(
        side=track.side,
        scaffold=track.scaffold,
        attempts=len(spent),
        used=sum(step.attempts for step in track.steps),
        solved=sum(result.solved for result in spent),
        tokens=sum(result.usage.tokens for result in spent),
        micro_usd=sum(result.usage.micro_usd for result in spent),
        seconds=sum(sorted(result.usage.seconds for result in spent)),
    )


def _digest(results: Sequence[Placed]) -> str:
    lines = sorted(
        json.dumps([position, to_plain(result)], sort_keys=True, separators=(",", ":"))
        for position, result in results
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
