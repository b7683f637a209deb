"""Telling: notices are made, gathered into deliveries, and the attempts of these are kept."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from seawall.core.notice_rules import DAY, Waiting, next_at
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.notices.models import Channel, Delivery, Notice
from seawall.parties.models import Party, Person
from seawall.vocab.actors import Actor
from seawall.vocab.errors import one_line

MAX_WAITING = 5000
"""The most notices that one delivery gathers; what is over waits for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What is to be told: an event, what it is about, and the states and dates of it."""

    key: str
    event: str
    on: str
    facts: Mapping[str, Any]
    happened_at: datetime
    urgent: bool


def channels_for(
    people: Collection[Person], parties: Collection[Party], *, now: datetime
) -> list[Channel]:
    """The mail of each person, made when absent, and all webhooks of each party."""
    mail = {row.person_id: row for row in Channel.objects.filter(kind="mail", person__in=people)}
    missing = [
        Channel(kind="mail", person=each, made_by="installation", made_at=now)
        for each in people
        if each.pk not in mail
    ]
    if missing:
        Channel.objects.bulk_create(missing, ignore_conflicts=True)
        mail = {
            row.person_id: row for row in Channel.objects.filter(kind="mail", person__in=people)
        }
    hooks = Channel.objects.filter(kind="webhook", party__in=parties, ended_at=None)
    return [*mail.values(), *hooks]


@transaction.atomic
def notify(channels: Iterable[Channel], what: Happening, *, now: datetime) -> int:
    """Make a notice on each channel that wants it, and ask for their sending; the same
    happening twice is one notice. Give how many are new."""
    wanted = [each for each in channels if not each.events or what.event in each.events]
    known = set(
        Notice.objects.filter(channel__in=wanted, key=what.key, event=what.event).values_list(
            "channel", flat=True
        )
    )
    made = [
        Notice(
            channel=channel,
            key=what.key,
            event=what.event,
            on=what.on,
            facts=dict(what.facts),
            happened_at=what.happened_at,
            made_at=now,
            urgent=what.urgent,
        )
        for channel in wanted
        if channel.pk not in known
    ]
    Notice.objects.bulk_create(made, ignore_conflicts=True)
    for notice in made:
        if notice.channel.works:
            ask_to_send(notice.channel, at=_first_at(notice, now), now=now)
    return len(made)


def ask_to_send(channel: Channel, *, at: datetime, now: datetime) -> None:
    """Ask for the sending of what waits on the channel; once for each minute."""
    minute = at.replace(second=0, microsecond=0)
    due = at if at <= now or at == minute else minute + timedelta(minutes=1)
    key = None if at <= now else f"notices:{channel.pk}:{due:%Y%m%d%H%M}"
    outbox.send("notices.due", key=key, due_at=due, channel_id=channel.pk)


def _first_at(notice: Notice, now: datetime) -> datetime:
    """A webhook is sent at once; a mail when its digest is due, which is looked at again then."""
    if notice.urgent or notice.channel.kind == Channel.Kind.WEBHOOK:
        return now
    return now + notice.channel.pace().interval


def waiting_on(channel: Channel) -> list[Notice]:
    """What was not told yet on the channel, oldest first; of a mail also what its open delivery
    gathered and may not have sent."""
    rows = Notice.objects.filter(channel=channel, withheld_at=None)
    free = Q(delivery=None)
    if channel.kind == Channel.Kind.MAIL:
        free |= Q(delivery__delivered_at=None, delivery__given_up_at=None)
    return list(rows.filter(free).order_by("pk")[:MAX_WAITING])


def mail_due_at(channel: Channel, waiting: Sequence[Notice], *, now: datetime) -> datetime | None:
    """When the digest of what waits is to be sent."""
    sent = channel.deliveries.filter(delivered_at__gt=now - DAY)
    return next_at(
        [Waiting(made_at=each.made_at, urgent=each.urgent) for each in waiting],
        list(sent.values_list("delivered_at", flat=True)),
        pace=channel.pace(),
        now=now,
    )


@transaction.atomic
def gather_webhook(notice: Notice, *, now: datetime) -> Delivery | None:
    """The delivery of one notice, to be tried until it ends; None when it has one."""
    row = Notice.objects.select_for_update().get(pk=notice.pk)
    if row.delivery_id is not None or row.withheld_at is not None:
        return None
    made = _new_delivery(row.channel, now)
    Notice.objects.filter(pk=row.pk).update(delivery=made)
    outbox.send("webhook.deliver", key=f"webhook:{made.key}", due_at=now, delivery_id=made.pk)
    return made


@transaction.atomic
def gather_mail(channel: Channel, notices: Sequence[Notice], *, now: datetime) -> Delivery:
    """The channel's open delivery, made when there is none, with `notices` in it. A mail that
    is tried again keeps its Message-ID, by which a second copy is known as such."""
    Channel.objects.select_for_update().get(pk=channel.pk)
    is_open = channel.deliveries.filter(delivered_at=None, given_up_at=None)
    delivery = is_open.first() or _new_delivery(channel, now)
    Notice.objects.filter(pk__in=[each.pk for each in notices]).update(delivery=delivery)
    return delivery


def _new_delivery(channel: Channel, now: datetime) -> Delivery:
    key = f"msg_{secrets.token_hex(16)}"
    return Delivery.objects.create(channel=channel, key=key, made_at=now)


def withhold(notices: Collection[Notice], *, now: datetime) -> None:
    """Note that something was not said: who would have been told may no longer know."""
    ids = [each.pk for each in notices]
    Notice.objects.filter(pk__in=ids).update(withheld_at=now, delivery=None)


def delivered(delivery: Delivery, *, now: datetime) -> None:
    """Note that an attempt succeeded."""
    Delivery.objects.filter(pk=delivery.pk).update(
        attempts=F("attempts") + 1, tried_at=now, delivered_at=now, problem="", given_up_at=None
    )


def failed(delivery: Delivery, problem: str, *, now: datetime) -> int:
    """Note that an attempt failed, and why; give how many there were."""
    Delivery.objects.filter(pk=delivery.pk).update(
        attempts=F("attempts") + 1, tried_at=now, problem=one_line(problem)
    )
    delivery.refresh_from_db()
    return delivery.attempts


@transaction.atomic
def give_up(delivery: Delivery, *, by: Actor, now: datetime) -> None:
    """Stop trying a delivery, and its channel with it until somebody resumes that."""
    row = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if row.given_up_at is not None or row.delivered_at is not None:
        return
    row.given_up_at = now
    row.save(update_fields=["given_up_at"])
    channel = Channel.objects.get(pk=row.channel_id)
    channel.failed_at, channel.problem = now, row.problem
    channel.save(update_fields=["failed_at", "problem"])
    ledger.record(by=by, what="channel.failed", on=channel, at=now)


@transaction.atomic
def drop(delivery: Delivery, *, now: datetime) -> None:
    """End a delivery of which nothing may be said any more."""
    Notice.objects.filter(delivery=delivery).update(withheld_at=now)
    Delivery.objects.filter(pk=delivery.pk, delivered_at=None).update(
        given_up_at=now, problem="withheld"
    )
