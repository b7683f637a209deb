"""Who is let in: the decision about each request, asked anew each time, default deny.

token → its key's proof → grant and window → alias → quota → purpose, in this order.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hmac import compare_digest
from typing import Any

from seawall.core.gateway_rules import (
    has_security_work,
    is_odd_hour,
    may_use,
    purpose_fits,
    wanted_tokens,
)
from seawall.gateway import denials
from seawall.gateway.apis import APIS, Api, Unsupported, forwarded, most_output
from seawall.gateway.denials import Denial
from seawall.gateway.journal import Journal
from seawall.gateway.proofs import Proof, read_proof, token_digest
from seawall.gateway.relay import Asked, Relay
from seawall.gateway.replays import Replays
from seawall.gateway.rows import Rows
from seawall.gateway.server import Connection
from seawall.gateway.strict_json import BadJson, read_object, write
from seawall.gateway.upstream import Endpoint
from seawall.gateway.watch import GrantUse
from seawall.gateway.wire import Head
from seawall.outbound.errors import OutboundRefused
from seawall.outbound.urls import read_url
from seawall.parties import sealing
from seawall.reviews import gateway_calls
from seawall.reviews.gateway import Known, ReaderFailed
from seawall.vocab.decisions import Refused

_TOKEN = re.compile(rb"[A-Za-z0-9._~+/-]{20,200}=*")
_JSON = re.compile(rb'application/json(?:; ?charset="?utf-8"?)?', re.IGNORECASE)
_MODELS = b"/v1/models"


class Denied(Exception):
    """The request is not served, and this is all that is said about it."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(denial.status)
        self.denial = denial


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    text: bytes
    is_dpop: bool


