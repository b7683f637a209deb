"""The clearinghouse as `seawall match` reaches it: the API's relay, over HTTPS."""

import base64
import json
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

from seawall.outbound.client import Answer, Caps, Internal, Outbound
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.vocab.errors import BadInput, one_line

_CAPS = Caps(seconds=120.0, body_bytes=4 << 20)

Send = Callable[[str, str, dict[str, str], bytes], Answer]
"""Method, URL, headers, body → what came back."""


class RelayRefused(BadInput):
    """The clearinghouse said no; `what` is its reason. `status` is that of HTTP."""

    def __init__(self, what: str, *, status: int) -> None:
        super().__init__(what)
        self.status = status


class Relay:
    """One clearinghouse, with one party's token. Every method raises RelayRefused, or BadInput
    when it cannot be reached."""

    def __init__(
        self, server: str, token: str, *, party: str = "", send: Send | None = None
    ) -> None:
        self.server = server.rstrip("/")
        self._token, self._party = token, party
        self._send = send or _sender(self.server)

    def start(self, *, other: str, at_most: int) -> dict[str, Any]:
        """Open a session with another party."""
        return self._call("POST", "", {"with": other, "at_most": at_most, **self._side()})

    def session(self, id: str) -> dict[str, Any]:
        """What has happened in a session."""
        return self._call("GET", f"/{quote(id, safe='')}")

    def send(self, id: str, what: str, data: bytes) -> None:
        """Send one's "points" or "answer"."""
        body = {"data": base64.b64encode(data).decode(), **self._side()}
        self._call("PUT", f"/{quote(id, safe='')}/{what}", body)

    def fetch(self, id: str, what: str) -> bytes:
        """The other side's "points" or "answer"."""
        query = f"?party={quote(self._party)}" if self._party else ""
        found = self._call("GET", f"/{quote(id, safe='')}/{what}{query}")
        try:
            return base64.b64decode(found["data"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput("the clearinghouse sent no points") from error

    def end(self, id: str, *, because: str) -> None:
        """Decline a session or give it up."""
        self._call("POST", f"/{quote(id, safe='')}/end", {"because": because, **self._side()})

    def _side(self) -> dict[str, str]:
        return {"party": self._party} if self._party else {}

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        data = b"" if body is None else json.dumps(body).encode()
        if data:
            headers["Content-Type"] = "application/json"
        url = f"{self.server}/api/v1/matches{path}"
        try:
            answer = self._send(method, url, headers, data)
        except (OutboundFailed, OutboundRefused) as error:
            raise BadInput(f"the clearinghouse cannot be reached: {error}") from error
        return _read(answer)


def _read(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput(
            f"what answered is no clearinghouse of Seawall (HTTP {answer.status})",
            mend="give its address, such as https://clearinghouse.example, with --server",
        )
    if not answer.ok:
        reason = one_line(str(found.get("detail") or found.get("title") or answer.status))
        raise RelayRefused(reason, status=answer.status)
    return found


def _sender(server: str) -> Send:
    """Calls this server alone, wherever it is; http only on this machine itself."""
    try:
        parts = urlsplit(server)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host, port = "", 0
    if not host or parts.scheme not in ("http", "https"):
        raise BadInput("not the address of a clearinghouse", mend="https://clearinghouse.example")
    plain = _is_loopback(host)
    if parts.scheme == "http" and not plain:
        raise BadInput("points travel over https only", mend=f"https://{host}")
    internal = (Internal(host=host, port=port, plain=plain),)
    client = Outbound(internal=internal, only=frozenset({host}), caps=_CAPS)

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        return client.request(method, url, headers=headers, body=body)

    return send


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
