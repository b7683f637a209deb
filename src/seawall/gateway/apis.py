"""The three APIs that are spoken, and what of a request is passed on.

Only named parameters go on. What would reach into the provider's account is refused: everybody
who uses a model through the gateway shares the lab's one account there, so a stored answer, a
file, a conversation or a container of one partner would be open to the next.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from seawall.gateway.upstream import Endpoint


class Unsupported(Exception):
    """A request asks for what is not passed on; `param` names it if it is a known word."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One way to ask a model."""

    name: str
    path: str
    upstream_path: str
    passed: frozenset[str]
    dropped: frozenset[str]
    """Accepted for the clients' sake and not passed on: who the partner's users are is nobody's
    matter, and cache keys would be shared."""
    output: tuple[str, ...]
    """The parameters that say how much may be written."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    is_anthropic: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STORED = _words("user metadata store safety_identifier prompt_cache_key prompt_cache_retention")

CHAT = Api(
    name="chat",
    path="/v1/chat/completions",
    upstream_path="/chat/completions",
    passed=_words(
        "model messages stream stream_options temperature top_p n stop max_tokens "
        "max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs "
        "top_logprobs seed tools tool_choice parallel_tool_calls functions function_call "
        "response_format reasoning_effort verbosity prediction modalities"
    ),
    dropped=_STORED | {"service_tier"},
    output=("max_completion_tokens", "max_tokens"),
)
RESPONSES = Api(
    name="responses",
    path="/v1/responses",
    upstream_path="/responses",
    passed=_words(
        "model input instructions stream stream_options temperature top_p max_output_tokens "
        "max_tool_calls tools tool_choice parallel_tool_calls text reasoning truncation include "
        "top_logprobs"
    ),
    dropped=_STORED | {"service_tier"},
    output=("max_output_tokens",),
    fixed={"store": False},
)
MESSAGES = Api(
    name="messages",
    path="/v1/messages",
    upstream_path="/messages",
    passed=_words(
        "model messages system max_tokens stream temperature top_p top_k stop_sequences tools "
        "tool_choice thinking output_config output_format"
    ),
    dropped=_words("metadata service_tier"),
    output=("max_tokens",),
    is_anthropic=True,
)
COUNT = Api(
    name="messages",
    path="/v1/messages/count_tokens",
    upstream_path="/messages/count_tokens",
    passed=_words("model messages system tools tool_choice thinking output_config output_format"),
    dropped=frozenset(),
    output=(),
    is_anthropic=True,
)
APIS: Mapping[bytes, Api] = {
    each.path.encode(): each for each in (CHAT, RESPONSES, MESSAGES, COUNT)
}

_PARTS: Mapping[str, frozenset[str]] = {
    "chat": _words("text image_url input_audio file refusal"),
    "responses": _words("input_text output_text summary_text refusal input_image input_file"),
    "messages": _words(
        "text image document tool_use tool_result thinking redacted_thinking search_result content"
    ),
}
_ITEMS = _words(
    "message function_call function_call_output custom_tool_call custom_tool_call_output reasoning"
)
_TOOLS = _words("function custom")
_CLIENT_TOOLS = ("bash_", "text_editor_")
"""Tools of Anthropic's that the client itself carries out."""


