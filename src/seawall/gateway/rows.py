"""Asking the database from the event loop: at once where that is a look into a file, else from a
thread, with all questions of a moment in one."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import connections

from seawall.reviews.gateway import Known, Provider, Reader, ReaderFailed, Spent, provider_of

_T = TypeVar("_T")


class Rows:
    """The rows that decide; raises ReaderFailed."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "rows")
        self._waiting: list[tuple[str, asyncio.Future[Known | None]]] = []
        self._asker: asyncio.Task[None] | None = None

    async def known(self, digest: str) -> Known | None:
        """Whose the token of this digest is, as of now; None for nobody's."""
        if self._reader.is_local:
            return self._reader.known([digest]).get(digest)
        found: asyncio.Future[Known | None] = self._loop.create_future()
        self._waiting.append((digest, found))
        if self._asker is None:
            self._asker = self._loop.create_task(self._ask())
        return await found

    async def again(self, keys: list[int]) -> dict[int, Known]:
        """The tokens of running requests, as of now."""
        return await self._call(lambda: self._reader.again(keys))

    async def spent(self, grant: int, *, now: datetime) -> Spent:
        return await self._call(lambda: self._reader.spent(grant, now=now))

    async def certificates(self) -> list[str]:
        return await self._call(self._reader.certificates)

    async def provider(self, submission: int) -> Provider | None:
        """Where a model is asked; unsealed in a thread, since keys lie in files or a token."""
        return await self._loop.run_in_executor(self._thread, provider_of, submission)

    async def close(self) -> None:
        await self._loop.run_in_executor(self._thread, connections.close_all)
        self._reader.close()
        self._thread.shutdown()

    async def _call(self, ask: Callable[[], _T]) -> _T:
        if self._reader.is_local:
            return ask()
        return await self._loop.run_in_executor(self._thread, ask)

    async def _ask(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            digests = list({digest for digest, _ in waiting})
            try:
                rows = await self._call(partial(self._reader.known, digests))
            except ReaderFailed as failed:
                for _, each in waiting:
                    if not each.done():
                        each.set_exception(ReaderFailed(str(failed)))
                continue
            for digest, each in waiting:
                if not each.done():
                    each.set_result(rows.get(digest))
        self._asker = None
