"""A model to stand behind the gateway: speaks all three APIs, and says what it was asked."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

PROVIDER_KEY = "sk-provider-0123456789abcdef"
MODEL = "lab-secret-model-2026-11"


@dataclass
class Model:
    """Answers "Hello world"; `endless` keeps streams running until their connection ends."""

    endless: bool = False
    pause: float = 0.0
    words: tuple[str, ...] = ("Hello", " ", "world")
    answer_with: tuple[int, bytes] | None = None
    raw: bytes | None = None
    """Bytes to send instead of an answer, then to close."""
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    port: int = 0
    closed: int = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed += 1
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        path, said = head[0].split()[1], json.loads(body)
        self.asked.append((path, fields, said))
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.raw is not None:
            writer.write(self.raw)
            await writer.drain()
            return False
        if self.answer_with is not None:
            status, data = self.answer_with
            self._whole(writer, data, status)
        elif said.get("stream"):
            await self._stream(writer, path)
        else:
            self._whole(writer, json.dumps(self.answer(path)).encode(), 200)
        await writer.drain()
        return True

    def _whole(self, writer: asyncio.StreamWriter, data: bytes, status: int) -> None:
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nX-Lab: secret\r\n"
            f"openai-organization: the-lab\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            + data
        )

    async def _stream(self, writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
            b"Transfer-Encoding: chunked\r\nX-Lab: secret\r\n\r\n"
        )
        before, one, after = EVENTS[path](self)
        for event in before:
            await self._event(writer, event)
        while True:
            for word in self.words:
                await self._event(writer, one(word))
            if not self.endless:
                break
            await asyncio.sleep(0.01)
        for event in after:
            await self._event(writer, event)
        writer.write(b"0\r\n\r\n")

    async def _event(self, writer: asyncio.StreamWriter, said: dict[str, Any] | str) -> None:
        text = said if isinstance(said, str) else json.dumps(said)
        kind = said.get("type") if isinstance(said, dict) else None
        data = (f"event: {kind}\n" if kind else "") + f"data: {text}\n\n"
        # Cut in the middle, so that nobody relies on whole events.
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            writer.write(f"{len(part.encode()):x}\r\n{part}\r\n".encode())
        await writer.drain()

    def answer(self, path: str) -> dict[str, Any]:
        return WHOLE[path](self)


def _chat(model: Model) -> dict[str, Any]:
    message = {"role": "assistant", "content": "".join(model.words)}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "system_fingerprint": "fp_lab",
        "provider": "The Lab",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def _chat_events(model: Model) -> Any:
    def chunk(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": MODEL,
            "system_fingerprint": "fp_lab",
            "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
            "usage": None,
        } | more

    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return (
        [chunk({"role": "assistant", "content": ""})],
        lambda word: chunk({"content": word}),
        [chunk({}, choices=[], usage=usage), "[DONE]"],
    )


def _response(model: Model, text: str = "") -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": MODEL,
        "status": "completed" if text else "in_progress",
        "output": [item | {"content": content}] if text else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "organization": "the-lab",
        "usage": {
            "input_tokens": 11,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 7,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 18,
        },
    }


def _response_events(model: Model) -> Any:
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "sequence_number": 1}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
    part = {"type": "output_text", "text": "", "annotations": []}
    done = _response(model, "".join(model.words))
    return (
        [
            {"type": "response.created", "sequence_number": 0, "response": _response(model)},
            {"type": "response.output_item.added", "output_index": 0, "sequence_number": 1}
            | {"item": item | {"status": "in_progress"}},
            {"type": "response.content_part.added", "part": part} | place,
        ],
        lambda word: {"type": "response.output_text.delta", "delta": word, "logprobs": []} | place,
        [{"type": "response.completed", "sequence_number": 9, "response": done}],
    )


def _message(model: Model, *, is_whole: bool = True) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": "".join(model.words)}] if is_whole else [],
        "stop_reason": "end_turn" if is_whole else None,
        "stop_sequence": None,
        "container": {"id": "container_lab"},
        "usage": {"input_tokens": 11, "output_tokens": 7 if is_whole else 1},
    }


def _message_events(model: Model) -> Any:
    block = {"type": "content_block_start", "index": 0}
    return (
        [
            {"type": "message_start", "message": _message(model, is_whole=False)},
            block | {"content_block": {"type": "text", "text": ""}},
        ],
        lambda word: {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": word},
        },
        [
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": 7},
            },
            {"type": "message_stop"},
        ],
    )


WHOLE: dict[str, Any] = {
    "/v1/chat/completions": _chat,
    "/v1/responses": lambda model: _response(model, "".join(model.words)),
    "/v1/messages": _message,
    "/v1/messages/count_tokens": lambda model: {"input_tokens": 11},
}
EVENTS: dict[str, Any] = {
    "/v1/chat/completions": _chat_events,
    "/v1/responses": _response_events,
    "/v1/messages": _message_events,
}
