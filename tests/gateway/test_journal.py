"""What is durable about a call, and that nothing is served when it cannot be."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.world import DAY, Holder, Running, chat, holder, running, submission
from seawall.gateway import journal as journals
from seawall.ledger.models import Event
from seawall.ledger.queries import verify
from seawall.parties import sealing
from seawall.reviews import gateway_calls, gateway_control
from seawall.reviews.gateway_calls import Begun, Ended, commitment, problems_of_batch
from seawall.reviews.models import Call, Grant
from seawall.vocab.actors import LOCAL


def facts_of(index: int | None) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(Event.objects.get(index=index).entry)["facts"]
    return facts


def test_a_call_is_in_the_journal_and_its_commitment_in_the_ledger(house: Running, who: Holder):
    body = json.dumps(chat(who.alias)).encode()
    answer = house.post(who, body)
    (call,) = house.settled(1)
    assert (call.grant, call.key, call.path) == (who.grant, who.bound, "/v1/chat/completions")
    assert (call.status, call.input_tokens, call.output_tokens, call.cut) == (200, 11, 7, "")
    salt = bytes.fromhex(answer.headers["seawall-salt"])
    said = [hashlib.sha256(each).digest() for each in (body, answer.content)]
    # Whoever has request, answer and salt can show what was said.
    assert call.commitment == commitment(salt=salt, request=said[0], answer=said[1])
    facts = facts_of(call.batch)
    assert (facts["calls"], facts["first"], facts["last"]) == (1, call.pk, call.pk)
    assert problems_of_batch(call.batch or 0) == [] and verify().sound


def test_a_streamed_answer_is_committed_to_as_it_was_sent(house: Running, who: Holder):
    body = json.dumps(chat(who.alias, stream=True)).encode()
    answer = house.post(who, body)
    (call,) = house.settled(1)
    salt = bytes.fromhex(answer.headers["seawall-salt"])
    said = [hashlib.sha256(each).digest() for each in (body, answer.content)]
    assert call.commitment == commitment(salt=salt, request=said[0], answer=said[1])


def test_a_changed_call_is_found(house: Running, who: Holder):
    house.post(who, chat(who.alias))
    (call,) = house.settled(1)
    Call.objects.filter(pk=call.pk).update(commitment="0" * 64)
    assert gateway_control.problems(LOCAL, who.grant) == [
        f"A call of event {call.batch} is not what it was."
    ]
    Call.objects.filter(pk=call.pk).delete()
    assert problems_of_batch(call.batch or 0) == [
        f"Event {call.batch} commits to 1 calls and 0 are there."
    ]


def test_transcripts_are_sealed_under_the_grants_key_and_go_with_it(house: Running, who: Holder):
    house.post(who, chat(who.alias, "A very secret question"))
    (call,) = house.settled(1)
    grant = Grant.objects.get(pk=who.grant.pk)
    said = json.loads(sealing.kept(grant.key_id, call.transcript).splitlines()[0])
    assert said["call"] == call.pk and "Hello world" in said["answer"]
    assert "A very secret question" in said["request"]
    raw = sealing.blobs().get(call.transcript)
    assert b"secret question" not in raw
    sealing.destroy_now([grant.key_id], blobs=[], at=datetime.now(UTC))
    with pytest.raises(sealing.Shredded):
        sealing.kept(grant.key_id, call.transcript)


def test_no_transcript_is_kept_where_the_terms_say_so(house: Running):
    who = holder(submission(port=house.model.port), retain_days=0)
    house.post(who, chat(who.alias))
    (call,) = house.settled(1)
    assert call.transcript == "" and call.commitment


def test_transcripts_are_deleted_when_their_time_is_over(house: Running, who: Holder):
    house.post(who, chat(who.alias))
    house.settled(1)
    house.post(who, chat(who.alias))
    old, new = house.settled(2)
    Call.objects.filter(pk=old.pk).update(started_at=datetime.now(UTC) - 31 * DAY)
    gateway_calls.ask_to_purge(now=datetime.now(UTC))
    assert gateway_calls.purge(now=datetime.now(UTC)) == 1
    assert not sealing.blobs().has(old.transcript) and sealing.blobs().has(new.transcript)
    assert Call.objects.get(pk=old.pk).transcript == ""
    assert gateway_calls.purge(now=datetime.now(UTC)) == 0


def test_nothing_is_served_when_the_journal_cannot_be_written(
    house: Running, who: Holder, monkeypatch: pytest.MonkeyPatch
):
    def full(calls: Any) -> Any:
        raise OSError("no space left on device")

    store = house.gateway.journal._store
    monkeypatch.setattr(type(store), "begin", staticmethod(full))
    for more in ({}, {"stream": True}):
        answer = house.post(who, chat(who.alias, **more))
        assert answer.status_code == 503 and b"Hello" not in answer.content
    assert house.get(who).status_code == 503


def test_nothing_is_served_while_the_ledger_cannot_be_written(
    house: Running, who: Holder, monkeypatch: pytest.MonkeyPatch
):
    import time

    from gateway.test_revocation import cut_after, started

    house.model.endless = True
    stream = started(house, who)

    def full(calls: Any) -> Any:
        raise OSError("no space left on device")

    store = house.gateway.journal._store
    with monkeypatch.context() as patch:
        patch.setattr(type(store), "end", staticmethod(full))
        house.post(who, chat("no-such-name"))
        house.get(who)  # its end cannot be written
        assert cut_after(stream, time.monotonic()) < 1.5
        until = time.monotonic() + 10
        while house.gateway.journal.is_sound and time.monotonic() < until:
            time.sleep(0.02)
        assert house.post(who, chat(who.alias)).status_code == 503
    house.model.endless = False
    assert {call.status for call in house.settled(2)} == {200}
    until = time.monotonic() + 10
    while not house.gateway.journal.is_sound and time.monotonic() < until:
        time.sleep(0.02)
    assert house.post(who, chat(who.alias)).status_code == 200


def test_ends_that_wait_too_long_are_a_reason_not_to_serve(
    house: Running, who: Holder, monkeypatch: pytest.MonkeyPatch
):
    assert house.post(who, chat(who.alias)).status_code == 200
    house.settled(1)
    monkeypatch.setattr(journals, "LATE_SECONDS", -1.0)
    monkeypatch.setattr(journals, "FLUSH_SECONDS", 5.0)
    assert house.post(who, chat(who.alias)).status_code == 200
    assert house.post(who, chat(who.alias)).status_code == 503


def test_a_call_that_was_running_when_the_gateway_died_is_committed_to(
    transactional_db: None, home: Any
):
    with running() as house:
        who = holder(submission(port=house.model.port))
    at = datetime.now(UTC)
    begun = Begun(
        grant=who.grant.pk,
        key=who.bound.pk,
        proof="p",
        at=at,
        path="/v1/messages",
        salt=b"s" * 16,
        request=b"r" * 32,
    )
    (made,) = gateway_calls.begin([begun])
    with running():
        call = Call.objects.get(pk=made)
    assert call.cut == "the gateway stopped" and call.status == 0
    assert call.commitment == commitment(salt=b"s" * 16, request=b"r" * 32)
    assert problems_of_batch(call.batch or 0) == []


@pytest.mark.django_db
def test_a_proof_begins_one_call(home: Any):
    who = holder(submission(port=1))
    one = Begun(
        grant=who.grant.pk,
        key=who.bound.pk,
        proof="proof",
        at=datetime.now(UTC),
        path="/",
        salt=b"1" * 16,
        request=b"",
    )
    two = Begun(**{n: getattr(one, n) for n in one.__slots__} | {"salt": b"2" * 16})
    three = Begun(
        **{n: getattr(one, n) for n in one.__slots__} | {"salt": b"3" * 16, "proof": None}
    )
    first, again, other = gateway_calls.begin([one, two, three])
    assert first is not None and again is None and other is not None


@pytest.mark.django_db
def test_a_batch_is_one_event_and_one_file_for_each_grant(home: Any):
    model = submission(port=1)
    held, at = [holder(model), holder(model)], datetime.now(UTC)
    begun = [
        Begun(
            grant=held[n % 2].grant.pk,
            key=held[n % 2].bound.pk,
            proof=f"p{n}",
            at=at,
            path="/",
            salt=bytes([n]) * 16,
            request=b"r",
        )
        for n in range(6)
    ]
    ids = gateway_calls.begin(begun)
    before = Event.objects.count()
    gateway_calls.end(
        [
            Ended(
                id=id or 0,
                begun=each,
                at=at + timedelta(seconds=1),
                status=200,
                input_tokens=1,
                output_tokens=1,
                answer=b"a",
                transcript=(b"{}", b"{}"),
            )
            for id, each in zip(ids, begun, strict=True)
        ]
    )
    assert Event.objects.count() == before + 1
    assert len(set(Call.objects.values_list("transcript", flat=True))) == 2
    assert problems_of_batch(Call.objects.first().batch) == []


def test_a_call_that_the_partner_left_is_written_down(house: Running, who: Holder):
    house.model.endless = True
    path = "/v1/chat/completions"
    headers = who.headers(house.origin, path)
    with (
        httpx.Client(trust_env=False) as client,
        client.stream(
            "POST", house.origin + path, headers=headers, json=chat(who.alias, stream=True)
        ) as answer,
    ):
        next(answer.iter_raw())
    (call,) = house.settled(1)
    assert call.cut == "the partner left" and call.output_tokens > 0


def test_one_gateway_serves_an_installation(house: Running):
    from seawall.gateway.process import GatewayRunning, _only_one

    with _only_one(), pytest.raises(GatewayRunning), _only_one():
        pass