class Door:
    """Handles each request of the server."""

    def __init__(
        self,
        *,
        rows: Rows,
        journal: Journal,
        relay: Relay,
        origin: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rows = rows
        self._journal = journal
        self._relay = relay
        self._origin = origin
        self._clock = clock
        self._replays = Replays()
        self._uses: dict[int, GrantUse] = {}
        self._endpoints: dict[int, tuple[str, Endpoint]] = {}

    async def __call__(self, connection: Connection, head: Head) -> None:
        try:
            await self._serve(connection, head)
        except Denied as denied:
            connection.deny(denied.denial)
        except ReaderFailed:
            connection.deny(denials.NOT_WRITTEN)

    async def _serve(self, connection: Connection, head: Head) -> None:
        api = APIS.get(head.target) if head.method == b"POST" else None
        if api is None and not _is_models(head):
            raise Denied(denials.NOT_FOUND)
        known, proof = await self._let_in(connection, head)
        if isinstance(may_use(known.standing, now=self._now()), Refused):
            raise Denied(denials.FORBIDDEN)
        if not self._journal.is_sound:
            raise Denied(denials.NOT_WRITTEN)
        if api is None:
            asked = await self._asked_models(known, head)
        else:
            asked = await self._asked(connection, head, known, api)
        use = await self._use_of(known)
        self._admit(use, known, head, asked)
        await self._relay.serve(connection, asked, known=known, use=use, proof=proof)
        if use.is_time_to_look(self._clock()):
            self._tell(use, known)

    async def _let_in(self, connection: Connection, head: Head) -> tuple[Known, str | None]:
        """Whose request this is. Unknown tokens, wrong keys and missing proofs take the same way
        and get the same answer."""
        token = _token(head)
        if token is None:
            raise Denied(denials.UNAUTHENTICATED)
        proof = None
        if token.is_dpop:
            proof = read_proof(
                head.fields.get(b"dpop", b""),
                method=head.method,
                uri=self._origin + head.target.decode(),
                token=token.text,
                now=self._clock(),
            )
        known = await self._rows.known(token_digest(token.text))
        shown = _shown(token, proof, connection)
        wanted = known.thumbprint if known is not None and _fits(known, token) else "none"
        if not compare_digest(shown.encode(), wanted.encode()) or known is None:
            await self._failed(known)
            raise Denied(denials.UNAUTHENTICATED)
        if proof is not None and not self._replays.is_first(proof, now=self._clock()):
            await self._failed(known)
            raise Denied(denials.UNAUTHENTICATED)
        return known, proof.id if proof is not None else None

    async def _failed(self, known: Known | None) -> None:
        """A known token came without its key: it may be stolen."""
        if known is not None:
            use = await self._use_of(known)
            use.failed.add(self._clock())
            self._tell(use, known)

    async def _asked(self, connection: Connection, head: Head, known: Known, api: Api) -> Asked:
        """What is asked of the model. The alias decides before anything else of the body is
        looked at: what there is not and what is not the caller's look the same."""
        if not _JSON.fullmatch(head.fields.get(b"content-type", b"")):
            raise Denied(denials.BROKEN[415])
        body = await connection.body()
        try:
            said = read_object(body)
            if said.get("model") != known.alias:
                raise Denied(denials.NOT_FOUND)
            endpoint = await self._endpoint(known)
            if endpoint is None or api.name not in endpoint.apis:
                raise Denied(denials.NOT_FOUND)
            passed = write(forwarded(api, said, endpoint))
        except BadJson as bad:
            raise Denied(denials.bad_body(str(bad))) from None
        except Unsupported as refused:
            raise Denied(denials.bad_body(refused.message, param=refused.param)) from None
        return Asked(
            api=api,
            endpoint=endpoint,
            received=body,
            passed=passed,
            path=api.path,
            is_stream=said.get("stream") is True,
            wants_usage=_wants_usage(said),
            wanted=wanted_tokens(body_bytes=len(body), most_output=most_output(api, said)),
            has_tools=bool(said.get("tools") or said.get("functions")),
        )

    async def _asked_models(self, known: Known, head: Head) -> Asked:
        one = {
            "id": known.alias,
            "object": "model",
            "type": "model",
            "display_name": known.alias,
            "created": 0,
            "created_at": "1970-01-01T00:00:00Z",
            "owned_by": "seawall",
        }
        listed = {
            "object": "list",
            "data": [one],
            "has_more": False,
            "first_id": known.alias,
            "last_id": known.alias,
        }
        if head.target != _MODELS and head.target != b"%b/%b" % (_MODELS, known.alias.encode()):
            raise Denied(denials.NOT_FOUND)
        answer = write(listed if head.target == _MODELS else one)
        return Asked(path=_MODELS.decode(), answer=answer)

    def _admit(self, use: GrantUse, known: Known, head: Head, asked: Asked) -> None:
        now = self._clock()
        if isinstance(use.ask(known, wanted=asked.wanted, now=now), Refused):
            self._tell(use, known)
            raise Denied(denials.over_quota(wait_seconds=use.wait_seconds(now)))
        stated = head.fields.get(b"seawall-purpose", b"").decode("utf-8", "replace")
        if not purpose_fits(stated, known.purpose):
            use.purposes.add(now)
            self._tell(use, known)
            raise Denied(denials.FORBIDDEN)
        if asked.api is not None:
            use.looked.append(has_security_work(asked.received, has_tools=asked.has_tools))
        asked.is_odd = is_odd_hour(known.hours, now=self._now())

    async def _use_of(self, known: Known) -> GrantUse:
        found = self._uses.get(known.grant)
        if found is None:
            now = self._now()
            made = GrantUse.of(await self._rows.spent(known.grant, now=now), now=now)
            found = self._uses.setdefault(known.grant, made)
        return found

    def _tell(self, use: GrantUse, known: Known) -> None:
        at = self._now()
        for each in use.news(known, now=at.timestamp()):
            self._journal.later(
                partial(
                    gateway_calls.signal,
                    grant=known.grant,
                    kind=each.kind.value,
                    facts=each.facts,
                    at=at,
                )
            )

    async def _endpoint(self, known: Known) -> Endpoint | None:
        """Where the model is asked; read anew when the lab has changed it."""
        if known.upstream is None:
            return None
        held = self._endpoints.get(known.submission)
        if held is not None and held[0] == known.upstream:
            return held[1]
        try:
            said = await self._rows.provider(known.submission)
            target = read_url(said.url) if said is not None else None
        except (OutboundRefused, sealing.Shredded, sealing.Damaged, sealing.KeyMissing):
            return None
        if said is None or target is None:
            return None
        made = Endpoint(target=target, model=said.model, key=said.key, apis=said.apis)
        self._endpoints[known.submission] = known.upstream, made
        return made

    def forget_endpoints(self) -> None:
        """Keep no provider's key longer than it is used."""
        self._endpoints.clear()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _is_models(head: Head) -> bool:
    return head.method == b"GET" and (
        head.target == _MODELS or head.target.startswith(_MODELS + b"/")
    )


def _token(head: Head) -> _Token | None:
    """The token of a request, which is in one place (RFC 9449 §7.1, RFC 6750 §2.1)."""
    said, key = head.fields.get(b"authorization"), head.fields.get(b"x-api-key")
    scheme, _, text = (said if said is not None else b"Bearer " + (key or b"")).partition(b" ")
    if (key is not None and key != text) or not _TOKEN.fullmatch(text):
        return None
    scheme = scheme.lower()
    if scheme not in (b"dpop", b"bearer"):
        return None
    return _Token(text=text, is_dpop=scheme == b"dpop")


def _shown(token: _Token, proof: Proof | None, connection: Connection) -> str:
    """The thumbprint of the key that was shown to be held; "" for none."""
    if token.is_dpop:
        return proof.thumbprint if proof is not None else ""
    return connection.certificate


def _fits(known: Known, token: _Token) -> bool:
    """Whether the token came in the way that it is bound by, whatever the two kinds of
    thumbprints are: a key is never taken for a certificate."""
    return (known.binding == "dpop") == token.is_dpop


def _wants_usage(said: dict[str, Any]) -> bool:
    options = said.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


__all__ = ["Denied", "Door"]
