"""What an attempt has spent and said so far, read from the completions themselves."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seawall.evals.refusals import declines
from seawall.evals.tools import Call, read_calls

_BYTES_PER_TOKEN = 4
"""What a token is taken for when an endpoint does not say what it counted."""


@dataclass(slots=True)
class Meter:
    """Counts one conversation."""

    input_tokens: int = 0
    output_tokens: int = 0
    turns: int = 0
    tool_calls: int = 0
    tool_errors: int = 0
    declined_in_a_row: int = 0
    _messages: Sequence[Any] = field(default_factory=list, repr=False)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def take(self, request: Mapping[str, Any], completion: dict[str, Any]) -> None:
        """Count one turn. The tokens go into `completion`'s usage when it states none."""
        message = completion["choices"][0]["message"]
        spent_in, spent_out = _usage(request, completion)
        completion["usage"] = {
            "prompt_tokens": spent_in,
            "completion_tokens": spent_out,
            "total_tokens": spent_in + spent_out,
        }
        self.input_tokens += spent_in
        self.output_tokens += spent_out
        self.turns += 1
        calls = read_calls(message)
        declined = declines(
            finish_reason=str(completion["choices"][0].get("finish_reason") or ""),
            refusal=_text(message.get("refusal")),
            text=_text(message.get("content")),
            calls_tools=bool(calls),
        )
        self.declined_in_a_row = self.declined_in_a_row + 1 if declined else 0
        self._messages = [*(request.get("messages") or ()), message]

    @property
    def last_message(self) -> Mapping[str, Any]:
        """What the model said last."""
        return self._messages[-1] if self._messages else {}

    def count(self, calls: Sequence[Call]) -> None:
        """Count tool calls that are carried out."""
        self.tool_calls += len(calls)
        self.tool_errors += sum(1 for call in calls if call.problem)

    def transcript(self) -> bytes:
        """Canonical JSON of the messages as the endpoint last saw them, with its last answer."""
        return canonical(self._messages)


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _usage(request: Mapping[str, Any], completion: Mapping[str, Any]) -> tuple[int, int]:
    """Input and output tokens; estimated, never nothing, where the endpoint counts none."""
    usage = completion.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    stated = usage.get("prompt_tokens"), usage.get("completion_tokens")
    spent_in, spent_out = (v if isinstance(v, int) and v >= 0 else None for v in stated)
    if not spent_in:
        spent_in = _estimate(request.get("messages"))
    if not spent_out:
        spent_out = _estimate(completion["choices"][0]["message"])
    return spent_in, spent_out


def _estimate(value: Any) -> int:
    return max(1, math.ceil(len(canonical(value)) / _BYTES_PER_TOKEN))


def _text(content: Any) -> str:
    """The text of a message's content, which may be a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return ""
