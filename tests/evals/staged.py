"""A small bank of locks, models that play scripts, and batches against them."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from seawall.evals.endpoints.locks import Lock, lock_bench, locks
from seawall.evals.endpoints.planted import write_files
from seawall.evals.endpoints.policy import Conversation, Policy, Reply, Script
from seawall.evals.endpoints.serve import Serving, serving
from seawall.evals.run import run_all
from seawall.sandbox import find_sandbox
from seawall.vocab.evals import Budget, ItemFacts, ItemResult, Task

BUDGET = Budget(tokens=10_000, messages=8, time=timedelta(minutes=10))


def facts(count: int, *, tasks: tuple[Task, ...] = (Task.FIND,)) -> tuple[ItemFacts, ...]:
    return tuple(
        ItemFacts(
            id=f"item-{n}",
            family=f"family-{n}",
            task=tasks[n % len(tasks)],
            discrimination=1.2,
            difficulty=(n % 7 - 3) / 2,
        )
        for n in range(count)
    )


def some_locks(count: int) -> tuple[Lock, ...]:
    return locks(facts(count), seed="tests")


def spends(tokens: int, **what: Any) -> Reply:
    """A turn that costs `tokens`."""
    return Reply(input_tokens=tokens - 1, output_tokens=1, **what)


def hands_in(item: Lock, tokens: int = 100, **what: Any) -> Reply:
    return spends(tokens, commands=write_files({"key": item.key}), **what)


@dataclass(frozen=True, slots=True)
class ByItem:
    """Plays another script for each item, found by its prompt."""

    scripts: Mapping[str, tuple[Reply, ...]]

    def reply(self, conversation: Conversation) -> Reply:
        return Script(self.scripts[conversation.prompt]).reply(conversation)


@dataclass(slots=True)
class Watched:
    """Calls `see` before each reply."""

    policy: Policy
    see: Callable[[Conversation], None]

    def reply(self, conversation: Conversation) -> Reply:
        self.see(conversation)
        return self.policy.reply(conversation)


def batch(
    items: tuple[Lock, ...],
    serving_: Serving,
    *,
    scaffold: str = "plain@1",
    budget: Budget = BUDGET,
    **options: Any,
) -> dict[int, ItemResult]:
    """All results by position."""
    bench = options.pop("bench", None) or lock_bench(find_sandbox())
    endpoint = options.pop("endpoint", None) or serving_.endpoint()
    return dict(run_all(items, endpoint, budget, scaffold=scaffold, bench=bench, **options))


def one(*turns: Reply, item: Lock | None = None, **options: Any) -> ItemResult:
    """The result of a model that plays `turns` on one item."""
    item = item or some_locks(1)[0]
    with serving(Script(turns)) as model:
        return batch((item,), model, **options)[0]


@contextmanager
def leaves_nothing() -> Iterator[None]:
    """Whatever the block puts among the temporary files must be gone when it ends."""
    before = tempfile.tempdir
    folder = Path(tempfile.mkdtemp())
    tempfile.tempdir = str(folder)
    try:
        yield
        assert list(folder.iterdir()) == []
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder)