def forwarded(api: Api, asked: Mapping[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """The body for the upstream; raises Unsupported."""
    passed: dict[str, Any] = {}
    for name, value in asked.items():
        if name in api.passed:
            passed[name] = value
        elif name not in api.dropped:
            raise Unsupported("A parameter of the request is not passed on.", param=_known(name))
    if asked.get("store"):
        raise Unsupported("Nothing is stored at the provider.", param="store")
    stream = asked.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise Unsupported("Streaming is true or false.", param="stream")
    _check_tools(api, asked)
    _check_contents(api, asked)
    passed.update(api.fixed)
    passed["model"] = endpoint.model
    if api is CHAT and stream:
        passed["stream_options"] = {"include_usage": True}
    return passed


def most_output(api: Api, asked: Mapping[str, Any]) -> int:
    """The most tokens that the request asks for; 0 when it does not say."""
    found = [asked.get(name) for name in api.output]
    most = max((n for n in found if isinstance(n, int) and n > 0), default=0)
    times = asked.get("n") if api is CHAT else 1
    return most * times if isinstance(times, int) and times > 1 else most


def fields_for(api: Api, endpoint: Endpoint) -> list[tuple[str, str]]:
    """The header that is sent; nothing of the partner's own is."""
    sent = [("Content-Type", "application/json"), ("User-Agent", "seawall")]
    if api.is_anthropic:
        return [*sent, ("X-Api-Key", endpoint.key), ("Anthropic-Version", "2023-06-01")]
    return [*sent, ("Authorization", f"Bearer {endpoint.key}")]


_SAYABLE = _words(
    "previous_response_id conversation background prompt service_tier web_search_options audio "
    "container mcp_servers context_management betas extra_body store"
)


def _known(name: str) -> str | None:
    """A parameter's name if it is one of the known words: nothing else is sent back."""
    return name if name in _SAYABLE else None


def _check_tools(api: Api, asked: Mapping[str, Any]) -> None:
    tools = asked.get("tools")
    if tools is None:
        return
    for tool in tools if isinstance(tools, list) else [None]:
        kind = tool.get("type", "custom") if isinstance(tool, dict) else None
        ours = api.is_anthropic and isinstance(kind, str) and kind.startswith(_CLIENT_TOOLS)
        if kind not in _TOOLS and not ours:
            message = "Only tools that the partner carries out are passed on."
            raise Unsupported(message, param="tools")


def _check_contents(api: Api, asked: Mapping[str, Any]) -> None:
    """Let through only contents that are in the request itself."""
    allowed = _PARTS[api.name]
    for part in _parts(api, asked):
        kind = part.get("type")
        if kind not in allowed or not _is_inline(part):
            message = "Contents are sent in the request; files and addresses are not passed on."
            raise Unsupported(message, param="input" if api is RESPONSES else "messages")


def _is_inline(part: Mapping[str, Any]) -> bool:
    if "file_id" in part or "file_url" in part:
        return False
    image, file, source = part.get("image_url"), part.get("file"), part.get("source")
    if isinstance(image, dict):
        image = image.get("url")
    if image is not None and not (isinstance(image, str) and image.startswith("data:")):
        return False
    if file is not None and not (isinstance(file, dict) and "file_id" not in file):
        return False
    if source is None or isinstance(source, str):  # a search result names its own
        return True
    return isinstance(source, dict) and source.get("type") in ("base64", "text", "content")


def _parts(api: Api, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every part of every message; raises Unsupported for what has another shape."""
    messages = asked.get("input" if api is RESPONSES else "messages")
    yield from _of_content(asked.get("system") if api.is_anthropic else None)
    if messages is None or (isinstance(messages, str) and api is RESPONSES):
        return
    if not isinstance(messages, list):
        raise Unsupported("The messages have another shape.")
    for message in messages:
        if not isinstance(message, dict):
            raise Unsupported("The messages have another shape.")
        if api is RESPONSES and message.get("type", "message") not in _ITEMS:
            raise Unsupported("This kind of item is not passed on.", param="input")
        for name in ("content", "output", "summary"):
            yield from _of_content(message.get(name))


def _of_content(content: Any) -> Iterator[Mapping[str, Any]]:
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        raise Unsupported("The messages have another shape.")
    for part in content:
        if not isinstance(part, dict):
            raise Unsupported("The messages have another shape.")
        yield part
        if part.get("type") == "tool_result":
            yield from _of_content(part.get("content"))
        source = part.get("source")
        if isinstance(source, dict) and source.get("type") == "content":
            yield from _of_content(source.get("content"))
