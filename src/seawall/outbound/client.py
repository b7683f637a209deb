"""The HTTP client for every call out of Seawall.

A host is resolved once, every address it has must be public, and the connection goes to that
very address while TLS and the Host header keep the name; so a name that changes its mind in
between (DNS rebinding) changes nothing. Redirects are answers, not orders. No proxy and no
password file of the environment takes part.
"""

import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpcore

from seawall.outbound.addresses import vet_address
from seawall.outbound.connection import Pinned
from seawall.outbound.errors import OutboundFailed, OutboundRefused, in_words
from seawall.outbound.urls import Target, read_url
from seawall.vocab.decisions import Refused

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host for a port; raises OSError when there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Internal:
    """A host and port of one's own network that may be called although it is not public; with
    `plain` over http too, which only tests do."""

    host: str
    port: int = 443
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most that one call may take; `seconds` for all of it but the name's resolution."""

    seconds: float = 20.0
    header_bytes: int = 32_768
    body_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; names of headers are in lower case, the body is as sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def resolve(host: str, port: int) -> list[str]:
    """The addresses the system's resolver has for `host`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Outbound:
    """Calls public https addresses, and the internal ones it is told of.

    `only` narrows it to these hosts; empty for every public one.
    """

    def __init__(
        self,
        *,
        internal: Sequence[Internal] = (),
        only: frozenset[str] = frozenset(),
        caps: Caps | None = None,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._internal = tuple(internal)
        self._only = only
        self._caps = caps or Caps()
        self._resolver = resolver
        self._tls = tls or ssl.create_default_context()

    def check(self, url: str) -> Target:
        """The target of an address that could be called, as far as its text tells.

        Raises OutboundRefused. The addresses of its host are vetted when it is called.
        """
        target = read_url(url)
        if self._only and target.host not in self._only:
            raise OutboundRefused(f"{target.host} is not among the hosts that may be called")
        exception = self._exception(target)
        if target.scheme != "https" and not (exception and exception.plain):
            raise OutboundRefused("only https addresses are called")
        if exception is not None:
            return target
        if target.port != 443 and target.port < 1024:
            raise OutboundRefused(f"port {target.port} is not called")
        if target.is_address:
            _vet(target.host, target.host)
        elif "." not in target.host:
            raise OutboundRefused(f"{target.host} is no public name")
        return target

    def address_of(self, target: Target) -> str:
        """The one address to connect to now, vetted with all others that the name has; for callers
        that keep connections. Raises OutboundRefused, OutboundFailed."""
        return self._address(self.check(target.url))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Make one call and give its answer, whatever its status. Raises OutboundRefused,
        OutboundFailed. Nothing is retried and no redirect followed."""
        target = self.check(url)
        address = self._address(target)
        backend = Pinned(address=address, deadline=time.monotonic() + self._caps.seconds)
        with httpcore.ConnectionPool(
            ssl_context=self._tls,
            network_backend=backend,
            max_connections=1,
            retries=0,
        ) as pool:
            try:
                return self._call(pool, method, target, headers or {}, body)
            except (httpcore.TimeoutException, TimeoutError):
                reason = f"no answer within {self._caps.seconds:g} seconds"
                raise OutboundFailed(f"{target.host}: {reason}", sent=backend.wrote) from None
            except (httpcore.ProtocolError, httpcore.NetworkError, ssl.SSLError, OSError) as error:
                raise OutboundFailed(
                    f"{target.host}: {in_words(error)}", sent=backend.wrote
                ) from None

    def _call(
        self,
        pool: httpcore.ConnectionPool,
        method: str,
        target: Target,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        with pool.stream(
            method,
            target.url,
            headers=_headers(target, headers, body, method),
            content=body,
        ) as response:
            given = _read_headers(response.headers, self._caps.header_bytes, target)
            kept = bytearray()
            for chunk in response.iter_stream():
                kept += chunk
                if len(kept) > self._caps.body_bytes:
                    raise OutboundFailed(
                        f"{target.host}: an answer of more than {self._caps.body_bytes} bytes"
                    )
        return Answer(status=response.status, headers=given, body=bytes(kept))

    def _address(self, target: Target) -> str:
        """The address to connect to; every address that the name has is vetted."""
        if target.is_address:
            return target.host
        try:
            found = list(self._resolver(target.host, target.port))
        except (OSError, UnicodeError):
            raise OutboundFailed(f"{target.host} has no address", sent=False) from None
        if not found:
            raise OutboundFailed(f"{target.host} has no address", sent=False)
        if self._exception(target) is None:
            for address in found:
                _vet(address, target.host)
        return found[0]

    def _exception(self, target: Target) -> Internal | None:
        fits = (e for e in self._internal if (e.host.lower(), e.port) == (target.host, target.port))
        return next(fits, None)


def _vet(address: str, host: str) -> None:
    decision = vet_address(address)
    if isinstance(decision, Refused):
        raise OutboundRefused(f"{host} is not called: {decision.reason}")


_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


def _headers(
    target: Target, headers: Mapping[str, str], body: bytes, method: str
) -> list[tuple[bytes, bytes]]:
    """The headers to send; who calls gives those of its matter, not those of the connection."""
    made = [("host", target.authority), ("accept-encoding", "identity"), ("connection", "close")]
    if body or method in ("POST", "PUT", "PATCH"):
        made.append(("content-length", str(len(body))))
    if "user-agent" not in {name.lower() for name in headers}:
        made.append(("user-agent", "seawall"))
    for name, value in headers.items():
        if name.lower() in _OURS:
            raise ValueError(f"{name} is set by the client itself")
        if any(c in "\r\n\0" for c in name + value):
            raise ValueError(f"the header {name!r:.40} would break the request")
        made.append((name, value))
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in made]


def _read_headers(raw: Sequence[tuple[bytes, bytes]], limit: int, target: Target) -> dict[str, str]:
    if sum(len(name) + len(value) for name, value in raw) > limit:
        raise OutboundFailed(f"{target.host}: headers of more than {limit} bytes")
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
