"""Sending a digest by mail."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings

from seawall.core.case_address import case_address
from seawall.core.notice_events import EVENTS
from seawall.core.notice_rules import MAX_LINES, retry_after
from seawall.core.ways_out import Say, Way
from seawall.formats.mail_out import Digest, DigestLine, write_digest
from seawall.jobs.registry import Postponed, Work
from seawall.jobs.subjects import Subject, actors_of, subject_of
from seawall.notices import actions, outgoing
from seawall.notices.models import Channel, Delivery, Notice
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.parties.models import Membership, Person
from seawall.vocab.actors import Actor

_PAUSE = timedelta(minutes=5)


def send_digest(channel: Channel, waiting: Sequence[Notice], work: Work) -> None:
    """Send one mail with what may be said of `waiting` now; what may not is withheld."""
    server = outgoing.mail_server()
    person = channel.person
    if server is None or person is None:
        return
    reader = _reader(person)
    told = _told(waiting, reader, work) if reader is not None else []
    notices = [notice for notice, _, _ in told]
    actions.withhold([each for each in waiting if each not in notices], now=work.now)
    if not notices:
        return
    delivery = actions.gather_mail(channel, notices, now=work.now)
    message = write_digest(_digest(person, delivery, told, work))
    try:
        server.send(message, sender=settings.SEAWALL_MAIL_FROM, recipient=person.email)
    except OutboundRefused as refused:
        actions.failed(delivery, str(refused), now=work.now)
        actions.give_up(delivery, by=work.actor, now=work.now)
    except OutboundFailed as failed:
        _put_off(delivery, str(failed), work)
    else:
        actions.delivered(delivery, now=work.now)


def _put_off(delivery: Delivery, problem: str, work: Work) -> None:
    """Let all of it wait, at most an hour: what may be said is decided anew at each attempt."""
    attempts = actions.failed(delivery, problem, now=work.now)
    raise Postponed(problem, delay=retry_after(min(attempts, 4), jitter=0.5) or _PAUSE)


def _reader(person: Person) -> Actor | None:
    """The person as they are now; None for one who left."""
    if not person.is_active:
        return None
    rows = Membership.objects.filter(person=person, ended_at=None, party__is_active=True)
    found = actors_of(rows.select_related("person", "party"))
    return found[0][1] if found else None


def _told(
    waiting: Sequence[Notice], reader: Actor, work: Work
) -> list[tuple[Notice, Subject, Say]]:
    """What may be said of each, those left out of which nothing may be said."""
    subjects = {
        (on, event): subject_of(on, event=event, now=work.now)
        for on, event in {(notice.on, notice.event) for notice in waiting}
    }
    found = []
    for notice in waiting:
        subject = subjects[notice.on, notice.event]
        if subject is None:
            continue
        say = subject.say(to=reader, way=Way.MAIL, now=work.now)
        if say > Say.NOTHING:
            found.append((notice, subject, say))
    return found


def _digest(
    person: Person,
    delivery: Delivery,
    told: Sequence[tuple[Notice, Subject, Say]],
    work: Work,
) -> Digest:
    shown = told[-MAX_LINES:]
    named = {subject.id: subject for _, subject, say in told if say >= Say.ID}
    one = len(named) == 1 and all(say >= Say.ID for _, _, say in told)
    about = next(iter(named.values())) if one else None
    origin = settings.SEAWALL_ORIGIN
    return Digest(
        to_address=person.email,
        to_name=person.name,
        sender=settings.SEAWALL_MAIL_FROM,
        sender_name=settings.SEAWALL_PUBLISHER_NAME or "Seawall",
        message_id=f"{delivery.key}@{settings.SEAWALL_MAIL_FROM.rpartition('@')[2]}",
        at=work.now,
        lines=[_line(*each) for each in shown],
        more=len(told) - len(shown),
        sign_in=origin,
        off=f"{origin}/notices/settings" if origin else "",
        thread=about.id if about else "",
        answer_to=_answer_to(about, person),
    )


def _line(notice: Notice, subject: Subject, say: Say) -> DigestLine:
    if say < Say.ID:
        return DigestLine()
    kind = EVENTS.get(notice.event)
    origin = settings.SEAWALL_ORIGIN
    return DigestLine(
        id=subject.id,
        sentence=kind.sentence(notice.facts) if kind and say >= Say.STATE else "",
        title=subject.title if say >= Say.TITLE else "",
        link=f"{origin}{subject.path}" if origin else "",
    )


def _answer_to(subject: Subject | None, person: Person) -> str:
    """The address that takes an answer into the case's room, where mail comes in."""
    if subject is None or subject.case is None or not settings.SEAWALL_MAIL_IN:
        return ""
    return case_address(
        settings.SEAWALL_MAIL_IN,
        case=subject.case.pk,
        person=person.pk,
        key=settings.SECRET_KEY.encode(),
    )
