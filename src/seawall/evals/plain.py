"""The small second runner: our own agent loop over chat completions, as scaffold `plain@1`.

It shares with `react@1` what is asked and how it is counted, run and graded, and nothing of the
loop; so that the two can be held against each other.
"""

import threading
from typing import Any

from seawall.evals.attempt import Attempt, Over
from seawall.evals.bench import AnItem
from seawall.evals.inflight import Batch
from seawall.evals.tools import BASH, DEFINITIONS, SUBMIT, SUBMITTED, SYSTEM, Call, read_calls

NAME = "plain@1"


def converse(attempt: Attempt[AnItem]) -> None:
    """Run the loop until the attempt is over. Raises Cancelled."""
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": attempt.item.prompt},
    ]
    try:
        while True:
            completion = attempt.ask(
                {"messages": messages, "tools": DEFINITIONS, "tool_choice": "auto"}
            )
            message = completion["choices"][0]["message"]
            messages.append(_said(message))
            if attempt.stop is not None:
                return
            messages += [_answer(call, attempt) for call in read_calls(message)]
            wish = attempt.what_next()
            if wish is None:
                return
            if wish:
                messages.append({"role": "user", "content": wish})
    except Over:
        return


def _said(message: dict[str, Any]) -> dict[str, Any]:
    """The assistant's turn as it is sent back: content and tool calls, no other fields."""
    said = {"role": "assistant", "content": message.get("content") or ""}
    if calls := message.get("tool_calls"):
        said["tool_calls"] = calls
    return said


def _answer(call: Call, attempt: Attempt[AnItem]) -> dict[str, Any]:
    """Carry out one tool call; the message with its result."""
    if call.problem:
        text = call.problem
    elif call.name == BASH:
        text = attempt.bash(call.command).shown()
    else:
        assert call.name == SUBMIT  # noqa: S101 - read_calls knows no other
        attempt.submit()
        text = SUBMITTED
    return {"role": "tool", "tool_call_id": call.id, "content": text}


def drive(batch: Batch[AnItem]) -> None:
    """Run a batch on `in_flight` threads; each takes the next item in order."""
    count = min(batch.in_flight, len(batch.positions))
    threads = [threading.Thread(target=_work, args=(batch,), name=NAME) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(batch: Batch[AnItem]) -> None:
    """Attempts, one after the other, until none is left or one breaks."""
    try:
        while (position := batch.take()) is not None:
            attempt = batch.begin(position)
            try:
                converse(attempt)
                batch.finish(position, attempt)
            finally:
                attempt.abandon()
    except BaseException as error:
        batch.broke(error)
        batch.cancel.throw()
