"""Telling people: events of the ledger become notices, and these webhooks and digests.

ledger.heard → notices.due (each channel) → a mail, or webhook.deliver for each notice
case.embargo_* → notices.soon, a day before its end
"""

import json
import random
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.db import transaction

from seawall.cases.models import Case
from seawall.cases.reading import embargo_holds
from seawall.core.notice_events import EVENTS, OBLIGATION_SOON, SOON
from seawall.core.notice_rules import DAY, retry_after
from seawall.core.ways_out import Say, Way
from seawall.directives.models import Obligation
from seawall.formats.webhook_events import write_event
from seawall.jobs import mail
from seawall.jobs.registry import Postponed, Work, handles
from seawall.jobs.subjects import Subject, audience_of, subject_of
from seawall.ledger import outbox
from seawall.ledger.heard import TOPIC
from seawall.ledger.models import Event
from seawall.notices import actions, outgoing
from seawall.notices.actions import Happening
from seawall.notices.channels import TEST_EVENT
from seawall.notices.models import Channel, Delivery
from seawall.notices.secrets import secrets_of
from seawall.outbound.client import Answer
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.outbound.webhooks import signed_headers
from seawall.parties.access import actor_for
from seawall.vocab.access import Tier


@handles(TOPIC)
def heard(work: Work) -> None:
    """Make the notices of one event for all who may know of it now."""
    event = Event.objects.filter(pk=work.ids["index"]).first()
    kind = EVENTS.get(event.what) if event else None
    subject = subject_of(event.on, event=event.what, now=work.now) if event else None
    if event is None or kind is None or subject is None:
        return
    facts = json.loads(event.entry)["facts"]
    if facts.get("later"):  # public for long; only its signature is new
        return
    happening = Happening(
        key=str(event.index),
        event=event.what,
        on=event.on,
        facts=facts,
        happened_at=event.at,
        urgent=kind.urgent(facts),
    )
    tier = max(kind.tier, _tier_in(facts)) if kind.is_for_tier else kind.tier
    _tell(subject, happening, tier=tier, without=event.by, now=work.now)
    _watch(subject, now=work.now)


def _tell(
    subject: Subject, happening: Happening, *, tier: Tier, without: str = "", now: datetime
) -> None:
    audience = audience_of(subject, tier=tier, without=without, now=now)
    channels = actions.channels_for(audience.people, audience.parties, now=now)
    actions.notify(channels, happening, now=now)


def _tier_in(facts: dict[str, Any]) -> Tier:
    """The tier of what was written or attached, when the facts name one."""
    found = facts.get("tier")
    return Tier[found] if found in Tier.__members__ else Tier.T0


@transaction.atomic
def _watch(subject: Subject, *, now: datetime) -> None:
    """Ask for a reminder a day before what has an end."""
    if subject.asset is not None:
        open_ones = Obligation.objects.filter(
            exposure__asset=subject.asset, closed_at=None, due_at__gt=now
        )
        for due_at in set(open_ones.values_list("due_at", flat=True)):
            _remind(subject, due_at, now)
    elif subject.case is not None and (ends_at := _embargo_end(subject.case, now)):
        _remind(subject, ends_at, now)


def _embargo_end(case: Case, now: datetime) -> datetime | None:
    return case.embargo_ends_at if embargo_holds(case, now=now) else None


def _remind(subject: Subject, ends_at: datetime, now: datetime) -> None:
    outbox.send(
        "notices.soon",
        key=f"soon:{subject.id}:{ends_at.isoformat()}",
        due_at=max(now, ends_at - DAY),
        on=f"{'asset' if subject.asset else 'case'}:{subject.id}",
        ends_at=ends_at.isoformat(),
    )


