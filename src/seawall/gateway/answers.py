"""What of an answer is passed on: named parts only, under the alias, without the model's name.

Server-sent events are taken apart, read and written anew; what cannot be read ends the answer.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seawall.gateway.apis import CHAT, COUNT, MESSAGES, RESPONSES, Api
from seawall.gateway.denials import error_body

MAX_EVENT_BYTES = 1 << 23
_EVENT_NAME = re.compile(r"[a-z_.]{1,80}")


class Unreadable(Exception):
    """The upstream sent what is no answer of this API."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RESPONSE = _words(
    "id object created_at completed_at status incomplete_details instructions "
    "max_output_tokens max_tool_calls model output output_text parallel_tool_calls "
    "previous_response_id reasoning store temperature text tool_choice tools top_p top_logprobs "
    "truncation usage error background metadata user"
)
_MESSAGE = _words(
    "id type role content model stop_reason stop_sequence stop_details usage context_management"
)
_WHOLE: Mapping[str, frozenset[str]] = {
    CHAT.path: _words("id object created model choices usage"),
    RESPONSES.path: _RESPONSE,
    MESSAGES.path: _MESSAGE,
    COUNT.path: _words("input_tokens context_management"),
}
_PIECE: Mapping[str, frozenset[str]] = {
    CHAT.path: _words("id object created model choices usage obfuscation"),
    RESPONSES.path: _words(
        "type sequence_number response item item_id output_index content_index summary_index "
        "annotation_index delta part text logprobs arguments input refusal name annotation "
        "obfuscation"
    ),
    MESSAGES.path: _words("type message index content_block delta usage context_management"),
}


@dataclass(slots=True, kw_only=True)
class Usage:
    """Tokens as the upstream counts them; 0 as long as it has not said."""

    input: int = 0
    output: int = 0

    def note(self, said: Any) -> None:
        """Take in a `usage` of any of the APIs."""
        if not isinstance(said, dict):
            return
        read = [_count(said, name) for name in _INPUT]
        self.input = max(self.input, sum(read))
        self.output = max(self.output, *(_count(said, name) for name in _OUTPUT))


_INPUT = ("prompt_tokens", "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_OUTPUT = ("completion_tokens", "output_tokens")


def _count(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    return value if isinstance(value, int) and 0 < value < 1 << 40 else 0


@dataclass(slots=True, kw_only=True)
class Answers:
    """Reads the answer to one request and writes what the partner gets."""

    api: Api
    alias: str
    wants_usage: bool = True
    """Whether the partner asked for the count at the end of a stream."""
    usage: Usage = field(default_factory=Usage)
    _buffer: bytearray = field(default_factory=bytearray)

    def whole(self, body: bytes) -> bytes:
        """A complete answer; raises Unreadable."""
        said = _read(body)
        self.usage.note(said.get("usage"))
        return _write(self._kept(said, _WHOLE[self.api.path]))

    def feed(self, data: bytes) -> bytes:
        """A piece of a stream: the events that are complete now. Raises Unreadable."""
        seen = max(0, len(self._buffer) - 3)
        self._buffer += data
        made = []
        while (end := _EVENT_END.search(self._buffer, seen)) is not None:
            event = bytes(self._buffer[: end.start()])
            del self._buffer[: end.end()]
            made.append(self._event(event))
            seen = 0
        if len(self._buffer) > MAX_EVENT_BYTES:
            raise Unreadable
        return b"".join(made)

    def finish(self) -> None:
        """The stream is over; raises Unreadable when half an event is left."""
        if self._buffer.strip():
            raise Unreadable

    def _event(self, event: bytes) -> bytes:
        name, data = "", []
        try:
            lines = _LINE_END.split(event.decode()) if event else []
        except UnicodeDecodeError:
            raise Unreadable from None
        for line in lines:
            kind, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if kind == "data":
                data.append(value)
            elif kind == "event":
                name = value
        if not data:
            return b":\n\n" if lines else b""
        if name and not _EVENT_NAME.fullmatch(name):
            raise Unreadable
        text = "\n".join(data)
        if text == "[DONE]":
            return b"data: [DONE]\n\n"
        written = self._piece(_read(text.encode()))
        if not written:
            return b""
        head = f"event: {name}\n".encode() if name else b""
        return b"%bdata: %b\n\n" % (head, written)

    def _piece(self, said: dict[str, Any]) -> bytes:
        self._note(said)
        if said.get("type") == "error" or ("error" in said and "choices" not in said):
            return error_body("api_error", "The model stopped with an error.")
        if self.api is CHAT and not self.wants_usage:
            if said.get("choices") == [] and said.get("usage"):
                return b""
            said.pop("usage", None)
        return _write(self._kept(said, _PIECE[self.api.path]))

    def _note(self, said: dict[str, Any]) -> None:
        self.usage.note(said.get("usage"))
        for name in ("response", "message"):
            inner = said.get(name)
            if isinstance(inner, dict):
                self.usage.note(inner.get("usage"))

    def _kept(self, said: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
        kept = {name: value for name, value in said.items() if name in names}
        if "model" in kept:
            kept["model"] = self.alias
        if kept.get("error"):
            kept["error"] = {"code": "server_error", "message": "The model stopped with an error."}
        for name, inner in (("response", _RESPONSE), ("message", _MESSAGE)):
            if isinstance(kept.get(name), dict):
                kept[name] = self._kept(kept[name], inner)
        return kept


_EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE_END = re.compile(r"\r\n|\n|\r")


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(said, dict):
        raise Unreadable
    return said


def _write(value: dict[str, Any]) -> bytes:
    try:
        return _ENCODER.encode(value).encode()
    except ValueError:
        raise Unreadable from None


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def parameter_of(body: bytes) -> str:
    """The first word of the parameter that an error of an upstream names; "" for none."""
    try:
        error = _read(body).get("error")
    except Unreadable:
        return ""
    name = error.get("param") if isinstance(error, dict) else None
    return re.split(r"[.\[]", name, maxsplit=1)[0] if isinstance(name, str) else ""
