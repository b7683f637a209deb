"""Carrying one call: journal and model are asked at once, and the answer is passed on piece by
piece as long as the grant holds."""

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from seawall.core.gateway_rules import may_use
from seawall.gateway import denials
from seawall.gateway.answers import Answers, Unreadable, parameter_of
from seawall.gateway.apis import Api, fields_for
from seawall.gateway.denials import Denial
from seawall.gateway.journal import Journal, NotWritten
from seawall.gateway.rows import Rows
from seawall.gateway.server import Connection, Gone
from seawall.gateway.upstream import Endpoint, Reply, UpstreamFailed, Upstreams
from seawall.gateway.watch import GrantUse
from seawall.reviews.gateway import Known, ReaderFailed
from seawall.reviews.gateway_calls import Begun, Ended, ProofUsed
from seawall.vocab.decisions import Refused

MAX_ANSWER = 1 << 26
_MAX_ERROR = 1 << 16
LOOK_SECONDS = 0.2
"""How often running calls are looked at again."""
_LOOK_MOST_SECONDS = 0.5


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request that was understood. Without `api` the answer is there already."""

    path: str
    api: Api | None = None
    endpoint: Endpoint | None = field(default=None, repr=False)
    received: bytes = field(default=b"", repr=False)
    passed: bytes = field(default=b"", repr=False)
    answer: bytes = field(default=b"", repr=False)
    is_stream: bool = False
    wants_usage: bool = False
    wanted: int = 0
    has_tools: bool = False
    is_odd: bool = False


class _Leak(Exception):
    """The answer holds the provider's key; it is not passed on."""


