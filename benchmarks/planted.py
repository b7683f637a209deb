"""Reviews of planted models through the real runner, beside the same reviews on paper.

    python benchmarks/planted.py [--runs N] [--paper N] [--first N] [--workers N] [--items N]

Each run is a review of one model: its ability is planted, its luck with families and the errors of
the bank are drawn from the run's seed. Through the runner, the model is asked over HTTP, its
commands and its hand-in run in sandboxes, 16 attempts are in flight, and failures take ten times
as long as solves. On paper, the outcomes come straight from the same seed. The verdict and every
step of every test must be the same; so the rates on paper, of many more runs, are the runner's too.
Rates are shown with the upper end of their 95% Clopper-Pearson interval.
"""

import argparse
import resource
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import repeat

from seawall.core.determination.decide import determine
from seawall.core.determination.rates import World, clopper_pearson
from seawall.evals.endpoints import trials
from seawall.sandbox import find_sandbox
from seawall.vocab.reviews import Determined

SCAFFOLD = "plain@1"
ABILITIES = (-0.6, 0.6)
WORLD = World(name="family noise .7, errors of a .15 and of b .25, shift .1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One review through the runner."""

    determined: Determined
    by_completion: Determined
    same: bool
    attempts: int
    overtaken: int
    """Attempts whose result came after that of a later position."""
    cpu_seconds: float


def main() -> None:
    """Print both tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=10)
    arguments.add_argument("--paper", type=int, default=1_000)
    arguments.add_argument("--first", type=int, default=0, help="the first run's seed")
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--items", type=int, default=120)
    given = arguments.parse_args()
    print(
        f"{WORLD.name}; {given.items} items; θ* 0, δ .6, α .05, β .01; one scaffold, {SCAFFOLD}\n"
    )
    with ProcessPoolExecutor(given.workers) as pool:
        for ability in ABILITIES:
            seeds = range(given.first, given.first + given.runs)
            began = time.monotonic()
            ran = list(pool.map(through, repeat(ability), seeds, repeat(given.items)))
            show_ran(ability, ran, time.monotonic() - began)
        print()
        for ability in ABILITIES:
            seeds = range(given.first, given.first + given.paper)
            found = pool.map(paper, repeat(ability), seeds, repeat(given.items), chunksize=50)
            show("on paper", ability, found)


def through(ability: float, run: int, items: int) -> Ran:
    """One review through the runner, and on paper."""
    one = make(ability, run, items)
    before = cpu_seconds()
    results = trials.through_runner(one, scaffold=SCAFFOLD, sandbox=find_sandbox())
    with closing(results):
        found, arrived = trials.until_decided(one, results)
    spent = cpu_seconds() - before
    written = determine(one.plan, one.facts, list(trials.on_paper(one, scaffold=SCAFFOLD)))
    positions = [position for position, _ in arrived]
    return Ran(
        determined=verdict(found),
        by_completion=verdict(trials.by_completion(one, arrived)),
        same=trials.verdicts(found) == trials.verdicts(written),
        attempts=len(arrived),
        overtaken=sum(max(positions[:n], default=-1) > p for n, p in enumerate(positions)),
        cpu_seconds=spent,
    )


def paper(ability: float, run: int, items: int) -> Determined:
    """The verdict of one review on paper."""
    one = make(ability, run, items)
    return verdict(determine(one.plan, one.facts, list(trials.on_paper(one, scaffold=SCAFFOLD))))


def make(ability: float, run: int, items: int) -> trials.Trial:
    """The review number `run` of a model of this ability."""
    return trials.trial(
        trials.bank(items, seed="planted"),
        ability=ability,
        seed=f"{ability} {run}",
        world=WORLD,
        scaffolds=(SCAFFOLD,),
    )


def verdict(found: trials.Determination) -> Determined:
    """Of the one test, before the gates, which ask for a second scaffold."""
    return found.sides[0].tracks[0].determined


def cpu_seconds() -> float:
    """Of this process, the model's server included, and of its sandboxes."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def show_ran(ability: float, ran: Sequence[Ran], seconds: float) -> None:
    """What came through the runner."""
    attempts = sum(one.attempts for one in ran)
    show("runner", ability, (one.determined for one in ran))
    print(
        f"  the same as on paper in {sum(one.same for one in ran)} of {len(ran)}; "
        f"{attempts} attempts, {sum(one.overtaken for one in ran)} of them overtaken; "
        f"{sum(one.cpu_seconds for one in ran) / attempts * 1e3:.0f} ms CPU per attempt, "
        f"{seconds:.0f} s in all"
    )
    show("  control: in completion order", ability, (one.by_completion for one in ran))


def show(name: str, ability: float, verdicts: Iterable[Determined] | Iterator[Determined]) -> None:
    """A line of rates."""
    count = Counter(verdicts)
    runs = count.total()
    parts = [f"{name}, θ − θ* = {ability:+.1f}, {runs:,} runs:"]
    for which in (Determined.COVERED, Determined.NOT_COVERED):
        most = clopper_pearson(count[which], runs)[1]
        parts.append(f"{which} {count[which] / runs:.4f} (<= {most:.4f}),")
    parts.append(f"undecided {count[Determined.UNDECIDED] / runs:.4f}")
    print(*parts)


if __name__ == "__main__":
    main()
