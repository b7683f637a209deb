"""The gateway's process: its parts put together, started, watched and ended."""

import asyncio
import fcntl
import gc
import logging
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections

from seawall.gateway.checks import Options
from seawall.gateway.door import Door
from seawall.gateway.journal import Journal
from seawall.gateway.relay import LOOK_SECONDS, Relay
from seawall.gateway.rows import Rows
from seawall.gateway.server import Server
from seawall.gateway.upstream import Upstreams
from seawall.outbound.client import Internal, Outbound
from seawall.reviews import gateway_calls
from seawall.reviews.gateway import ReaderFailed

_SWITCH_SECONDS = 0.0005
"""So that the journal's thread does not hold up an answer for Python's usual 5 ms."""
_LOCK = 5234124
_log = logging.getLogger("seawall.gateway")


class GatewayRunning(RuntimeError):
    """Another process serves this installation: quotas are counted in one place."""


class _Store:
    """The journal in the database, for the journal's thread."""

    begin = staticmethod(gateway_calls.begin)
    end = staticmethod(gateway_calls.end)

    def close(self) -> None:
        connections.close_all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A gateway that is listening."""

    port: int
    origin: str
    relay: Relay
    server: Server
    journal: Journal
    door: Door


async def run(options: Options, *, ready: Callable[[Gateway], None], stop: asyncio.Event) -> None:
    """Serve until `stop` is set. Raises GatewayRunning."""
    with _only_one():
        async with listening(options) as gateway:
            ready(gateway)
            await stop.wait()


@asynccontextmanager
async def listening(options: Options) -> AsyncIterator[Gateway]:
    """A gateway that serves within the block; all it has begun is written down at its end."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    await asyncio.to_thread(_recover)
    gc.freeze()
    loop = asyncio.get_running_loop()
    rows, journal = Rows(), Journal(_Store())
    upstreams = Upstreams(_outbound(options))
    relay = Relay(rows=rows, journal=journal, upstreams=upstreams)
    tls = _tls(options)
    trust = _Trust(tls)
    try:
        parts: list[Server] = []
        sock = await loop.create_server(
            lambda: parts[0](), options.host, options.port, ssl=tls, start_serving=False
        )
        port = sock.sockets[0].getsockname()[1]
        origin = options.origin_at(port)
        door = Door(rows=rows, journal=journal, relay=relay, origin=origin)
        made = Server(door, hosts=_hosts(origin), max_body=options.max_body_bytes)
        parts.append(made)
        await trust.learn(rows)
        await sock.start_serving()
        watcher = loop.create_task(_watch(made, relay, door, rows, trust))
        try:
            yield Gateway(
                port=port, origin=origin, relay=relay, server=made, journal=journal, door=door
            )
        finally:
            sock.close()
            watcher.cancel()
            relay.stop_all("the gateway stopped")
            made.cut_all()
            while not relay.is_idle:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)
    finally:
        upstreams.close()
        await asyncio.to_thread(journal.close)
        await rows.close()


class _Trust:
    """The certificates of bound keys, given to a TLS context as they appear."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._known: set[str] = set()

    async def learn(self, rows: Rows) -> None:
        """Take the certificates that were bound since."""
        if self._tls is None:
            return
        try:
            found = await rows.certificates()
        except ReaderFailed:
            return
        for text in found:
            if text not in self._known:
                self._known.add(text)
                self._take(self._tls, text)

    def _take(self, tls: ssl.SSLContext, text: str) -> None:
        try:
            tls.load_verify_locations(cadata=text)
        except (ssl.SSLError, ValueError):
            _log.error("a bound certificate cannot be read")


async def _watch(server: Server, relay: Relay, door: Door, rows: Rows, trust: _Trust) -> None:
    """Look after what is running; whatever goes wrong here ends it."""
    turn = 0
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        turn += 1
        try:
            await relay.look()
            if turn % 5 == 0:
                server.expire()
                await trust.learn(rows)
            if turn % 300 == 0 and relay.is_idle:
                door.forget_endpoints()
        except Exception as error:
            _log.error("the running calls were not looked at: %s", type(error).__name__)
            relay.stop_all("the grant could not be looked at")


def _recover() -> None:
    try:
        gateway_calls.close_open_calls(now=datetime.now(UTC))
    finally:
        connections.close_all()


def _outbound(options: Options) -> Outbound:
    internal = [_internal(each) for each in settings.SEAWALL_OUTBOUND_INTERNAL]
    plain = [_internal(each, plain=True) for each in options.plain_upstreams]
    return Outbound(internal=[*plain, *internal])


def _internal(text: str, *, plain: bool = False) -> Internal:
    host, _, port = text.rpartition(":")
    return Internal(host=host.strip("[]"), port=int(port), plain=plain)


def _hosts(origin: str) -> frozenset[bytes]:
    """The Host values for an origin: with its port, and without where that is the scheme's."""
    parts = urlsplit(origin.lower())
    usual = 443 if parts.scheme == "https" else 80
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    found = {f"{host}:{parts.port or usual}".encode()}
    if parts.port in (None, usual):
        found.add(host.encode())
    return frozenset(found)


def _tls(options: Options) -> ssl.SSLContext | None:
    """TLS 1.3 that takes the certificates of bound keys, self-signed ones too: what a certificate
    is good for is decided by the binding of the token, not by who signed it."""
    if options.certificate is None or options.private_key is None:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(options.certificate, options.private_key)
    made.verify_mode = ssl.CERT_OPTIONAL
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made.num_tickets = 0  # each connection shows its certificate
    if options.client_ca is not None:
        made.load_verify_locations(options.client_ca)
    return made


class _only_one:  # noqa: N801
    """Holds the lock of the installation: a file of its home, and one in a PostgreSQL."""

    def __enter__(self) -> None:
        self._file: IO[str] = open(Path(settings.SEAWALL_HOME) / "gateway.lock", "w")
        self._held = connections.create_connection("default")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._held.vendor == "postgresql" and not self._ask():
                raise BlockingIOError
        except BlockingIOError:
            self.__exit__()
            raise GatewayRunning("A gateway serves this installation already.") from None

    def _ask(self) -> bool:
        with self._held.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            return bool(cursor.fetchone()[0])

    def __exit__(self, *error: object) -> None:
        self._held.close()
        self._file.close()
