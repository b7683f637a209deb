"""The gateway's HTTP/1.1 server: one connection, one request at a time, read strictly.

A handler is started as soon as a request's head is known; the body is read when it asks for it,
so that nobody who was not let in makes the gateway hold a body.
"""

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import cast

from seawall.core.thumbprints import of_certificate
from seawall.gateway.denials import BROKEN, INTERNAL, Denial
from seawall.gateway.wire import MAX_HEAD_BYTES, BadRequest, Head, read_request

HEAD_SECONDS = 15.0
BODY_SECONDS = 60.0
IDLE_SECONDS = 60.0
DISCARD_SECONDS = 2.0
WRITE_SECONDS = 60.0
"""How long a partner may leave unread what was sent."""
_SEND_BUFFER = 1 << 16
_log = logging.getLogger("seawall.gateway")

Handler = Callable[["Connection", Head], Awaitable[None]]


class Gone(Exception):
    """The partner has left, or its answer was cut off."""


class Connection(asyncio.Protocol):
    """One connection of a partner; also what an answer is written to."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._loop = server.loop
        self._buffer = bytearray()
        self._head: Head | None = None
        self._missing = 0
        """Bytes of the body that have not come yet."""
        self._body_waiter: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._is_last = False
        self._is_lost = False
        self._is_discarding = False
        self.has_begun = False
        """Whether the head of the answer has been written."""
        self.deadline = time.monotonic() + HEAD_SECONDS
        self.peer = ""
        self.certificate = ""
        """`x5t#S256` of the client's certificate; "" without one."""

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_SEND_BUFFER)
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""
        tls = transport.get_extra_info("ssl_object")
        der = tls.getpeercert(binary_form=True) if tls is not None else None
        self.certificate = of_certificate(der) if der else ""
        if not self._server.add(self):
            self._is_lost = True
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        self._server.drop(self)
        self._writable.set()
        if self._body_waiter is not None and not self._body_waiter.done():
            self._body_waiter.set_exception(Gone())
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()
        self.deadline = time.monotonic() + WRITE_SECONDS

    def resume_writing(self) -> None:
        self._writable.set()
        self.deadline = float("inf")

    def data_received(self, data: bytes) -> None:
        if self._head is None:
            self._buffer += data
            self._read_head()
        elif self._is_discarding:
            self._missing -= len(data)
            if self._missing <= 0:
                self._transport.close()
        elif self._missing:
            self._buffer += data
            self._missing -= len(data)
            self._body_came()
        else:  # nobody sends the next request before the answer: it is not read
            self._is_last = True

    def _read_head(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end > MAX_HEAD_BYTES or (end < 0 and len(self._buffer) > MAX_HEAD_BYTES):
            self._refuse(431)
            return
        if end < 0:
            return
        try:
            head = read_request(bytes(self._buffer[:end]))
            if head.fields[b"host"].lower() not in self._server.hosts:
                raise BadRequest(421)
            if head.length > self._server.max_body:
                raise BadRequest(413)
        except BadRequest as bad:
            self._refuse(bad.status)
            return
        del self._buffer[: end + 4]
        self._head = head
        self._is_last = not head.keep_alive
        self._missing = head.length - len(self._buffer)
        self.deadline = time.monotonic() + BODY_SECONDS
        self._body_came()
        self._task = self._loop.create_task(self._serve(head))

    def _body_came(self) -> None:
        if self._missing < 0:
            del self._buffer[self._missing :]
            self._missing, self._is_last = 0, True
        if not self._missing:
            self.deadline = float("inf")
            if self._body_waiter is not None and not self._body_waiter.done():
                self._body_waiter.set_result(None)

    def expire(self) -> None:
        """End a connection that was too slow."""
        if self._head is None and self._buffer:
            self._refuse(408)
        else:
            self._transport.abort()

    def _refuse(self, status: int) -> None:
        self._is_last = True
        self.deny(BROKEN[status])
        self._transport.close()

    async def _serve(self, head: Head) -> None:
        try:
            await self._server.handler(self, head)
        except Gone:
            self._transport.abort()
        except asyncio.CancelledError:
            self.cut()
            raise
        except Exception as error:
            # Neither its text nor a traceback: both may hold what was sent.
            _log.error("a request failed: %s", type(error).__name__)
            self.cut() if self.has_begun else self.deny(INTERNAL)
        finally:
            self._task = None
            if not self._is_lost:
                self._next()

    def _next(self) -> None:
        """Be ready for the next request, or close after this one."""
        if self._missing:
            # Closing on a body that is still being sent would take the answer with it.
            self._buffer.clear()
            self._is_discarding, self.deadline = True, time.monotonic() + DISCARD_SECONDS
            return
        if self._is_last:
            self._transport.close()
            return
        self._buffer.clear()
        self._head, self.has_begun, self._body_waiter = None, False, None
        self.deadline = time.monotonic() + IDLE_SECONDS

    # What a handler calls

    async def body(self) -> bytes:
        """The whole body; raises Gone."""
        if self._missing:
            self._body_waiter = self._loop.create_future()
            await self._body_waiter
        return bytes(self._buffer)

    def whole(self, status: int, body: bytes, fields: bytes = b"") -> None:
        """Answer with a JSON body at once."""
        length = b"Content-Length: %d\r\n" % len(body)
        self._transport.write(self._begin(status, b"application/json", length + fields) + body)

    def deny(self, denial: Denial) -> None:
        """Answer that it is not served."""
        if self.has_begun or self._is_lost:
            return
        self._is_last = self._is_last or denial.closes or self._missing > 0
        self.whole(denial.status, denial.body, denial.fields)

    def stream(self, fields: bytes = b"") -> None:
        """Begin an answer of server-sent events."""
        coding = b"Transfer-Encoding: chunked\r\n"
        self._transport.write(self._begin(200, b"text/event-stream", coding + fields))

    async def piece(self, data: bytes) -> None:
        """Send a piece of it; waits while the partner does not read. Raises Gone."""
        self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        if not self._writable.is_set():
            await self._writable.wait()
        if self._is_lost:
            raise Gone

    def end(self) -> None:
        """End a stream."""
        self._transport.write(b"0\r\n\r\n")

    def cut(self) -> None:
        """End the connection at once; not even what the kernel holds is sent any more."""
        if self._is_lost:
            return
        self._is_lost = self._is_last = True
        raw = self._transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _begin(self, status: int, kind: bytes, fields: bytes) -> bytes:
        """The head of an answer."""
        self.has_begun = True
        return (
            b"HTTP/1.1 %b\r\nDate: %b\r\nContent-Type: %b\r\n%bCache-Control: no-store\r\n"
            b"X-Content-Type-Options: nosniff\r\n%b\r\n"
            % (
                _REASONS[status],
                _date(int(time.time())),
                kind,
                fields,
                b"Connection: close\r\n" if self._is_last else b"",
            )
        )


class Server:
    """Takes connections; `hosts` are the values of Host (lower case) that are this gateway."""

    def __init__(
        self,
        handler: Handler,
        *,
        hosts: frozenset[bytes],
        max_body: int,
        max_connections: int = 2_000,
    ) -> None:
        self.handler = handler
        self.hosts = hosts
        self.max_body = max_body
        self.loop = asyncio.get_running_loop()
        self._max_connections = max_connections
        self._open: set[Connection] = set()

    def __call__(self) -> Connection:
        return Connection(self)

    def add(self, connection: Connection) -> bool:
        if len(self._open) >= self._max_connections:
            return False
        self._open.add(connection)
        return True

    def drop(self, connection: Connection) -> None:
        self._open.discard(connection)

    def expire(self) -> None:
        """End what was too slow; to be called about once a second."""
        now = time.monotonic()
        for each in [one for one in self._open if one.deadline < now]:
            each.expire()

    def cut_all(self) -> None:
        """End every connection at once."""
        for each in list(self._open):
            each.cut()


@lru_cache(maxsize=2)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


_REASONS = {status.value: f"{status.value} {status.phrase}".encode() for status in HTTPStatus}
