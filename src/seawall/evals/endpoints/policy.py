"""What an endpoint's model says: a policy from a conversation to a reply, without memory.

A policy sees what a model would see and nothing else: the messages. How far an attempt is, it
reads from them, so one server plays any number of attempts at once and a restart changes nothing.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Conversation:
    """The messages of one request."""

    messages: Sequence[Mapping[str, Any]]

    @property
    def prompt(self) -> str:
        """The first thing that the user said: the task."""
        return next((_text(m) for m in self.messages if m.get("role") == "user"), "")

    @property
    def turn(self) -> int:
        """How often the model has spoken."""
        return sum(m.get("role") == "assistant" for m in self.messages)

    @property
    def results(self) -> tuple[str, ...]:
        """What the tools have answered, in order."""
        return tuple(_text(m) for m in self.messages if m.get("role") == "tool")

    @property
    def tokens(self) -> int:
        """An estimate of the prompt's length."""
        return max(1, len(json.dumps(list(self.messages))) // BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One turn of a model."""

    text: str = ""
    commands: tuple[str, ...] = ()
    """Calls of the tool bash."""
    submit: bool = False
    """Whether a call of submit follows."""
    declines: bool = False
    """Ends with the finish reason "content_filter"."""
    input_tokens: int | None = None
    """As stated in the usage; None for an estimate."""
    output_tokens: int | None = None
    seconds: float = 0.0
    """How long the model takes to answer."""
    status: int = 200
    """Another one is an error of the endpoint."""
    retry_after: float | None = None
    arguments: str | None = None
    """Of a call of bash that is not well formed, as sent; None for none."""


class Policy(Protocol):
    """Called from several threads at once."""

    def reply(self, conversation: Conversation) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Script:
    """The same turns whatever the task is; the last one is repeated."""

    turns: tuple[Reply, ...]

    def reply(self, conversation: Conversation) -> Reply:
        return self.turns[min(conversation.turn, len(self.turns) - 1)]


def draw(seed: str, *about: object) -> float:
    """A number in [0, 1) that depends on its arguments alone: sha256, the first 53 bits."""
    text = json.dumps([seed, *map(str, about)]).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") / 2**64


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""
