"""Where a feed is read from: a web server that the user named, or a folder.

A source is never believed; it can only give the bytes that signed metadata names, withhold
them, or waste time, and both are bounded here: each read has a limit on its length (unpacked
and on the wire) and on its whole time.
"""

import os
import re
import ssl
import stat
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Self

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface

from seawall.client.errors import FeedRefused, NotThere, Unreachable
from seawall.outbound.client import Internal, Outbound
from seawall.outbound.connection import Clock
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.outbound.session import Session, TooMuch
from seawall.outbound.urls import read_url

_PART = re.compile(r"[A-Za-z0-9._~@+%:,;=-]{1,200}")
_MAX_PARTS = 16
UNSAID = 8 << 20
"""The most bytes of a file whose reader names no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The longest that one file may take: `seconds`, and its limit at `bytes_per_second`."""

    seconds: float = 30.0
    bytes_per_second: float = 50_000.0

    def allows(self, limit: int) -> float:
        """Seconds for a file of at most `limit` bytes."""
        return self.seconds + limit / self.bytes_per_second


class Source(ABC):
    """A tree of files. `requests` and `received` count what was asked for and, in bytes as they
    came, what was given."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests = 0
        self.received = 0

    def read(self, path: str, *, limit: int) -> bytes:
        """The file at `path` ("tuf/metadata/timestamp.json"), of at most `limit` bytes.

        Raises NotThere, Unreachable, and FeedRefused for more bytes than that.
        """
        self.requests += 1
        return self._read(_parts(path), limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def _read(self, parts: list[str], limit: int) -> bytes: ...

    def close(self) -> None:  # noqa: B027 — most sources hold nothing
        """Give back what the source holds open."""


def open_source(text: str, *, pace: Pace | None = None) -> Source:
    """The source that a user wrote: an http(s) address, or a path. Raises Unreachable."""
    if re.match(r"https?://", text, re.IGNORECASE):
        return WebSource(text, pace=pace)
    return FolderSource(Path(text))


class WebSource(Source):
    """A web server. Its host was named by the user, so that it may be one of the user's own
    network, and plain http: what it gives is verified, whoever sent it."""

    def __init__(
        self,
        url: str,
        *,
        pace: Pace | None = None,
        tls: ssl.SSLContext | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(url.rstrip("/"))
        self._pace = pace or Pace()
        try:
            target = read_url(self.name + "/")
            if "?" in target.path:
                raise OutboundRefused("the address of a feed has no query")
            here = Internal(host=target.host, port=target.port, plain=target.scheme == "http")
            outbound = Outbound(internal=[here], only=frozenset({target.host}))
            self._session = Session(base=target.url, outbound=outbound, tls=tls, clock=clock)
        except OutboundRefused as refused:
            raise Unreachable(f"{url}: {refused}") from None
        self._base = target.url

    def _read(self, parts: list[str], limit: int) -> bytes:
        return self.get("/".join(parts), limit=limit)

    def get(self, path: str, *, limit: int) -> bytes:
        """The file at `path` as written, below the address of this source."""
        try:
            got = self._session.get(
                self._base + path, limit=limit, seconds=self._pace.allows(limit)
            )
        except TooMuch:
            raise FeedRefused(_too_long(path, limit)) from None
        except (OutboundFailed, OutboundRefused) as failed:
            raise Unreachable(f"{path} could not be read: {failed}") from None
        self.received += got.received
        if got.status == 200:
            return got.body
        if got.status in (403, 404, 410):
            raise NotThere(f"{self.name} has no {path} ({got.status})")
        if 300 <= got.status < 400:
            raise Unreachable(f"{self.name} points elsewhere for {path}; that is not followed")
        raise Unreachable(f"{self.name} answers {got.status} for {path}")

    def close(self) -> None:
        self._session.close()


class FolderSource(Source):
    """A folder: carried media, or the public tree itself (its `current` is read). Links are
    followed only within what was named; only regular files are read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        tree = folder.parent if folder.name == "current" and folder.is_symlink() else folder
        self._bound = Path(os.path.realpath(tree))
        inner = tree / "current"
        self._root = Path(os.path.realpath(inner if inner.is_symlink() else tree))
        if not self._root.is_dir():
            raise Unreachable(f"{folder} is no folder")
        self._check(self._root, "current")

    def _read(self, parts: list[str], limit: int) -> bytes:
        path = "/".join(parts)
        real = Path(os.path.realpath(self._root.joinpath(*parts)))
        self._check(real, path)
        try:
            data = _read_regular(real, limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            raise NotThere(f"{self.name} has no {path}") from None
        except OSError as error:
            raise Unreachable(f"{path} could not be read: {error.strerror}") from None
        if len(data) > limit:
            raise FeedRefused(_too_long(path, limit))
        self.received += len(data)
        return data

    def _check(self, real: Path, path: str) -> None:
        if not real.is_relative_to(self._bound):
            raise FeedRefused(f"{path} leads out of {self.name}")


def _read_regular(path: Path, most: int) -> bytes:
    """Up to `most` bytes of a regular file; a pipe, a device or a folder is an OSError."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "it is no regular file")
        return file.read(most)


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    plain = all(_PART.fullmatch(part) and part.strip(".") for part in parts)
    if not plain or len(parts) > _MAX_PARTS:
        raise FeedRefused(f"{path!r} is no path of a feed")
    return parts


def _too_long(path: str, limit: int) -> str:
    return f"{path} is longer than the {limit} bytes it may have"


class SourceFetcher(FetcherInterface):
    """What python-tuf downloads through; its addresses are `BASE` and a path of the source."""

    BASE = "source:"

    def __init__(self, source: Source) -> None:
        self._source = source

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """As the interface says; what is no matter of TUF is raised as the source raises it."""
        try:
            return self._bytes(url, max_length)
        except NotThere as absent:
            raise DownloadHTTPError(str(absent), 404) from absent

    def _bytes(self, url: str, limit: int) -> bytes:
        return self._source.read(url.removeprefix(self.BASE), limit=limit)

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        yield BytesIO(self.download_bytes(url, max_length))

    def _fetch(self, url: str) -> Iterator[bytes]:
        yield self.download_bytes(url, UNSAID)
