"""Setting up channels: webhooks of parties, and what a person wants by mail."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from seawall.core.notice_events import EVENTS
from seawall.ledger import actions as ledger
from seawall.notices import outgoing
from seawall.notices.actions import Happening, channels_for, notify
from seawall.notices.models import Channel, Notice
from seawall.notices.secrets import make_secret
from seawall.outbound.errors import OutboundRefused
from seawall.parties import sealing
from seawall.parties.locks import one_at_a_time
from seawall.parties.models import Party, Person
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput

MAX_WEBHOOKS = 20
TEST_EVENT = "webhook.test"


@transaction.atomic
def add_webhook(
    party: Party, *, url: str, events: Collection[str], by: Actor, now: datetime
) -> tuple[Channel, str]:
    """A webhook to an https address, for `events` or, when empty, all; with its secret, which is
    seen this once. Raises BadInput."""
    try:
        outgoing.outbound().check(url)
    except OutboundRefused as refused:
        raise BadInput(str(refused), where="url", mend="give a public https address") from None
    _check_events(events)
    one_at_a_time(party)
    if Channel.objects.filter(party=party, ended_at=None).count() >= MAX_WEBHOOKS:
        raise BadInput(f"a party has at most {MAX_WEBHOOKS} webhooks", mend="remove one")
    channel = Channel.objects.create(
        kind=Channel.Kind.WEBHOOK,
        party=party,
        url=url,
        events=sorted(set(events)),
        made_by=str(by),
        made_at=now,
    )
    ledger.record(by=by, what="webhook.added", on=channel, facts={"party": party.public_id}, at=now)
    return channel, make_secret(channel, now=now)


@transaction.atomic
def rotate(channel: Channel, *, by: Actor, now: datetime) -> str:
    """A new secret, seen this once; the old one signs beside it for a day."""
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    ledger.record(by=by, what="webhook.secret_rotated", on=row, at=now)
    return make_secret(row, now=now)


@transaction.atomic
def test(channel: Channel, *, by: Actor, now: datetime) -> None:
    """Send a webhook that says nothing but that it is a test; a failed channel is resumed."""
    resume(channel, by=by, now=now)
    happening = Happening(
        key=f"test:{now.isoformat()}",
        event=TEST_EVENT,
        on="",
        facts={},
        happened_at=now,
        urgent=True,
    )
    channel.refresh_from_db()
    channel.events = []
    notify([channel], happening, now=now)


@transaction.atomic
def resume(channel: Channel, *, by: Actor, now: datetime) -> None:
    """Send on a channel again that had failed or was off; what was given up stays unsent."""
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    if row.failed_at is None and row.is_on:
        return
    row.failed_at, row.problem, row.is_on = None, "", True
    row.save(update_fields=["failed_at", "problem", "is_on"])
    ledger.record(by=by, what="channel.resumed", on=row, at=now)


@transaction.atomic
def remove(channel: Channel, *, by: Actor, now: datetime) -> None:
    """End a webhook and destroy its secrets; twice is no error."""
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    if row.ended_at is not None:
        return
    row.ended_at, row.is_on = now, False
    row.save(update_fields=["ended_at", "is_on"])
    row.secrets.all().delete()
    if row.key_id:
        sealing.destroy_at_commit([row.key_id], blobs=[], at=now)
    ledger.record(by=by, what="webhook.removed", on=row, at=now)


@transaction.atomic
def set_mail(
    person: Person,
    *,
    is_on: bool,
    events: Collection[str] = (),
    interval: timedelta = timedelta(hours=1),
    by: Actor,
    now: datetime,
) -> Channel:
    """What a person wants by mail, and how often at most: an interval of 5 minutes to a week.
    Mail that had failed is tried again."""
    _check_events(events)
    if not timedelta(minutes=5) <= interval <= timedelta(days=7):
        raise BadInput("mails come at most every 5 minutes and at least once a week")
    (channel,) = channels_for([person], [], now=now)
    channel.is_on, channel.events = is_on, sorted(set(events))
    channel.interval_minutes = int(interval.total_seconds()) // 60
    channel.failed_at, channel.problem = None, ""
    channel.save()
    ledger.record(by=by, what="mail.set", on=channel, facts={"on": is_on}, at=now)
    return channel


def mark_seen(person: Person, *, upto: int, now: datetime) -> int:
    """Note that a person has seen their notices up to that primary key; how many were new."""
    rows = Notice.objects.filter(channel__person=person, pk__lte=upto, seen_at=None)
    return rows.update(seen_at=now)


def _check_events(events: Collection[str]) -> None:
    unknown = sorted(set(events) - set(EVENTS))
    if unknown:
        known = ", ".join(EVENTS)
        raise BadInput(f"{unknown[0]!r} is no event", where="events", mend=f"one of {known}")
