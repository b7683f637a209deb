"""The child's end of the line to the runner: calls that wait for their answers."""

import asyncio
import itertools
import json
import os
import socket
from typing import Any, Self

from seawall.evals.frames import HEAD_BYTES, encode, head, size_in


class AttemptOver(Exception):
    """The runner has ended this attempt."""


class Line:
    """Calls of many attempts over one socket, from one event loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._listener: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, fd: int) -> Self:
        line = socket.socket(fileno=fd)
        line.setblocking(False)
        return cls(*await asyncio.open_unix_connection(sock=line, limit=1 << 20))

    async def plan(self) -> dict[str, Any]:
        """The first message: what to run. From then on, answers are listened for."""
        plan = await self._read()
        self._listener = asyncio.create_task(self._listen())
        return plan

    async def send(self, frame: dict[str, Any]) -> None:
        body = encode(frame)
        self._writer.write(head(body) + body)
        await self._writer.drain()

    async def call(self, do: str, position: int, **what: Any) -> dict[str, Any]:
        """Ask the runner to do something in an attempt; raises AttemptOver."""
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self.send({"id": number, "do": do, "position": position, **what})
            found: dict[str, Any] = await answer
        finally:
            self._waiting.pop(number, None)
        if "over" in found:
            raise AttemptOver(found["over"])
        return found

    async def _listen(self) -> None:
        """Hand out answers; when the runner is gone, this process ends at once."""
        try:
            while True:
                frame = await self._read()
                waiting = self._waiting.get(frame["id"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame)
        except asyncio.IncompleteReadError:
            os._exit(1)

    async def _read(self) -> dict[str, Any]:
        size = size_in(await self._reader.readexactly(HEAD_BYTES))
        found: dict[str, Any] = json.loads(await self._reader.readexactly(size))
        return found