class Running:
    """A call that is under way."""

    def __init__(self, connection: Connection, asked: Asked, known: Known) -> None:
        self.connection = connection
        self.asked = asked
        self.known = known
        self.task = asyncio.current_task()
        self.stopped = ""
        """Why it was stopped from outside."""
        self.is_ours = False
        """Whether it was stopped for a trouble of the gateway, not for what the grant allows."""
        self.cut = ""
        self.status = 0
        self.salt = os.urandom(16)
        self.sent = hashlib.sha256()
        self.kept = bytearray() if known.retain_days else None
        self.sent_bytes = 0
        self.answers: Answers | None = None
        if asked.api is not None:
            self.answers = Answers(api=asked.api, alias=known.alias, wants_usage=asked.wants_usage)

    def stop(self, reason: str, *, is_ours: bool = False) -> None:
        """End it now: what was not sent is not sent any more."""
        self.is_ours = is_ours
        self.stopped = reason  # its task resets the connection if an answer has begun
        if self.task is not None:
            self.task.cancel()

    def uncancel(self) -> None:
        """It was ended from outside and goes on to say so."""
        if self.task is not None:
            self.task.uncancel()

    def note(self, data: bytes) -> None:
        """Take down what is about to be sent."""
        endpoint = self.asked.endpoint
        if endpoint is not None and endpoint.key.encode() in data:
            raise _Leak
        self.sent.update(data)
        self.sent_bytes += len(data)
        if self.sent_bytes > MAX_ANSWER:
            raise Unreadable
        if self.kept is not None:
            self.kept += data

    def deny(self, denial: Denial) -> None:
        self.status = denial.status
        self.connection.deny(denial)

    def tokens(self) -> tuple[int, int]:
        """What it took, as the upstream says, or a token for each four bytes."""
        if self.answers is None or self.status >= 400:
            return 0, 0
        usage = self.answers.usage
        read = usage.input or -(-len(self.asked.received) // 4)
        return read, usage.output or -(-self.sent_bytes // 4)


class Relay:
    """Serves calls that were let in, and ends them when they no longer may be."""

    def __init__(
        self,
        *,
        rows: Rows,
        journal: Journal,
        upstreams: Upstreams,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rows = rows
        self._journal = journal
        self._upstreams = upstreams
        self._clock = clock
        self._running: set[Running] = set()

    async def serve(
        self,
        connection: Connection,
        asked: Asked,
        *,
        known: Known,
        use: GrantUse,
        proof: str | None,
    ) -> None:
        """Answer a request of a grant. Nothing is sent before the call is in the journal."""
        call = Running(connection, asked, known)
        at = self._clock()
        use.begin(known, wanted=asked.wanted, peer=connection.peer, now=at, is_odd=asked.is_odd)
        self._running.add(call)
        begun = Begun(
            grant=known.grant,
            key=known.key,
            proof=proof,
            at=datetime.fromtimestamp(at, UTC),
            path=asked.path,
            salt=call.salt,
            request=hashlib.sha256(asked.received).digest(),
        )
        made = self._journal.begin(begun)
        try:
            await self._carry(call, made)
        except asyncio.CancelledError:
            call.cut = call.stopped or "the partner left"
            if not call.stopped or connection.has_begun:
                raise
            call.uncancel()
            call.deny(denials.NOT_WRITTEN if call.is_ours else denials.FORBIDDEN)
        except (NotWritten, ProofUsed) as refused:
            used = isinstance(refused, ProofUsed)
            call.deny(denials.UNAUTHENTICATED if used else denials.NOT_WRITTEN)
        except (UpstreamFailed, Unreadable, _Leak) as error:
            call.cut = _CUTS[type(error)]
            connection.cut() if connection.has_begun else call.deny(denials.UPSTREAM)
        except Gone:
            call.cut = "the partner left"
            raise
        finally:
            self._running.discard(call)
            tokens = call.tokens()
            use.end(wanted=asked.wanted, tokens=sum(tokens), now=self._clock())
            made.add_done_callback(lambda one: self._finish(one, call, begun, tokens))

    def _finish(
        self, made: "asyncio.Future[int]", call: Running, begun: Begun, tokens: tuple[int, int]
    ) -> None:
        """Have the end written, once it is known under which id."""
        if made.cancelled() or made.exception() is not None:
            return
        transcript = None
        if call.kept is not None and call.asked.api is not None:
            transcript = call.asked.received, bytes(call.kept)
        self._journal.end(
            Ended(
                id=made.result(),
                begun=begun,
                at=datetime.fromtimestamp(self._clock(), UTC),
                status=call.status,
                input_tokens=tokens[0],
                output_tokens=tokens[1],
                answer=call.sent.digest(),
                cut=call.cut,
                transcript=transcript,
            )
        )

    async def _carry(self, call: Running, made: "asyncio.Future[int]") -> None:
        asked = call.asked
        if asked.api is None or asked.endpoint is None:
            await _durable(made)
            self._whole(call, asked.answer)
            return
        try:
            reply = await self._upstreams.post(
                asked.endpoint,
                asked.api.upstream_path,
                fields_for(asked.api, asked.endpoint),
                asked.passed,
            )
        except UpstreamFailed:
            await _durable(made)
            raise
        try:
            await _durable(made)
            await self._pass_on(call, reply)
        finally:
            reply.close()

    async def _pass_on(self, call: Running, reply: Reply) -> None:
        if call.answers is None:
            raise Unreadable
        if reply.status != 200:
            body = await reply.whole(most=_MAX_ERROR)
            call.deny(_error(reply, body, call.asked))
        elif call.asked.is_stream:
            await self._stream(call, reply, call.answers)
        else:
            body = await reply.whole(most=MAX_ANSWER)
            self._whole(call, call.answers.whole(body))

    def _whole(self, call: Running, body: bytes) -> None:
        call.note(body)
        call.status = 200
        call.connection.whole(200, body, _salt(call))

    async def _stream(self, call: Running, reply: Reply, answers: Answers) -> None:
        if not reply.field(b"content-type").lower().startswith("text/event-stream"):
            raise Unreadable
        call.status = 200
        call.connection.stream(_salt(call))
        while data := await reply.piece():
            made = answers.feed(data)
            if made:
                call.note(made)
                await call.connection.piece(made)
        answers.finish()
        call.connection.end()

    async def look(self) -> None:
        """Look once at all running calls; end those that may no longer run, and all of them when
        that cannot be found out, or when their journal cannot be written."""
        if not self._running:
            return
        if not self._journal.is_sound:
            self.stop_all("the journal could not be written")
            return
        keys = list({each.known.key for each in self._running})
        try:
            async with asyncio.timeout(_LOOK_MOST_SECONDS):
                rows = await self._rows.again(keys)
        except (ReaderFailed, TimeoutError):
            self.stop_all("the grant could not be looked at")
            return
        now = datetime.fromtimestamp(self._clock(), UTC)
        for each in list(self._running):
            known = rows.get(each.known.key)
            decision = may_use(known.standing, now=now) if known is not None else Refused("gone")
            if isinstance(decision, Refused):
                each.stop(decision.reason)

    def stop_all(self, reason: str) -> None:
        for each in list(self._running):
            each.stop(reason, is_ours=True)

    @property
    def is_idle(self) -> bool:
        return not self._running


_CUTS = {
    UpstreamFailed: "the model broke off",
    Unreadable: "the model's answer could not be read",
    _Leak: "the answer held the provider's key",
}


async def _durable(made: "asyncio.Future[int]") -> None:
    """Wait until the call is in the journal. Raises NotWritten, ProofUsed."""
    if made.done():
        made.result()
    else:
        await asyncio.shield(made)


def _salt(call: Running) -> bytes:
    """With it the partner can show later what it was answered."""
    return b"Seawall-Salt: %b\r\n" % call.salt.hex().encode()


def _error(reply: Reply, body: bytes, asked: Asked) -> Denial:
    wait = reply.field(b"retry-after")
    param = _param(body, asked)
    return denials.from_upstream(
        reply.status, param=param, wait=wait if wait.isdigit() and len(wait) < 6 else ""
    )


def _param(body: bytes, asked: Asked) -> str | None:
    """The parameter that the upstream did not like, if it is one that the API has."""
    name = parameter_of(body)
    return name if asked.api is not None and name in asked.api.passed else None
