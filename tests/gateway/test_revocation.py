"""Live revocations: a second after one, nothing flows any more."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from django.db import connections

from gateway.world import Holder, Running, bind, chat, holder, submission
from seawall.reviews import gateway_control, grants
from seawall.reviews.gateway_control import Target
from seawall.reviews.models import BoundKey, Grant, Partner, Submission
from seawall.vocab.actors import LOCAL

PATH = "/v1/chat/completions"


class Stream(threading.Thread):
    """Reads an endless answer and notes when bytes came."""

    def __init__(self, house: Running, who: Holder) -> None:
        super().__init__()
        self.house, self.who = house, who
        self.began, self.over = threading.Event(), threading.Event()
        self.last_at = 0.0
        self.error = ""

    def run(self) -> None:
        headers = self.who.headers(self.house.origin, PATH)
        body = chat(self.who.alias, stream=True)
        try:
            with (
                httpx.Client(trust_env=False, timeout=30) as client,
                client.stream(
                    "POST", self.house.origin + PATH, headers=headers, json=body
                ) as answer,
            ):
                if answer.status_code != 200:
                    self.error = f"{answer.status_code}"
                    return
                for _ in answer.iter_raw():
                    self.last_at = time.monotonic()
                    self.began.set()
        except httpx.HTTPError as error:
            self.error = type(error).__name__
        finally:
            self.began.set()
            self.over.set()


def started(house: Running, who: Holder) -> Stream:
    stream = Stream(house, who)
    stream.start()
    assert stream.began.wait(20) and not stream.error, stream.error
    return stream


def cut_after(stream: Stream, at: float) -> float:
    """How long bytes flowed after `at`, in seconds. The answer has no end of its own; as which
    error the client tells of the cut, if it does, depends on what it was doing just then."""
    assert stream.over.wait(20)
    stream.join()
    return stream.last_at - at


def now() -> datetime:
    return datetime.now(UTC)


def _revoke(who: Holder) -> None:
    grants.revoke(who.grant, because="over", by=LOCAL, now=now())


WAYS: dict[str, Callable[[Holder], object]] = {
    "revoked": _revoke,
    "suspended": lambda who: grants.suspend(who.grant, by=LOCAL, now=now()),
    "key revoked": lambda who: grants.unbind_key(who.bound, by=LOCAL, now=now()),
    "key gone": lambda who: BoundKey.objects.filter(pk=who.bound.pk).delete(),
    "grant ended": lambda who: Grant.objects.filter(pk=who.grant.pk).update(ends_at=now()),
    "withdrawn": lambda who: Submission.objects.filter(pk=who.grant.submission_id).update(
        state="withdrawn", withdrawn_at=now()
    ),
    "window closed": lambda who: Submission.objects.filter(pk=who.grant.submission_id).update(
        state="window closed"
    ),
    "partner revoked": lambda who: Partner.objects.filter(pk=who.grant.partner_id).update(
        state="revoked"
    ),
    "killed": lambda who: _stop(Target(grant=who.grant)),
    "model killed": lambda who: _stop(Target(submission=who.grant.submission)),
    "all killed": lambda who: _stop(Target()),
}


def _stop(target: Target) -> None:
    gateway_control.stop(target, because="", by=LOCAL, now=now())


@pytest.mark.parametrize("way", WAYS)
def test_a_running_answer_is_cut_within_a_second(house: Running, who: Holder, way: str):
    house.model.endless = True
    stream = started(house, who)
    WAYS[way](who)
    assert cut_after(stream, time.monotonic()) < 1
    (call,) = house.settled(1)
    assert call.cut and call.status == 200 and call.output_tokens > 0
    assert house.post(who, chat(who.alias)).status_code in (401, 403)


def test_only_the_revoked_one_is_cut(house: Running, who: Holder):
    house.model.endless = True
    other = holder(who.grant.submission)
    kept, cut = started(house, other), started(house, who)
    _revoke(who)
    at = time.monotonic()
    assert cut_after(cut, at) < 1
    time.sleep(0.5)
    assert not kept.over.is_set() and kept.last_at > at
    _revoke(other)
    cut_after(kept, time.monotonic())


def test_one_key_of_a_grant_can_be_taken_away_alone(house: Running, who: Holder):
    house.model.endless = True
    other = bind(who.grant)
    kept, cut = started(house, other), started(house, who)
    grants.unbind_key(who.bound, by=LOCAL, now=now())
    at = time.monotonic()
    assert cut_after(cut, at) < 1
    time.sleep(0.5)
    assert kept.last_at > at
    _revoke(other)
    cut_after(kept, time.monotonic())


def test_a_whole_answer_that_is_awaited_is_not_given(house: Running, who: Holder):
    house.model.pause = 5
    found: list[httpx.Response] = []

    def ask() -> None:
        found.append(house.post(who, chat(who.alias), timeout=30))

    asking = threading.Thread(target=ask)
    asking.start()
    while not house.model.asked:
        time.sleep(0.01)
    at = time.monotonic()
    _revoke(who)
    asking.join(20)
    assert found[0].status_code == 403 and time.monotonic() - at < 2
    assert house.settled(1)[0].cut == "the grant is revoked"


def test_the_model_is_let_go_when_an_answer_is_cut(house: Running, who: Holder):
    house.model.endless = True
    stream = started(house, who)
    _revoke(who)
    cut_after(stream, time.monotonic())
    until = time.monotonic() + 5
    while not house.model.closed and time.monotonic() < until:
        time.sleep(0.02)
    assert house.model.closed == 1


def test_a_partner_that_does_not_read_gets_nothing_later(house: Running, who: Holder):
    """What waits in the gateway or in the kernel is thrown away with the connection."""
    import json
    import socket

    house.model.endless, house.model.words = True, ("x" * 60_000,)
    body = json.dumps(chat(who.alias, stream=True)).encode()
    lines = {"Host": house.origin[7:], "Content-Type": "application/json"}
    lines |= who.headers(house.origin, PATH) | {"Content-Length": str(len(body))}
    head = "".join(f"{k}: {v}\r\n" for k, v in lines.items())
    with socket.create_connection(("127.0.0.1", house.gateway.port)) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body)
        time.sleep(1)
        _revoke(who)
        house.settled(1)
        line.settimeout(5)
        with pytest.raises(ConnectionResetError):
            while line.recv(65_536):
                pass


def test_running_answers_are_cut_when_their_grants_cannot_be_looked_at(
    house: Running, who: Holder, monkeypatch: pytest.MonkeyPatch
):
    from seawall.reviews.gateway import Reader, ReaderFailed

    def gone(self: Reader, keys: object) -> None:
        raise ReaderFailed("gone")

    house.model.endless = True
    stream = started(house, who)
    monkeypatch.setattr(Reader, "again", gone)
    assert cut_after(stream, time.monotonic()) < 1
    assert house.settled(1)[0].cut == "the grant could not be looked at"


def test_running_answers_are_cut_when_looking_takes_too_long(
    house: Running, who: Holder, monkeypatch: pytest.MonkeyPatch
):
    import asyncio

    async def slow(keys: object) -> None:
        await asyncio.sleep(60)

    house.model.endless = True
    stream = started(house, who)
    rows = house.gateway.relay._rows
    house.do(lambda: monkeypatch.setattr(rows, "again", slow))
    assert cut_after(stream, time.monotonic()) < 1


def _revoke_many(house: Running, number: int, at_once: int) -> None:
    house.model.endless = True
    model = submission(port=house.model.port)
    worst = 0.0
    for start in range(0, number, at_once):
        held = [holder(model, retain_days=0) for _ in range(min(at_once, number - start))]
        streams = [started(house, each) for each in held]
        revoked = []
        for each in held:
            _revoke(each)
            revoked.append(time.monotonic())
        late = [cut_after(s, at) for s, at in zip(streams, revoked, strict=True)]
        worst = max(worst, *late)
        assert worst < 1, f"{worst:.2f} s"
    calls = house.settled(number)
    assert len(calls) == number
    assert {(call.status, call.cut) for call in calls} == {(200, "the grant is revoked")}
    connections.close_all()


def test_live_revocations(house: Running):
    _revoke_many(house, 30, 10)


@pytest.mark.slow
def test_a_thousand_live_revocations(house: Running):
    _revoke_many(house, 1_000, 20)


def test_a_trouble_of_the_gateway_is_not_said_to_be_the_grants(
    house: Running, who: Holder, monkeypatch: pytest.MonkeyPatch
):
    from concurrent.futures import ThreadPoolExecutor

    from seawall.reviews.gateway import Reader, ReaderFailed

    def gone(self: Reader, keys: object) -> None:
        raise ReaderFailed("gone")

    house.model.pause = 5.0
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(house.post, who, chat(who.alias))
        time.sleep(0.5)
        with monkeypatch.context() as patch:
            patch.setattr(Reader, "again", gone)
            assert waiting.result(10).status_code == 503
        waiting = pool.submit(house.post, who, chat(who.alias))
        time.sleep(0.5)
        _revoke(who)
        assert waiting.result(10).status_code == 403