@handles("notices.soon")
def soon(work: Work) -> None:
    """Remind of an end that is near, if it is still the end."""
    subject, ends_at = (
        subject_of(work.ids["on"], event=SOON, now=work.now),
        datetime.fromisoformat(work.ids["ends_at"]),
    )
    if subject is None or ends_at <= work.now:
        return
    if subject.case is not None:
        if _embargo_end(subject.case, work.now) != ends_at:
            return
    elif not Obligation.objects.filter(
        exposure__asset=subject.asset, closed_at=None, due_at=ends_at
    ).exists():
        return
    happening = Happening(
        key=f"soon:{ends_at.isoformat()}",
        event=OBLIGATION_SOON if subject.asset else SOON,
        on=work.ids["on"],
        facts={"ends_at": ends_at.isoformat()},
        happened_at=work.now,
        urgent=True,
    )
    _tell(subject, happening, tier=Tier.T0, now=work.now)


@handles("notices.due")
def due(work: Work) -> None:
    """Send what waits on a channel, or see to it that it is sent when its time has come."""
    channel = Channel.objects.select_related("person", "party").get(pk=work.ids["channel_id"])
    if not channel.works:
        return
    waiting = actions.waiting_on(channel)
    if channel.kind == Channel.Kind.WEBHOOK:
        for notice in waiting:
            actions.gather_webhook(notice, now=work.now)
        return
    at = actions.mail_due_at(channel, waiting, now=work.now)
    if at is not None and at > work.now:
        with transaction.atomic():
            actions.ask_to_send(channel, at=at, now=work.now)
    elif at is not None:
        mail.send_digest(channel, waiting, work)


@handles("webhook.deliver")
def deliver(work: Work) -> None:
    """Try a webhook once; when it fails, put it off, and after a day give it up."""
    delivery = Delivery.objects.select_related("channel__party").get(pk=work.ids["delivery_id"])
    channel = delivery.channel
    if delivery.delivered_at or delivery.given_up_at or not channel.is_on or channel.ended_at:
        return
    body = _body(delivery, work.now)
    if body is None:
        actions.drop(delivery, now=work.now)
        return
    problem, asked, may_retry = _post(delivery, body, work.now)
    if not problem:
        actions.delivered(delivery, now=work.now)
        return
    attempts = actions.failed(delivery, problem, now=work.now)
    wait = retry_after(attempts, jitter=random.random(), asked=asked) if may_retry else None
    if wait is None:
        actions.give_up(delivery, by=work.actor, now=work.now)
        return
    raise Postponed(f"{channel.public_id}: {problem}", delay=wait)


def _body(delivery: Delivery, now: datetime) -> bytes | None:
    """What may be said now; None when that is nothing."""
    notice = delivery.notices.first()
    if notice is None:
        return None
    title, id, say = "", "", Say.STATE
    if notice.event != TEST_EVENT:
        subject = subject_of(notice.on, event=notice.event, now=now)
        party = delivery.channel.party
        if subject is None or party is None or not party.is_active:
            return None
        say = subject.say(to=actor_for(party), way=Way.WEBHOOK, now=now)
        title, id = subject.title, subject.id
    if say is Say.NOTHING:
        return None
    return write_event(
        event=notice.event,
        at=notice.happened_at,
        id=id,
        facts=notice.facts,
        title=title,
        say=say,
    )


def _post(delivery: Delivery, body: bytes, now: datetime) -> tuple[str, timedelta | None, bool]:
    """What went wrong ("" for nothing), how long the other side asks to wait, and whether
    trying again may help."""
    channel = delivery.channel
    headers = signed_headers(
        body, id=delivery.key, at=now, secrets=secrets_of(channel, now=now)
    ) | {"Content-Type": "application/json"}
    try:
        answer = outgoing.outbound(seconds=15).request(
            "POST", channel.url, headers=headers, body=body
        )
    except OutboundRefused as refused:
        return str(refused), None, False
    except OutboundFailed as failed:
        return str(failed), None, True
    if answer.ok:
        return "", None, True
    return f"answered {answer.status}", asked_wait(answer, now=now), answer.status != 410


def asked_wait(answer: Answer, *, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds or a date (RFC 9110 §10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        return max(parsedate_to_datetime(text) - now, timedelta())
    except (TypeError, ValueError):
        return None
