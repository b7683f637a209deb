"""One attempt at one item: the budget, the sandbox and the grading, whoever runs the agent loop.

A scaffold only decides what is said to the model. It asks, runs commands and submits through
this object, which counts from the completions themselves, ends the attempt by the same rules for
each scaffold, and makes the result.
"""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Generic

from seawall.evals import refusals
from seawall.evals.bench import ANSWER, AnItem, Bench
from seawall.evals.cancel import Cancel
from seawall.evals.grade import Graded
from seawall.evals.meter import Meter, digest
from seawall.evals.room import Room
from seawall.evals.tools import GO_ON, Ran, read_calls
from seawall.evals.wire import (
    ContextFull,
    EndpointFailed,
    OutOfTime,
    RequestDeclined,
    Wire,
)
from seawall.sandbox.protocol import Sandbox, SandboxUnavailable
from seawall.vocab.errors import one_line
from seawall.vocab.evals import Budget, ItemResult, Stop, Usage

NOTHING = Graded(solved=False, reason="nothing was handed in", digest="")
_COUNTS = frozenset({Stop.SUBMITTED, Stop.TOKENS, Stop.MESSAGES, Stop.TIME})
"""Ends after which the answer's folder is graded: what a model had written by then, it could."""


class Over(Exception):
    """The attempt has ended; the scaffold must stop. `stop` says why."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.value)
        self.stop = stop


@dataclass(slots=True, kw_only=True)
class Attempt(Generic[AnItem]):
    """To be opened, driven by one thread at a time, and closed."""

    item: AnItem
    bench: Bench[AnItem]
    sandbox: Sandbox
    """The bench's, ended with the batch."""
    wire: Wire
    budget: Budget
    scaffold: str
    cancel: Cancel
    clock: Callable[[], float] = time.monotonic
    stop: Stop | None = None
    """Why it ended; None while it goes on."""
    why: str = ""
    meter: Meter = field(default_factory=Meter)
    graded: Graded | None = None
    _room: Room | None = None
    _started: float = 0.0
    _ended: float = 0.0
    _handed_at: int = 0
    _after: ExitStack = field(default_factory=ExitStack)

    def open(self) -> None:
        """Make the sandbox. What goes wrong here fails the attempt, not the batch."""
        self._started = self.clock()
        try:
            layout = self.bench.layout(self.item, self.sandbox)
            room = Room(layout, sandbox=self.sandbox, limits=self.bench.limits)
        except Exception as error:
            self._fail(f"the sandbox could not be furnished: {error}")
            return
        self._room = self._after.enter_context(room)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The model's next turn. Raises Over; Cancelled.

        When the turn goes over the budget of tokens, `stop` is set on return: what the turn asks
        for must not be carried out.
        """
        self._go_on_or_raise()
        try:
            completion = self.wire.complete(request, seconds=self._seconds_left())
        except EndpointFailed as error:
            raise self._fail(f"the endpoint failed: {error}") from None
        except RequestDeclined:
            raise self._end(Stop.REFUSED, "the endpoint's filter declined the request") from None
        except ContextFull:
            raise self._end(Stop.TOKENS, "the model's context window was full") from None
        except OutOfTime:
            raise self._end(Stop.TIME) from None
        self.meter.take(request, completion)
        if self.meter.tokens > self.budget.tokens:
            self._end(Stop.TOKENS)
        else:
            self.meter.count(read_calls(completion["choices"][0]["message"]))
        return completion

    def bash(self, script: str) -> Ran:
        """Run a script in the sandbox. Raises Over; Cancelled. When the sandbox fails, the output
        says so and it counts as a tool error."""
        return self._in_room(lambda room, left: room.bash(script, seconds=left))

    def run(
        self,
        argv: tuple[str, ...],
        *,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        folder: PurePosixPath | None = None,
        seconds: float | None = None,
    ) -> Ran:
        """As `bash`, for a program with its arguments."""
        where = {} if folder is None else {"folder": folder}
        return self._in_room(
            lambda room, left: room.run(
                argv,
                stdin=stdin,
                environment=environment,
                seconds=min(left, seconds or left),
                **where,
            )
        )

    @property
    def room(self) -> Room:
        """The sandbox; raises Over when there is none."""
        if self._room is None:
            raise self._fail("there is no sandbox")
        return self._room

    def submit(self) -> None:
        """The model says that it is done."""
        if self.stop is None:
            self._handed_at = self.meter.tokens
            self._end(Stop.SUBMITTED)

    def what_next(self) -> str | None:
        """After a turn: None when it is over, "" to go on, else what to say to the model."""
        if self.stop is None:
            if self.meter.declined_in_a_row >= refusals.IN_A_ROW:
                self._end(Stop.REFUSED, "the model declined twice in a row")
            else:
                self._end_if_spent()
        if self.stop is not None:
            return None
        last = self.meter.last_message
        return "" if read_calls(last) else GO_ON

    def grade(self) -> Graded:
        """Grade what lies in the answer's folder, once."""
        if self.graded is None:
            self._ended = self._ended or self.clock()
            self.graded = self._grade()
        return self.graded

    def close(self) -> ItemResult:
        """Grade if that was not done, delete the sandbox, and give the result."""
        try:
            if self.stop is None:
                self._fail("the agent loop ended without a reason")
            graded = self.grade()
        finally:
            self._after.close()
        assert self.stop is not None  # noqa: S101 - set above
        usage = Usage(
            input_tokens=self.meter.input_tokens,
            output_tokens=self.meter.output_tokens,
            seconds=round(self._ended - self._started, 3),
        )
        price = self.wire.endpoint.price.micro_usd(usage)
        return ItemResult(
            item=self.item.id,
            scaffold=self.scaffold,
            solved=graded.solved,
            solved_at_tokens=self._handed_at if graded.solved else None,
            reason=graded.reason if self.stop in _COUNTS else one_line(self.why),
            stop=self.stop,
            usage=Usage(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                micro_usd=price,
                seconds=usage.seconds,
            ),
            turns=self.meter.turns,
            tool_calls=self.meter.tool_calls,
            tool_errors=self.meter.tool_errors,
            handed_in=graded.digest,
            transcript=digest(self.meter.transcript()),
        )

    def abandon(self) -> None:
        """Delete the sandbox of an attempt that gives no result."""
        self._after.close()

    def _in_room(self, do: Callable[[Room, float], Ran]) -> Ran:
        if self.stop is not None and self.stop is not Stop.SUBMITTED:
            raise Over(self.stop)
        self.cancel.check()
        room = self.room
        try:
            ran = do(room, self._seconds_left())
        except (SandboxUnavailable, OSError) as error:
            self.meter.tool_errors += 1
            return Ran(output=f"The sandbox failed: {error}", exit_code=None, stopped="no sandbox")
        self.cancel.check()
        self._handed_at = self.meter.tokens
        return ran

    def _go_on_or_raise(self) -> None:
        self.cancel.check()
        if self.stop is None:
            self._end_if_spent()
        if self.stop is not None:
            raise Over(self.stop)

    def _end_if_spent(self) -> None:
        if self.meter.tokens >= self.budget.tokens:
            self._end(Stop.TOKENS)
        elif self.meter.turns >= self.budget.messages:
            self._end(Stop.MESSAGES)
        elif self._seconds_left() <= 0:
            self._end(Stop.TIME)

    def _seconds_left(self) -> float:
        return self._started + self.budget.time.total_seconds() - self.clock()

    def _fail(self, why: str) -> Over:
        return self._end(Stop.FAILED, why)

    def _end(self, stop: Stop, why: str = "") -> Over:
        """End it, for the first reason only."""
        if self.stop is None:
            self.stop, self.why = stop, why or stop.value
            self._ended = self.clock()
        return Over(self.stop)

    def _grade(self) -> Graded:
        if self.stop not in _COUNTS or self._room is None:
            return NOTHING
        self.cancel.check()
        try:
            files, skipped = self._room.read(ANSWER)
            if skipped:
                reason = f"refused: the folder handed in holds what is not taken: {skipped[0]}"
                return Graded(solved=False, reason=one_line(reason), digest="")
            if not files:
                return NOTHING
            below = {path.removeprefix(f"{ANSWER}/"): data for path, data in files.items()}
            graded = self.bench.grade(self.item, below, self.sandbox)
        except Exception as error:
            graded = Graded(solved=False, reason=str(error), digest="", error=True)
        if graded.error:
            self.stop, self.why = Stop.FAILED, f"it could not be graded: {graded.reason}"
            return NOTHING
        return graded


def whole_seconds(budget: Budget) -> int:
    """The budget's time, rounded up."""
    return math.ceil(budget.time.total_seconds())
