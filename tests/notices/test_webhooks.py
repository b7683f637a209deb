"""Webhooks: signed, tried for a day, never with more than may be said."""

import json
from datetime import timedelta

import pytest

from notices.world import HOUR, TITLE, hold, party, reload, work, world
from outbound.servers import Reply
from seawall.cases.actions import observe
from seawall.cases.models import Case, Participant
from seawall.core.cvd import CvdEvent
from seawall.core.notice_rules import MAX_ATTEMPTS
from seawall.ledger.models import Event, Outbox
from seawall.notices import channels
from seawall.notices.models import Channel, Delivery, Secret
from seawall.outbound.webhooks import NotGenuine, verify
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp
from validation.records import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def hooked(home, receiver):
    """A world whose vendor has a webhook, its secret, and what receives it."""

    def hooked(**more):
        w = world(**more)
        channel, secret = channels.add_webhook(
            w.vendor, url=f"{receiver.url}/hook?key=QUERYSECRET", events=[], by=LOCAL, now=NOON
        )
        return w, channel, secret

    return hooked


def happen(case: Case, event: CvdEvent = CvdEvent.VENDOR_AWARE) -> None:
    observe(reload(case), event, by=LOCAL, now=NOON)


def test_an_event_arrives_at_once_and_genuine(hooked, receiver):
    w, _, secret = hooked()
    happen(w.case)
    work(NOON)
    (got,) = receiver.got
    id = verify(got.body, got.headers, secret=secret, now=NOON)
    assert json.loads(got.body) == {
        "type": "case.observed",
        "timestamp": "2026-11-23T12:00:00+00:00",
        "data": {"id": w.case.public_id, "facts": {"events": ["V"], "state": "Vfdpxa"}},
    }
    delivery = Delivery.objects.get()
    assert (delivery.key, delivery.attempts, delivery.delivered_at) == (id, 1, NOON)


@pytest.mark.parametrize(
    ("tlp", "held", "wanted"),
    [
        (Tlp.RED, False, {"type": "something.new", "data": {}}),
        (Tlp.AMBER_STRICT, False, {"type": "something.new", "data": {"id"}}),
        (Tlp.AMBER, False, {"type": "case.observed", "data": {"id", "facts"}}),
        (Tlp.GREEN, False, {"type": "case.observed", "data": {"id", "facts", "title"}}),
        (Tlp.CLEAR, True, {"type": "case.observed", "data": {"id", "facts"}}),
    ],
)
def test_it_says_what_the_marking_at_the_moment_of_sending_allows(
    hooked, receiver, tlp, held, wanted
):
    w, _, _ = hooked(tlp=Tlp.CLEAR)
    happen(w.case)
    Case.objects.update(tlp=tlp.value)
    if held:
        hold(w.case, NOON + 90 * HOUR)
    work(NOON)
    (got,) = receiver.got
    said = json.loads(got.body)
    assert (said["type"], set(said["data"])) == (wanted["type"], set(wanted["data"]))
    assert (TITLE.encode() in got.body) == ("title" in wanted["data"])


def test_a_party_that_left_hears_nothing_more(hooked, receiver):
    w, _, _ = hooked()
    receiver.replies[:] = [Reply(status=500)]
    happen(w.case)
    work(NOON)
    Participant.objects.update(left_at=NOON)
    receiver.replies[:] = [Reply()]
    work(NOON + HOUR)
    assert len(receiver.got) == 1
    assert Delivery.objects.get().problem == "withheld"


def test_a_party_that_may_not_know_hears_nothing(hooked, receiver):
    w, _, _ = hooked()
    other = party("Other")
    channels.add_webhook(other, url=f"{receiver.url}/other", events=[], by=LOCAL, now=NOON)
    happen(w.case)
    work(NOON)
    assert [got.path for got in receiver.got] == ["/hook?key=QUERYSECRET"]


def test_each_attempt_has_the_same_id_and_a_fresh_signature(hooked, receiver):
    w, _, secret = hooked()
    receiver.replies[:] = [Reply(status=503), Reply(status=404), Reply()]
    happen(w.case)
    assert work(NOON)[-1] == "webhook.deliver postponed"
    work(NOON + timedelta(minutes=2))
    work(NOON + timedelta(minutes=20))
    ids = [got.headers["webhook-id"] for got in receiver.got]
    assert len(ids) == 3 and len(set(ids)) == 1
    last = receiver.got[-1]
    verify(last.body, last.headers, secret=secret, now=NOON + timedelta(minutes=20))
    with pytest.raises(NotGenuine):
        first = receiver.got[0]
        verify(first.body, first.headers, secret=secret, now=NOON + timedelta(minutes=20))
    assert Delivery.objects.get().attempts == 3
    work(NOON + 30 * HOUR)
    assert len(receiver.got) == 3


def test_after_a_day_it_is_given_up_and_shown(hooked, receiver):
    w, channel, _ = hooked()
    receiver.replies[:] = [Reply(status=500)]
    happen(w.case)
    for quarter in range(4 * 30):
        work(NOON + quarter * timedelta(minutes=15))
    assert len(receiver.got) == MAX_ATTEMPTS
    channel.refresh_from_db()
    assert (channel.works, channel.problem) == (False, "answered 500")
    assert Delivery.objects.get().given_up_at < NOON + 27 * HOUR
    happen(w.case, CvdEvent.FIX_READY)
    work(NOON + 40 * HOUR)
    assert len(receiver.got) == MAX_ATTEMPTS
    receiver.replies[:] = [Reply()]
    channels.test(channel, by=LOCAL, now=NOON + 41 * HOUR)
    work(NOON + 41 * HOUR)
    kinds = [json.loads(got.body)["type"] for got in receiver.got[MAX_ATTEMPTS:]]
    assert sorted(kinds) == ["case.observed", "webhook.test"]


