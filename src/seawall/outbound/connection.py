"""One connection to one address that was vetted, all of it before one deadline."""

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

Clock = Callable[[], float]


class Pinned(httpcore.NetworkBackend):
    """Connects to `address`, whatever host is asked for; every wait ends at `deadline`.

    `wrote` says whether any of the request may have left."""

    def __init__(self, *, address: str, deadline: float, clock: Clock = time.monotonic) -> None:
        self._address = address
        self._deadline = deadline
        self._clock = clock
        self._inner = httpcore.SyncBackend()
        self.wrote = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(
            self._address,
            port,
            timeout=self.left(httpcore.ConnectTimeout),
            socket_options=socket_options,
        )
        return _Timed(stream, self)

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("no sockets of this machine are called")

    def left(self, error: type[Exception]) -> float:
        """The seconds that are left; raises `error` when there are none."""
        left = self._deadline - self._clock()
        if left <= 0:
            raise error("the time for the whole call is over")
        return left


class _Timed(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, of: Pinned) -> None:
        self._inner = inner
        self._of = of

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout=self._of.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._of.wrote = True
        self._inner.write(buffer, timeout=self._of.left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._of.left(httpcore.ConnectTimeout)
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, timeout=left), self._of)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
