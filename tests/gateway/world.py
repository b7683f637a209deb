"""A lab's model under review, partners with grants, and a gateway that runs in a thread."""

import asyncio
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
from django.db import connections

from gateway.model import MODEL, PROVIDER_KEY, Model
from seawall.gateway.checks import Options
from seawall.gateway.client import Dpop, Key, new_key
from seawall.gateway.process import Gateway, listening
from seawall.parties import sealing
from seawall.parties.models import Party
from seawall.reviews import gateway_control
from seawall.reviews.models import BoundKey, Call, Grant, Partner, Submission
from seawall.vocab.actors import LOCAL

DAY = timedelta(days=1)


def submission(*, port: int, lab: Party | None = None, **more: Any) -> Submission:
    """A submission whose window is open, asked at `port` of this machine."""
    now = datetime.now(UTC)
    number = secrets.token_hex(4)
    lab = lab or Party.objects.create(name=f"Lab {number}", roles=["lab"])
    made = Submission(
        lab=lab,
        regime="eo-14409",
        codename=f"model-{number}",
        key_id=sealing.new_key(),
        made_by="operator:local",
        made_at=now,
        **{
            "state": "window open",
            "opens_at": now - DAY,
            "closes_at": now + DAY,
            "partner_release_at": now + DAY,
            "public_release_at": now + 30 * DAY,
        }
        | more,
    )
    made.content = {}
    made.save()
    gateway_control.set_upstream(
        made,
        url=f"http://127.0.0.1:{port}/v1",
        model=MODEL,
        key=PROVIDER_KEY,
        apis=gateway_control.APIS,
        by=LOCAL,
        now=now,
    )
    return made


@dataclass
class Holder:
    """A grant with a token, and the key that the token is bound to."""

    grant: Grant
    bound: BoundKey
    token: str
    key: Key

    @property
    def alias(self) -> str:
        return self.grant.alias

    def auth(self) -> Dpop:
        return Dpop(self.key, self.token)

    def headers(self, origin: str, path: str, method: str = "POST") -> dict[str, str]:
        proof = self.key.prove(method, origin + path, self.token)
        return {"Authorization": f"DPoP {self.token}", "DPoP": proof}


def holder(of: Submission, *, bound: dict[str, Any] | None = None, **more: Any) -> Holder:
    """A new partner with a provisioned grant and a token bound to a key of its own."""
    now, number = datetime.now(UTC), secrets.token_hex(6)
    party = Party.objects.create(name=f"Hospital {number}", roles=["finder"])
    partner = Partner.objects.create(
        party=party,
        lab=of.lab,
        kind="hospital",
        state="designated",
        statement="We look for flaws in our own devices.",
        made_by="operator:local",
        made_at=now,
        expires_at=now + 30 * DAY,
    )
    given: dict[str, Any] = {
        "alias": f"alias-{number}",
        "state": "provisioned",
        "purpose": "Find and fix vulnerabilities",
        "starts_at": now - DAY,
        "ends_at": now + DAY,
        "requests_per_minute": 100_000,
        "concurrent": 1_000,
    }
    grant = Grant.objects.create(
        submission=of, partner=partner, made_by="operator:local", made_at=now, **given | more
    )
    return bind(grant, **(bound or {}))


def bind(grant: Grant, **more: Any) -> Holder:
    """One more token of a grant."""
    key, token, now = new_key(), secrets.token_urlsafe(32), datetime.now(UTC)
    given: dict[str, Any] = {
        "binding": "dpop",
        "thumbprint": key.thumbprint,
        "expires_at": now + DAY,
    }
    bound = BoundKey.objects.create(
        grant=grant,
        token_digest=sha256(token.encode()).hexdigest(),
        made_by="operator:local",
        made_at=now,
        **given | more,
    )
    return Holder(grant, bound, token, key)


@dataclass
class Running:
    """A gateway and the model behind it, in a thread of their own."""

    gateway: Gateway
    model: Model
    loop: asyncio.AbstractEventLoop

    @property
    def origin(self) -> str:
        return self.gateway.origin

    @property
    def base(self) -> str:
        return f"{self.origin}/v1"

    def do(self, what: Any) -> Any:
        """Call something in the gateway's thread, and wait for it."""

        async def call() -> Any:
            return what()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def post(self, who: Holder, body: Any, path: str = "/v1/chat/completions", **more: Any) -> Any:
        """One request; `body` is JSON or bytes."""
        headers = who.headers(self.origin, path) | {"Content-Type": "application/json"}
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        with httpx.Client(trust_env=False) as client:
            return client.post(
                self.origin + path, headers=headers | more.pop("headers", {}), **content, **more
            )

    def get(self, who: Holder, path: str = "/v1/models") -> httpx.Response:
        with httpx.Client(trust_env=False) as client:
            return client.get(self.origin + path, headers=who.headers(self.origin, path, "GET"))

    def settled(self, number: int) -> list[Call]:
        """All calls, once the ledger holds `number` of them; the oldest first."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            rows = list(Call.objects.exclude(batch=None).order_by("id"))
            if len(rows) >= number:
                return rows
            time.sleep(0.02)
        raise AssertionError(f"{Call.objects.count()} calls, not {number} in the ledger")


def chat(alias: str, text: str = "Is this a use after free?", **more: Any) -> dict[str, Any]:
    return {"model": alias, "messages": [{"role": "user", "content": text}]} | more


@contextmanager
def running(**options: Any) -> Iterator[Running]:
    """A gateway that listens on a free port, until the end of the block."""
    ready, made, failed = threading.Event(), list[Running](), list[BaseException]()
    stops: list[Any] = []

    async def main() -> None:
        stop, model = asyncio.Event(), Model()
        await model.start()
        given = {"port": 0, "plain_upstreams": (f"127.0.0.1:{model.port}",)} | options
        async with listening(Options(**given)) as gateway:
            loop = asyncio.get_running_loop()
            made.append(Running(gateway, model, loop))
            stops.append(lambda: loop.call_soon_threadsafe(stop.set))
            ready.set()
            await stop.wait()
        await model.stop()

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(30)
    if failed:
        raise failed[0]
    try:
        yield made[0]
    finally:
        stops[0]()
        thread.join(30)
    if failed:
        raise failed[0]
