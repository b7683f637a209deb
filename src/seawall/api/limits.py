"""Refusing too large a request body before it is kept anywhere."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from seawall.api.problems import CONTENT_TYPE, problem_bytes

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class _TooLarge(Exception):
    """More bytes came than were announced or are taken."""


class BodyLimit:
    """ASGI middleware: 413 for a body that is announced as, or grows, larger than `max_bytes`."""

    def __init__(self, app: App, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._max_bytes:
            await self._refuse(send, 413 if announced.isdigit() else 400)
            return
        started = False

        async def counted_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, self._counted(receive), counted_send)
        except _TooLarge:
            if not started:
                await self._refuse(send, 413)

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._max_bytes:
                    raise _TooLarge
            return message

        return counted

    async def _refuse(self, send: Send, status: int) -> None:
        body = problem_bytes(status, f"At most {self._max_bytes} bytes are taken.")
        headers = [
            (b"content-type", CONTENT_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
