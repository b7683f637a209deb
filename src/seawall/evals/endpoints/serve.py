"""A chat-completions server on loopback whose model is a policy; streaming too."""

import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from seawall.evals.endpoint import Endpoint, Price
from seawall.evals.endpoints.policy import BYTES_PER_TOKEN, Conversation, Policy, Reply

_MAX_BODY = 64 << 20
_PIECE = 24
"""Characters of text in one chunk of a stream."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that runs. `calls` counts completions asked for."""

    base_url: str
    key: str
    _server: "_Server"

    @property
    def calls(self) -> int:
        return self._server.calls

    def endpoint(self, *, model: str = "planted", price: Price | None = None) -> Endpoint:
        """How the runner reaches it."""
        return Endpoint(
            base_url=self.base_url,
            model=model,
            key=self.key,
            price=price or Price(),
            internal=True,
            pause=0.01,
        )


@contextmanager
def serving(policy: Policy, *, key: str = "", port: int = 0) -> Iterator[Serving]:
    """Serve `policy` on 127.0.0.1 (any free port for 0) until the block ends.

    With a `key`, requests without it are answered 401.
    """
    server = _Server(policy, key, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="seawall-model")
    thread.start()
    try:
        yield Serving(f"http://127.0.0.1:{server.server_address[1]}/v1", key, server)
    finally:
        server.leaving.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, policy: Policy, key: str, port: int) -> None:
        self.policy = policy
        self.key = key
        self.calls = 0
        self.leaving = threading.Event()
        self.counting = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 60

    def log_message(self, *_: object) -> None:
        """Nothing: conversations are nobody's log."""

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            self._error(404, "not_found", "there is nothing here")
            return
        self._json(200, {"object": "list", "data": [{"id": "planted", "object": "model"}]})

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(min(size, _MAX_BODY))
        if self.path != "/v1/chat/completions":
            self._error(404, "not_found", "there is nothing here")
        elif not self._known():
            self._error(401, "invalid_api_key", "the key is not known")
        else:
            self._complete(body)

    def _known(self) -> bool:
        sent = self.headers.get("authorization", "")
        return not self.server.key or hmac.compare_digest(
            sent.encode(), f"Bearer {self.server.key}".encode()
        )

    def _complete(self, body: bytes) -> None:
        try:
            asked = json.loads(body)
            conversation = Conversation(asked["messages"])
            with self.server.counting:
                self.server.calls += 1
            reply = self.server.policy.reply(conversation)
        except (ValueError, KeyError, TypeError, AttributeError):
            self._error(400, "invalid_request_error", "the request cannot be read")
            return
        if reply.seconds:
            self.server.leaving.wait(reply.seconds)
        if reply.status != 200:
            self._error(reply.status, "server_error", "planted", reply.retry_after)
        elif asked.get("stream"):
            self._stream(asked, conversation, reply)
        else:
            self._json(200, completion(asked, conversation, reply))

    def _json(self, status: int, document: Mapping[str, Any], **headers: str) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _error(self, status: int, code: str, message: str, after: float | None = None) -> None:
        headers = {} if after is None else {"retry_after": f"{after:g}"}
        self._json(status, {"error": {"code": code, "message": message}}, **headers)

    def _stream(self, asked: Mapping[str, Any], talk: Conversation, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in chunks(asked, talk, reply):
            self._piece(f"data: {json.dumps(chunk)}\n\n".encode())
        self._piece(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _piece(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def completion(
    asked: Mapping[str, Any], conversation: Conversation, reply: Reply
) -> dict[str, Any]:
    """The reply as a chat completion."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if calls := _calls(conversation, reply):
        message["tool_calls"] = calls
    return {
        "id": f"chatcmpl-{conversation.turn}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": str(asked.get("model") or "planted"),
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(reply)}],
        "usage": _usage(conversation, reply),
    }


def chunks(
    asked: Mapping[str, Any], conversation: Conversation, reply: Reply
) -> Iterator[dict[str, Any]]:
    """The reply as the chunks of a stream, with usage at the end when it is asked for."""
    whole = completion(asked, conversation, reply)
    base = {key: whole[key] for key in ("id", "created", "model")}
    base["object"] = "chat.completion.chunk"

    def chunk(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""})
    for start in range(0, len(reply.text), _PIECE):
        yield chunk({"content": reply.text[start : start + _PIECE]})
    for index, call in enumerate(whole["choices"][0]["message"].get("tool_calls", ())):
        yield chunk({"tool_calls": [{"index": index, **call}]})
    yield chunk({}, whole["choices"][0]["finish_reason"])
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield {**base, "choices": [], "usage": whole["usage"]}


def _calls(conversation: Conversation, reply: Reply) -> list[dict[str, Any]]:
    wanted = [("bash", json.dumps({"command": command})) for command in reply.commands]
    if reply.arguments is not None:
        wanted.append(("bash", reply.arguments))
    if reply.submit:
        wanted.append(("submit", "{}"))
    return [
        {
            "id": f"call_{conversation.turn}_{number}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        for number, (name, arguments) in enumerate(wanted)
    ]


def _finish(reply: Reply) -> str:
    if reply.declines:
        return "content_filter"
    return "tool_calls" if reply.commands or reply.submit or reply.arguments else "stop"


def _usage(conversation: Conversation, reply: Reply) -> dict[str, int]:
    said = sum(map(len, (reply.text, *reply.commands))) // BYTES_PER_TOKEN
    spent_in = conversation.tokens if reply.input_tokens is None else reply.input_tokens
    spent_out = max(1, said) if reply.output_tokens is None else reply.output_tokens
    return {
        "prompt_tokens": spent_in,
        "completion_tokens": spent_out,
        "total_tokens": spent_in + spent_out,
    }
