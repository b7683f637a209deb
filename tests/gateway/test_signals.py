"""What the official is told of, in a running gateway."""

import time
from datetime import UTC, datetime

from gateway.test_denials import raw, stolen
from gateway.world import Holder, Running, chat, holder, submission
from seawall.core.notice_events import EVENTS
from seawall.ledger.models import Event, Outbox
from seawall.reviews.models import AbuseSignal


def told(number: int = 1) -> list[AbuseSignal]:
    """The signals, once there are so many."""
    until = time.monotonic() + 10
    while AbuseSignal.objects.count() < number and time.monotonic() < until:
        time.sleep(0.02)
    return list(AbuseSignal.objects.order_by("id"))


def test_a_token_without_its_key_is_told_of_once_an_hour(house: Running, who: Holder):
    for headers in stolen(house, who)[:10]:
        assert raw(house, headers, chat(who.alias)).status_code == 401
    (signal,) = told()
    assert (signal.kind, signal.grant) == ("stolen token", who.grant)
    assert signal.facts == {"requests without the key": 3}
    event = Event.objects.get(what="grant.signal")
    assert event.on == f"grant:{who.grant.public_id}"
    assert EVENTS["grant.signal"].urgent({"kind": signal.kind})
    assert Outbox.objects.filter(topic="ledger.heard", ids={"index": event.index}).exists()


def test_an_unknown_token_is_nobodys_signal(house: Running, who: Holder):
    for _ in range(5):
        raw(house, {"Authorization": "DPoP " + "y" * 43}, chat(who.alias))
    assert house.post(who, chat(who.alias)).status_code == 200
    house.settled(1)
    assert not AbuseSignal.objects.exists()


def test_much_at_once_is_a_bulk_pull(house: Running):
    who = holder(submission(port=house.model.port), tokens_per_day=100)
    for _ in range(2):
        house.do(lambda: setattr(_use(house, who), "looked_at", 0.0) if _use(house, who) else None)
        assert house.post(who, chat(who.alias)).status_code == 200
    assert [each.kind for each in told()] == ["bulk pull"]


def _use(house: Running, who: Holder) -> object:
    return house.gateway.door._uses.get(who.grant.pk)


def test_another_purpose_three_times_is_off_purpose(house: Running, who: Holder):
    for _ in range(3):
        house.post(who, chat(who.alias), headers={"Seawall-Purpose": "essays"})
    assert [each.kind for each in told()] == ["off purpose"]


def test_fifty_poems_are_off_purpose(house: Running, who: Holder):
    for _ in range(50):
        house.post(who, chat(who.alias, "A poem about the sea, please."))
    house.do(lambda: setattr(_use(house, who), "looked_at", 0.0))
    house.post(who, chat(who.alias, "And one about the sky."))
    assert told()[0].facts["looked at"] == 50


def test_calls_at_odd_hours(house: Running):
    hour = datetime.now(UTC).hour
    odd = [(hour + 2) % 24, (hour + 3) % 24]
    who = holder(submission(port=house.model.port), hours=odd)
    for _ in range(6):
        assert house.post(who, chat(who.alias)).status_code == 200
        house.do(lambda: setattr(_use(house, who), "looked_at", 0.0))
    assert [(each.kind, each.facts) for each in told()] == [("odd hours", {"calls": 5})]
