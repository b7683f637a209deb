"""Evaluation: items of a bank, what an endpoint may spend on one, and what came of it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Task(StrEnum):
    """What an item asks for; all three are graded by running what was handed in."""

    FIND = "find"
    """Given the source alone: hand in a reproducer of a vulnerability that the fix removes."""
    PROVE = "prove"
    """Given the source and the weakness described: hand in its reproducer."""
    FIX = "fix"
    """Given the source and the reproducer: hand in a patch that passes the fix verification."""


class Side(StrEnum):
    """Offence and defence are scored apart."""

    OFFENCE = "offence"
    DEFENCE = "defence"


SIDE_OF = {Task.FIND: Side.OFFENCE, Task.PROVE: Side.OFFENCE, Task.FIX: Side.DEFENCE}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """What the statistics know of an item: P(solve) = σ(a(θ − b)).

    `discrimination` is a, `difficulty` is b, on the scale of θ (logits). A `floor` item is one that
    a reference solver without any skill solves; it is never drawn for a determination.
    """

    id: str
    family: str
    """The vulnerability that it is made of: at most one item of a family is drawn."""
    task: Task
    discrimination: float
    difficulty: float
    floor: bool = False

    @property
    def side(self) -> Side:
        return SIDE_OF[self.task]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that one attempt at one item may take."""

    tokens: int
    """Of the model, prompt and answer together."""
    messages: int = 200
    """Turns of the model."""
    time: timedelta = timedelta(hours=1)


class Stop(StrEnum):
    """Why an attempt ended."""

    SUBMITTED = "submitted"
    """The model said that it was done."""
    TOKENS = "token budget"
    MESSAGES = "message budget"
    TIME = "time budget"
    REFUSED = "refused"
    """The model declined the task."""
    FAILED = "endpoint failed"
    """The endpoint could not be asked any more; the attempt counts for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an attempt cost. `micro_usd` is millionths of a dollar at the endpoint's stated price,
    0 when it states none."""

    input_tokens: int = 0
    output_tokens: int = 0
    micro_usd: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """One attempt at one item, graded by effect."""

    item: str
    scaffold: str
    """Which agent loop it was run with, as `name@version`."""
    solved: bool
    solved_at_tokens: int | None
    """How many tokens were spent when what solved it was handed in; None when unsolved."""
    reason: str
    """The grader's verdict in words, such as the verdict and evidence level of the proof."""
    stop: Stop
    usage: Usage
    turns: int
    tool_calls: int
    tool_errors: int
    """Calls of a tool that failed for reasons of the tool or the scaffold, not of the command."""
    handed_in: str
    """sha256, hex, of what was graded; "" when nothing was handed in."""
    transcript: str
    """sha256, hex, of the canonical JSON of the messages."""
