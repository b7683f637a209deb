"""A partner's own end: a proxy on this machine that signs each request with the partner's key, so
that clients which know nothing of it need only another base URL.

It listens on loopback only and serves only who knows the word that it prints: programs of other
users of the machine, and pages in a browser, do not.
"""

import asyncio
import re
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest

from seawall.gateway import denials
from seawall.gateway.client import Key
from seawall.gateway.server import Connection, Server
from seawall.gateway.upstream import UpstreamFailed, Upstreams
from seawall.gateway.wire import Head
from seawall.outbound.client import Internal, Outbound
from seawall.outbound.urls import Target, read_url
from seawall.vocab.errors import BadInput

_PATH = re.compile(rb"/v1/[A-Za-z0-9._/-]{1,200}")
_PASSED_BACK = (b"seawall-salt", b"retry-after")
_MAX_BODY = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """The near end of a connection to a gateway; `word` is what clients give as their key."""

    gateway: str
    key: Key
    token: str = field(repr=False)
    word: str = field(default_factory=lambda: f"local-{secrets.token_urlsafe(24)}")
    port: int = 8451
    ca: str = ""
    """A file of certificates to trust instead of the system's."""


async def run(near: Near, *, ready: Callable[[int], None], stop: asyncio.Event) -> None:
    """Serve until `stop` is set. Raises BadInput for an address that is no gateway's."""
    target = read_url(near.gateway)
    if target.path != "/" or (target.scheme != "https" and target.host != "127.0.0.1"):
        raise BadInput(
            "a gateway is reached over https", where=near.gateway, mend="https://gateway.example"
        )
    tls = ssl.create_default_context(cafile=near.ca or None)
    known = Internal(host=target.host, port=target.port, plain=target.scheme == "http")
    upstreams = Upstreams(Outbound(internal=[known]), tls=tls)
    loop = asyncio.get_running_loop()
    parts: list[Server] = []
    sock = await loop.create_server(lambda: parts[0](), "127.0.0.1", near.port)
    port = sock.sockets[0].getsockname()[1]
    hosts = frozenset(f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost"))
    handler = _Proxy(near, target, upstreams)
    parts.append(Server(handler, hosts=hosts, max_body=_MAX_BODY))
    try:
        ready(port)
        await stop.wait()
    finally:
        sock.close()
        parts[0].cut_all()
        upstreams.close()


class _Proxy:
    def __init__(self, near: Near, target: Target, upstreams: Upstreams) -> None:
        self._near = near
        self._target = target
        self._upstreams = upstreams

    async def __call__(self, connection: Connection, head: Head) -> None:
        if not self._knows(head):
            connection.deny(denials.UNAUTHENTICATED)
        elif not _PATH.fullmatch(head.target):
            connection.deny(denials.NOT_FOUND)
        else:
            await self._pass_on(connection, head, await connection.body())

    def _knows(self, head: Head) -> bool:
        said = head.fields.get(b"authorization", b"").removeprefix(b"Bearer ")
        given = said or head.fields.get(b"x-api-key", b"")
        return compare_digest(given, self._near.word.encode())

    async def _pass_on(self, connection: Connection, head: Head, body: bytes) -> None:
        method, path = head.method.decode(), head.target.decode()
        try:
            reply = await self._upstreams.send(
                self._target, method, path, self._fields(method, path, head), body
            )
        except UpstreamFailed:
            connection.deny(denials.UPSTREAM)
            return
        back = b"".join(
            b"%b: %b\r\n" % (name.title(), reply.field(name).encode("latin-1"))
            for name in _PASSED_BACK
            if reply.field(name)
        )
        try:
            if reply.field(b"content-type").startswith("text/event-stream"):
                connection.stream(back)
                while piece := await reply.piece():
                    await connection.piece(piece)
                connection.end()
            else:
                connection.whole(reply.status, await reply.whole(most=_MAX_BODY), back)
        except UpstreamFailed:
            connection.cut() if connection.has_begun else connection.deny(denials.UPSTREAM)
        finally:
            reply.close()

    def _fields(self, method: str, path: str, head: Head) -> list[tuple[str, str]]:
        url = f"{self._target.scheme}://{self._target.authority}{path}"
        proof = self._near.key.prove(method, url, self._near.token)
        sent = [("Authorization", f"DPoP {self._near.token}"), ("DPoP", proof)]
        for name in (b"content-type", b"seawall-purpose"):
            if value := head.fields.get(name):
                sent.append((name.decode().title(), value.decode("latin-1")))
        return sent
