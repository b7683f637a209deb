"""Endpoints whose model is one of the bank's reference solvers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seawall.evals.endpoints.planted import Known
from seawall.evals.endpoints.policy import Conversation, Reply
from seawall.evals.item import PATCH, Item
from seawall.evals.solvers.known import upstream_patch
from seawall.evals.solvers.policy import Solver, next_script
from seawall.evals.tools import NO_OUTPUT
from seawall.sandbox.protocol import Sandbox
from seawall.vocab.evals import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """Plays `solver` on the items that it is told of, recognised by their prompts."""

    solver: Solver
    items: Mapping[str, Item] = field(repr=False)
    """Prompt → item."""
    seed: int = 0
    seconds: float = 0.0
    """Latency of each turn."""

    def reply(self, conversation: Conversation) -> Reply:
        item = self.items.get(conversation.prompt)
        if item is None or item.task not in self.solver.tasks:
            return Reply(text="I do not know what to do.", submit=True, seconds=self.seconds)
        seen = ["" if said == NO_OUTPUT else said for said in conversation.results]
        script = next_script(self.solver, item, seed=self.seed, outputs=seen)
        if script is None:
            return Reply(text="Done.", submit=True, seconds=self.seconds)
        return Reply(text=f"{self.solver.name}:", commands=(script,), seconds=self.seconds)


def by_prompt(items: Iterable[Item]) -> dict[str, Item]:
    """Prompt → item. ValueError when two items say the same: they could not be told apart."""
    found: dict[str, Item] = {}
    for item in items:
        if item.prompt in found:
            raise ValueError(f"{item.id} and {found[item.prompt].id} have the same prompt")
        found[item.prompt] = item
    return found


def known_items(items: Iterable[Item], *, sandbox: Sandbox, cache_dir: Path) -> dict[str, Known]:
    """What a planted model is told of items of a bank: their reference solutions, by prompt.

    Raises PrepareFailed or Unsupported when a fix is to be made from releases that cannot be had.
    """
    return {
        prompt: Known(facts=item.facts, answer=_answer(item, sandbox, cache_dir))
        for prompt, item in by_prompt(items).items()
    }


def _answer(item: Item, sandbox: Sandbox, cache_dir: Path) -> Mapping[str, bytes]:
    if item.task is Task.FIX:
        return {PATCH: upstream_patch(item, sandbox=sandbox, cache_dir=cache_dir)}
    return item.solution.reproducer.files