def test_gone_is_taken_at_its_word(hooked, receiver):
    w, channel, _ = hooked()
    receiver.replies[:] = [Reply(status=410)]
    happen(w.case)
    work(NOON)
    channel.refresh_from_db()
    assert not channel.works


def test_retry_after_is_kept(hooked, receiver):
    w, _, _ = hooked()
    receiver.replies[:] = [Reply(status=429, headers={"Retry-After": "7200"}), Reply()]
    happen(w.case)
    work(NOON)
    row = Outbox.objects.get(topic="webhook.deliver")
    assert row.due_at == NOON + 2 * HOUR
    work(NOON + 2 * HOUR)
    assert len(receiver.got) == 2


def test_a_redirect_is_not_followed(hooked, receiver):
    w, _, _ = hooked()
    receiver.replies[:] = [Reply(status=307, headers={"Location": "/elsewhere"})]
    happen(w.case)
    work(NOON)
    assert len(receiver.got) == 1
    assert Delivery.objects.get().problem == "answered 307"


def test_while_a_secret_is_changed_both_are_good_for_a_day(hooked, receiver):
    w, channel, old = hooked()
    new = channels.rotate(channel, by=LOCAL, now=NOON)
    happen(w.case)
    work(NOON)
    (got,) = receiver.got
    assert verify(got.body, got.headers, secret=old, now=NOON)
    assert verify(got.body, got.headers, secret=new, now=NOON)
    later = NOON + 25 * HOUR
    channels.test(channel, by=LOCAL, now=later)
    work(later)
    last = receiver.got[-1]
    assert verify(last.body, last.headers, secret=new, now=later)
    with pytest.raises(NotGenuine):
        verify(last.body, last.headers, secret=old, now=later)


def test_no_secret_is_kept_open_or_told_to_the_log(hooked, receiver, caplog):
    w, _, secret = hooked()
    receiver.replies[:] = [Reply(status=500)]
    happen(w.case)
    work(NOON)
    assert secret.encode() not in bytes(Secret.objects.get().sealed)
    everything = caplog.text + str(list(Event.objects.values_list("entry", flat=True)))
    everything += str(list(Outbox.objects.values())) + Delivery.objects.get().problem
    assert secret not in everything and "QUERYSECRET" not in everything


def test_a_removed_webhook_is_silent_and_its_secrets_are_gone(hooked, receiver):
    w, channel, _ = hooked()
    happen(w.case)
    channels.remove(channel, by=LOCAL, now=NOON)
    channels.remove(channel, by=LOCAL, now=NOON)
    work(NOON)
    assert receiver.got == []
    assert Secret.objects.count() == 0


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example/", "https://127.0.0.1/", "https://10.1.2.3/", "https://localhost/"],
)
def test_an_address_that_is_not_public_is_refused(home, url):
    with pytest.raises(BadInput):
        channels.add_webhook(party("Acme"), url=url, events=[], by=LOCAL, now=NOON)
    assert Channel.objects.count() == 0


def test_a_name_that_turns_out_not_to_be_public_is_never_called(home, monkeypatch):
    import socket

    w = world()
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("169.254.169.254", 443))]
    )
    channel, _ = channels.add_webhook(
        w.vendor, url="https://rebind.example/", events=[], by=LOCAL, now=NOON
    )
    happen(w.case)
    work(NOON)
    channel.refresh_from_db()
    assert channel.problem == "rebind.example is not called: the address is link-local"


def test_an_unknown_event_and_one_webhook_too_many_are_refused(home):
    acme = party("Acme")
    with pytest.raises(BadInput, match="no event"):
        channels.add_webhook(acme, url="https://a.example/", events=["x"], by=LOCAL, now=NOON)
    for _ in range(channels.MAX_WEBHOOKS):
        channels.add_webhook(acme, url="https://a.example/", events=[], by=LOCAL, now=NOON)
    with pytest.raises(BadInput, match="at most"):
        channels.add_webhook(acme, url="https://a.example/", events=[], by=LOCAL, now=NOON)


def test_the_verifier_in_the_documentation_works(hooked, receiver):
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs/notifications.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]
    names: dict = {}
    exec(compile(code, "docs/notifications.md", "exec"), names)
    w, _, secret = hooked()
    happen(w.case)
    work(NOON)
    (got,) = receiver.got
    seen: set[str] = set()
    now = NOON.timestamp()
    check = names["is_genuine"]
    assert check(got.body, got.headers, secret, now=now, seen=seen)
    assert not check(got.body, got.headers, secret, now=now, seen=seen), "replayed"
    assert not check(got.body, got.headers, secret, now=now + 301, seen=set()), "old"
    assert not check(got.body + b" ", got.headers, secret, now=now, seen=set()), "modified"
    other = got.headers | {"webhook-id": "msg_2"}
    assert not check(got.body, other, secret, now=now, seen=set()), "another id"
