"""Asking the model: a small HTTP/1.1 client over pinned, pooled connections.

It goes nowhere but to the one endpoint that a submission names; each address is vetted by the
rules of `outbound` when a connection is made, redirects are answers, no proxy takes part.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from seawall.gateway.wire import MAX_HEAD_BYTES, AnswerHead, BadAnswer, Chunks, read_answer
from seawall.outbound.client import Outbound
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.outbound.urls import Target

CONNECT_SECONDS = 10.0
SILENT_SECONDS = 600.0
"""How long a model may think before its next byte."""
_KEPT_SECONDS = 15.0
_HIGH = 1 << 18


class UpstreamFailed(Exception):
    """The model could not be asked, or what came back is no answer. It says nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is asked, and as whom; nothing of it ever leaves this process."""

    target: Target
    """Its path is the prefix of all paths: "/v1"."""
    model: str = field(repr=False)
    key: str = field(repr=False)
    apis: frozenset[str]


class _Link(asyncio.Protocol):
    """One connection to an upstream."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._ready: asyncio.Future[None] | None = None
        self._paused = False
        self.is_lost = False
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self._wake()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _HIGH and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def _wake(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    @property
    def is_fresh(self) -> bool:
        """Whether it can be used again: open, and nothing came that was not asked for."""
        return not self.is_lost and not self._buffer and not self._transport.is_closing()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def close(self) -> None:
        self._transport.abort()

    async def more(self) -> None:
        """Wait until more has come; raises UpstreamFailed when nothing will."""
        if self.is_lost:
            raise UpstreamFailed
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        self._ready = self._loop.create_future()
        timer = self._loop.call_later(SILENT_SECONDS, self.close)
        try:
            await self._ready
        finally:
            timer.cancel()
            self._ready = None

    def take(self, most: int = -1) -> bytes:
        """Take what has come, at most `most` bytes."""
        piece = bytes(self._buffer if most < 0 else self._buffer[:most])
        del self._buffer[: len(piece)]
        return piece

    async def head(self) -> AnswerHead:
        """The head of the answer; interim answers are left out (RFC 9110 §15.2)."""
        while True:
            while (end := self._buffer.find(b"\r\n\r\n")) < 0:
                if len(self._buffer) > MAX_HEAD_BYTES:
                    raise UpstreamFailed
                await self.more()
            try:
                head = read_answer(self.take(end + 4)[:-4])
            except BadAnswer:
                raise UpstreamFailed from None
            if head.status >= 200:
                return head


class Reply:
    """An answer that is coming in."""

    def __init__(self, link: _Link, head: AnswerHead, give_back: Callable[[_Link], None]) -> None:
        self._link = link
        self._head = head
        self._give_back = give_back
        self._chunks = Chunks() if head.chunked else None
        self._left = head.length
        self._is_over = head.length == 0
        self._is_done = False

    @property
    def status(self) -> int:
        return self._head.status

    def field(self, name: bytes) -> str:
        """A field of its head; "" when it is absent."""
        return self._head.fields.get(name, b"").decode("latin-1")

    async def piece(self) -> bytes:
        """The next piece of the body; b"" at its end. Raises UpstreamFailed."""
        while not self._is_over:
            data = self._link.take(self._left if self._left is not None else -1)
            if not data:
                if self._link.is_lost and self._left is None and self._chunks is None:
                    self._is_over = True  # its length was the connection's
                    break
                await self._more()
                continue
            if found := self._framed(data):
                return found
        self._finish()
        return b""

    async def _more(self) -> None:
        try:
            await self._link.more()
        except UpstreamFailed:
            if self._left is not None or self._chunks is not None:
                raise

    def _framed(self, data: bytes) -> bytes:
        if self._chunks is not None:
            try:
                found = self._chunks.feed(data)
            except BadAnswer:
                raise UpstreamFailed from None
            self._is_over = self._chunks.is_over
            return found
        if self._left is not None:
            self._left -= len(data)
            self._is_over = not self._left
        return data

    async def whole(self, *, most: int) -> bytes:
        """The whole body; raises UpstreamFailed when it is longer than `most`."""
        found = bytearray()
        while piece := await self.piece():
            found += piece
            if len(found) > most:
                raise UpstreamFailed
        return bytes(found)

    def close(self) -> None:
        """Give the connection up; nothing happens when the answer was read to its end."""
        if not self._is_done:
            self._is_done = True
            self._link.close()

    def _finish(self) -> None:
        if self._is_done:
            return
        self._is_done = True
        if self._head.keep_alive:
            self._give_back(self._link)
        else:
            self._link.close()


class Upstreams:
    """Pools of connections, one for each endpoint."""

    def __init__(
        self, outbound: Outbound, *, tls: ssl.SSLContext | None = None, most: int = 512
    ) -> None:
        self._outbound = outbound
        self._tls = tls or ssl.create_default_context()
        self._idle: dict[tuple[str, str, int], list[_Link]] = {}
        self._most = most
        self._open = 0

    async def post(
        self, endpoint: Endpoint, path: str, fields: Sequence[tuple[str, str]], body: bytes
    ) -> Reply:
        """Ask, and give the answer as soon as its head is there. Raises UpstreamFailed."""
        return await self.send(endpoint.target, "POST", path, fields, body)

    async def send(
        self,
        target: Target,
        method: str,
        path: str,
        fields: Sequence[tuple[str, str]],
        body: bytes,
    ) -> Reply:
        """Any request to a target, whose own path is put before `path`."""
        link = await self._link(target)
        try:
            link.write(_request(target, method, path, fields, body))
            head = await link.head()
        except BaseException:
            link.close()
            raise
        return Reply(link, head, lambda used: self._give_back(target, used))

    def close(self) -> None:
        for links in self._idle.values():
            for link in links:
                link.close()
        self._idle.clear()

    async def _link(self, target: Target) -> _Link:
        idle = self._idle.get((target.scheme, target.host, target.port), [])
        now = time.monotonic()
        while idle:
            link = idle.pop()
            if link.is_fresh and now - link.idle_since < _KEPT_SECONDS:
                return link
            link.close()
        return await self._connect(target)

    async def _connect(self, target: Target) -> _Link:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                address = await loop.run_in_executor(None, self._outbound.address_of, target)
                _, link = await loop.create_connection(
                    _Link,
                    address,
                    target.port,
                    ssl=self._tls if target.scheme == "https" else None,
                    server_hostname=target.host if target.scheme == "https" else None,
                )
        except (OutboundRefused, OutboundFailed, OSError, ssl.SSLError, TimeoutError):
            raise UpstreamFailed from None
        raw = link._transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def _give_back(self, target: Target, link: _Link) -> None:
        idle = self._idle.setdefault((target.scheme, target.host, target.port), [])
        if link.is_fresh and len(idle) < self._most:
            link.idle_since = time.monotonic()
            idle.append(link)
        else:
            link.close()


def _request(
    target: Target, method: str, path: str, fields: Sequence[tuple[str, str]], body: bytes
) -> bytes:
    lines = [
        f"{method} {target.path.rstrip('/')}{path} HTTP/1.1",
        f"Host: {target.authority}",
        "Accept-Encoding: identity",
        *(f"{name}: {value}" for name, value in fields),
    ]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([*lines, "", ""])
    ends = len(lines) + 1
    if head.count("\n") != ends or head.count("\r") != ends or "\0" in head:
        raise UpstreamFailed
    return head.encode("latin-1") + body
