"""Many files from one host over connections that stay open, each within its own limits.

For callers who read a tree of files from a server that its user named: the vetting of
`outbound.client` applies, an answer is streamed against caps on its length (on the wire and
unpacked) and on its whole time, and a redirect is an answer, not an order.
"""

import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpcore

from seawall.outbound.client import Outbound
from seawall.outbound.connection import Clock, Pinned
from seawall.outbound.errors import OutboundFailed, OutboundRefused, in_words
from seawall.outbound.urls import Target, read_url

_HEADERS = 32_768
_OVERHEAD = 1_024
"""What packing may add to bytes that do not pack, and to few bytes."""


class TooMuch(Exception):
    """The answer is longer than the caller allows; none of it is given."""


class TooSlow(OutboundFailed):
    """The answer was not complete within its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One whole answer: `body` is unpacked, empty unless `status` is 200; `received` counts the
    bytes of the body on the wire."""

    status: int
    body: bytes = field(repr=False)
    received: int


class _Renewed(Pinned):
    """A pinned connection whose deadline is set anew for each call."""

    def renew(self, seconds: float) -> None:
        self._deadline = self._clock() + seconds


class Session:
    """GET from the host of `base`, over at most one connection, one call at a time.

    `outbound` decides whether the host may be called at all; raises OutboundRefused when not.
    """

    def __init__(
        self,
        *,
        base: str,
        outbound: Outbound,
        tls: ssl.SSLContext | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._base = outbound.check(base)
        self._outbound = outbound
        self._tls = tls or ssl.create_default_context()
        self._clock = clock
        self._pool: httpcore.ConnectionPool | None = None
        self._backend: _Renewed | None = None
        self._lock = threading.Lock()

    def get(self, url: str, *, limit: int, seconds: float) -> Got:
        """The file at `url`, of at most `limit` bytes, within `seconds`.

        Raises OutboundRefused (another host), OutboundFailed (no connection, a broken answer),
        TooSlow, TooMuch. A connection that the server closed meanwhile is opened once more.
        """
        target = read_url(url)
        if (target.scheme, target.authority) != (self._base.scheme, self._base.authority):
            raise OutboundRefused(f"{target.host} is another host than the one that was named")
        with self._lock:
            reused = self._pool is not None
            try:
                return self._get(target, limit, seconds)
            except TooSlow:
                raise
            except OutboundFailed:
                if not reused:
                    raise
                return self._get(target, limit, seconds)

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._pool is not None:
            self._pool.close()
        self._pool = self._backend = None

    def _get(self, target: Target, limit: int, seconds: float) -> Got:
        pool, backend = self._open(target, seconds)
        backend.renew(seconds)
        try:
            return _read(pool, target, limit)
        except (httpcore.TimeoutException, TimeoutError):
            self.close()
            raise TooSlow(f"{target.host}: not complete within {seconds:.0f} seconds") from None
        except (httpcore.ProtocolError, httpcore.NetworkError, ssl.SSLError, OSError) as error:
            self.close()
            raise OutboundFailed(f"{target.host}: {in_words(error)}") from None
        except BaseException:
            self.close()
            raise

    def _open(self, target: Target, seconds: float) -> tuple[httpcore.ConnectionPool, _Renewed]:
        if self._pool is None or self._backend is None:
            self._backend = _Renewed(
                address=self._outbound.address_of(target),
                deadline=self._clock() + seconds,
                clock=self._clock,
            )
            self._pool = httpcore.ConnectionPool(
                ssl_context=self._tls,
                network_backend=self._backend,
                max_connections=1,
                retries=0,
            )
        return self._pool, self._backend


def _read(pool: httpcore.ConnectionPool, target: Target, limit: int) -> Got:
    with pool.stream("GET", target.url, headers=_headers(target)) as response:
        given = {name.lower(): value.lower() for name, value in response.headers}
        if sum(len(name) + len(value) for name, value in response.headers) > _HEADERS:
            raise TooMuch(f"{target.host}: headers of more than {_HEADERS} bytes")
        if response.status != 200:
            pool_drained = _drain(response.iter_stream())
            return Got(status=response.status, body=b"", received=pool_drained)
        coding = given.get(b"content-encoding", b"identity")
        if coding not in (b"identity", b"gzip"):
            raise OutboundRefused(f"{target.host}: an answer in a packing nobody asked for")
        received = 0

        def chunks() -> Iterator[bytes]:
            nonlocal received
            for chunk in response.iter_stream():
                received += len(chunk)
                if received > limit + _OVERHEAD:
                    raise TooMuch(_too_much(target, limit))
                yield chunk

        unpack = _inflated if coding == b"gzip" else _plain
        body = unpack(chunks(), limit, lambda: TooMuch(_too_much(target, limit)), target)
        return Got(status=200, body=body, received=received)


_ERROR_PAGE = 65_536


def _drain(stream: Iterator[bytes]) -> int:
    """Read the page of an error, so that the connection can be used again; a long one ends it."""
    received = 0
    for chunk in stream:
        received += len(chunk)
        if received > _ERROR_PAGE:
            break
    return received


Complaint = Callable[[], TooMuch]


def _plain(chunks: Iterator[bytes], limit: int, complain: Complaint, target: Target) -> bytes:
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        if len(kept) > limit:
            raise complain()
    return bytes(kept)


def _inflated(chunks: Iterator[bytes], limit: int, complain: Complaint, target: Target) -> bytes:
    """One gzip member, inflated piece by piece and never beyond `limit`."""
    inflater = zlib.decompressobj(31)
    kept = bytearray()
    try:
        for chunk in chunks:
            kept += inflater.decompress(chunk, limit + 1 - len(kept))
            if len(kept) > limit:
                raise complain()
            if inflater.unconsumed_tail or inflater.unused_data:
                raise OutboundFailed(f"{target.host}: more than one packed answer in one")
    except zlib.error:
        raise OutboundFailed(f"{target.host}: the packed answer is broken") from None
    if not inflater.eof:
        raise OutboundFailed(f"{target.host}: the packed answer is cut off")
    return bytes(kept)


def _headers(target: Target) -> list[tuple[bytes, bytes]]:
    return [
        (b"host", target.authority.encode("ascii")),
        (b"accept-encoding", b"gzip"),
        (b"user-agent", b"seawall"),
    ]


def _too_much(target: Target, limit: int) -> str:
    return f"{target.host}: an answer of more than {limit} bytes"
