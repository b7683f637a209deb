"""Sending receipts to the clearinghouse over its API, and registering the key that signs them."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from seawall.formats.bounded import parse_json
from seawall.formats.receipt import possession
from seawall.outbound.client import Answer, Internal, Outbound
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.outbound.urls import read_url
from seawall.signing.keys import Signer
from seawall.vocab.errors import BadInput, one_line

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_API = "/api/v1"


class NotSent(RuntimeError):
    """The clearinghouse could not be reached or does not know the token; trying later may help."""


class Refused(RuntimeError):
    """The clearinghouse answered and refuses what was sent; the message is its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A clearinghouse's API and the token of one's own. The host was named by the user, so that
    it may be one of the user's own network; without TLS only this machine is spoken to, or hosts
    that were named as internal."""

    url: str
    token: str
    party: str = ""
    internal: Sequence[tuple[str, int]] = ()

    @property
    def token_id(self) -> str:
        """The public part of the token; raises BadInput when it is no token."""
        parts = self.token.split("_")
        if len(parts) != 3 or parts[0] != "swl" or not parts[1]:
            raise BadInput("this is no API token; one looks like swl_…_…")
        return parts[1]

    def send_receipt(self, envelope: str) -> None:
        """Send one receipt; the same twice is one. Raises Refused, NotSent."""
        self._post("/receipts", envelope.encode())

    def register(self, signer: Signer, *, name: str) -> str:
        """Register the client's key under `name`; gives the id of the key. Raises Refused,
        NotSent."""
        answer = self._post("/client-keys", json.dumps(self.registration(signer, name)).encode())
        return str(answer.get("id", ""))

    def registration(self, signer: Signer, name: str) -> dict[str, str]:
        """What registers a key: it, and a proof that one holds its private half."""
        public = signer.public.raw.hex()
        proof = signer.sign(possession(public, token=self.token_id))
        made = {"public_key": public, "name": name, "proof": base64.b64encode(proof).decode()}
        return made | ({"party": self.party} if self.party else {})

    def _post(self, path: str, body: bytes) -> dict[str, Any]:
        try:
            target = read_url(self.url.rstrip("/") + _API + path)
            query = f"?party={quote(self.party)}" if self.party and path == "/receipts" else ""
            plain = target.host in _LOOPBACK or (target.host, target.port) in set(self.internal)
            here = Internal(host=target.host, port=target.port, plain=plain)
            outbound = Outbound(internal=[here], only=frozenset({target.host}))
            answer = outbound.request(
                "POST",
                target.url + query,
                headers={
                    "authorization": f"Bearer {self.token}",
                    "content-type": "application/json",
                },
                body=body,
            )
        except OutboundRefused as refused:
            raise BadInput(str(refused), where=self.url) from None
        except OutboundFailed as failed:
            raise NotSent(str(failed)) from None
        return _read(answer)


def read_token(path: Path) -> str:
    """The token in the first line of a file; BadInput when it has none."""
    token = path.read_text().partition("\n")[0].strip()
    if not token:
        raise BadInput("no token in the first line", where=str(path))
    return token


def _read(answer: Answer) -> dict[str, Any]:
    try:
        read = parse_json(answer.body)
    except BadInput:
        read = {}
    said = read if isinstance(read, dict) else {}
    if answer.ok:
        return said
    why = one_line(str(said.get("detail") or said.get("title") or f"status {answer.status}"))
    if answer.status in (401, 404, 408, 425, 429) or answer.status >= 500:
        raise NotSent(f"the clearinghouse answers {answer.status}: {why}")
    raise Refused(why)
