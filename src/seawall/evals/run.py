"""Run items against an endpoint: one, or a batch with many attempts in flight.

Results come as attempts end; whoever decides by them must take them in the order of their
positions (core/determination does), never in this one.
"""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seawall.evals import plain, react
from seawall.evals.bench import AnItem, Bench
from seawall.evals.cancel import Cancel, Cancelled, StoppableSandbox
from seawall.evals.endpoint import Endpoint
from seawall.evals.inflight import Batch, Driver, RunnerFailed, left_over, results
from seawall.evals.scratch import clear_leftovers
from seawall.evals.wire import EndpointFailed, Wire
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Budget, ItemResult

__all__ = [
    "SCAFFOLDS",
    "Cancel",
    "Cancelled",
    "EndpointFailed",
    "Progress",
    "RunnerFailed",
    "run",
    "run_all",
]

IN_FLIGHT = 16
_DRIVERS: Mapping[str, Driver[Any]] = {react.NAME: react.drive, plain.NAME: plain.drive}
SCAFFOLDS = tuple(_DRIVERS)
"""The agent loops, as `name@version`; the first is Inspect AI's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a batch is."""

    position: int
    """Of the attempt that just ended."""
    result: ItemResult
    done: int
    """Attempts with a result, those of before included."""
    of: int
    tokens: int
    """Spent by the attempts of this call."""


def run(
    item: AnItem,
    endpoint: Endpoint,
    budget: Budget,
    *,
    scaffold: str,
    bench: Bench[AnItem],
    cancel: Cancel | None = None,
) -> ItemResult:
    """One attempt at one item. Raises as `run_all`."""
    batch = run_all(
        [item], endpoint, budget, scaffold=scaffold, bench=bench, in_flight=1, cancel=cancel
    )
    [(_, result)] = batch
    return result


def run_all(
    items: Sequence[AnItem],
    endpoint: Endpoint,
    budget: Budget,
    *,
    scaffold: str,
    bench: Bench[AnItem],
    in_flight: int = IN_FLIGHT,
    done: Collection[int] = (),
    cancel: Cancel | None = None,
    progress: Callable[[Progress], None] | None = None,
    keep: Callable[[int, bytes], None] | None = None,
) -> Generator[tuple[int, ItemResult], None, None]:
    """Yield (position in `items`, result) as attempts end; they begin in the order of `items`.

    Positions in `done` are skipped: pass those whose results are already kept, and a batch that
    was cut off goes on. `keep` gets each transcript (canonical JSON) before its result is given.
    Closing the generator, or throwing `cancel`, ends everything that is under way; the sandboxes
    are gone when it returns. Both callbacks run in the thread that iterates.

    Raises BadInput for an unknown scaffold, EndpointFailed for an address that may not be called,
    Cancelled, RunnerFailed. An endpoint that fails later is a result (Stop.FAILED).
    """
    drive = _DRIVERS.get(scaffold)
    if drive is None:
        raise BadInput(f"no scaffold is called {scaffold}", mend=f"take {' or '.join(SCAFFOLDS)}")
    if in_flight < 1:
        raise ValueError("at least one attempt is in flight")
    inner = Cancel()
    if cancel is not None:
        cancel.then(inner.throw)
    wire = Wire.to(endpoint, inner)
    clear_leftovers()
    batch = Batch(
        items=items,
        positions=left_over(len(items), done),
        bench=bench,
        sandbox=StoppableSandbox(bench.sandbox, inner),
        wire=wire,
        budget=budget,
        scaffold=scaffold,
        cancel=inner,
        in_flight=in_flight,
    )
    return _told(batch, drive, progress=progress, keep=keep)


def _told(
    batch: Batch[AnItem],
    drive: Driver[AnItem],
    *,
    progress: Callable[[Progress], None] | None,
    keep: Callable[[int, bytes], None] | None,
) -> Generator[tuple[int, ItemResult], None, None]:
    done, tokens = len(batch.items) - len(batch.positions), 0
    ends = results(batch, drive)
    try:
        for ended in ends:
            done, tokens = done + 1, tokens + ended.result.usage.tokens
            if keep is not None:
                keep(ended.position, ended.transcript)
            if progress is not None:
                progress(
                    Progress(
                        position=ended.position,
                        result=ended.result,
                        done=done,
                        of=len(batch.items),
                        tokens=tokens,
                    )
                )
            yield ended.position, ended.result
    finally:
        ends.close()
        batch.sandbox.close()
