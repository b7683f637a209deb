"""What runs and grades items: how an attempt's sandbox is furnished, and what settles it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from seawall.evals.grade import Graded, grade
from seawall.evals.item import HAND_IN, Item
from seawall.evals.material import material
from seawall.evals.room import COMMAND_LIMITS, WORK, Layout
from seawall.sandbox.protocol import Limits, Sandbox

ANSWER = str(HAND_IN.relative_to(WORK))


class Asked(Protocol):
    """What the runner itself reads of an item."""

    @property
    def id(self) -> str: ...

    @property
    def prompt(self) -> str: ...


AnItem = TypeVar("AnItem", bound=Asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench(Generic[AnItem]):
    """`layout` and `grade` are called from several threads at once, with the sandbox to use: its
    jobs end when the batch is ended."""

    sandbox: Sandbox
    layout: Callable[[AnItem, Sandbox], Layout]
    """May fetch and build; what it raises ends the attempt as failed."""
    grade: Callable[[AnItem, Mapping[str, bytes], Sandbox], Graded]
    """Gets the files handed in: path below the answer's folder → content."""
    limits: Limits = COMMAND_LIMITS


def item_bench(*, sandbox: Sandbox, cache_dir: Path) -> Bench[Item]:
    """The bench of the items of a bank: prepared and graded with `proofs`."""

    def layout(item: Item, inside: Sandbox) -> Layout:
        made = material(item, sandbox=inside, cache_dir=cache_dir)
        return Layout(files=made.files, mounts=made.mounts, environment=made.environment)

    def settle(item: Item, files: Mapping[str, bytes], inside: Sandbox) -> Graded:
        return grade(item, files, sandbox=inside, cache_dir=cache_dir)

    return Bench(sandbox=sandbox, layout=layout, grade=settle)
