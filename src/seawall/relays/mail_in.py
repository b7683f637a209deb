"""Taking a mail in: an answer to one of ours goes into the case's room, all else is a report."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.conf import settings

from seawall.cases import access as cases
from seawall.cases.messages import Upload, write
from seawall.cases.models import Case
from seawall.cases.refusals import CaseRefused
from seawall.core.case_address import Answering, read_address
from seawall.findings.actions import submit
from seawall.formats.detect import read_report
from seawall.formats.mail_in import Mail, read_mail
from seawall.formats.report import write_seawall_report
from seawall.formats.text import read_text
from seawall.parties.access import NotFound, NotPermitted, actor_of
from seawall.parties.models import Person
from seawall.vocab.access import Act, Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import Attachment, ReportFormat


class Became(StrEnum):
    """What became of a mail."""

    MESSAGE = "message"
    REPORT = "report"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one mail: the public ids of what it made, or why it made nothing."""

    became: Became
    ids: tuple[str, ...] = ()
    why: str = ""


def take_mail(data: bytes, *, by: Actor, now: datetime) -> Taken:
    """Take one mail in. The same mail twice makes nothing new. Nothing is ever answered, so that
    no loop can begin here. Raises BadInput for what cannot be read."""
    mail = read_mail(data)
    if mail.automatic:
        return Taken(became=Became.IGNORED, why=mail.automatic)
    answering = _answering(mail)
    if answering is not None:
        return _take_answer(mail, answering, now=now)
    return _take_report(mail, by=by, now=now)


def _answering(mail: Mail) -> Answering | None:
    base = settings.SEAWALL_MAIL_IN
    if not base:
        return None
    key = settings.SECRET_KEY.encode()
    found = (read_address(each, base, key=key) for each in mail.recipients)
    return next((each for each in found if each is not None), None)


def _take_answer(mail: Mail, answering: Answering, *, now: datetime) -> Taken:
    """Write what somebody answered into the room, as them and within what they may."""
    person = Person.objects.filter(pk=answering.person, is_active=True).first()
    refused = Taken(became=Became.REFUSED, why="its sender may not write there")
    if person is None or person.email != mail.sender:
        return refused
    actor = actor_of(person)
    row = Case.objects.filter(pk=answering.case).first()
    try:
        case = cases.case(actor, row.public_id if row else "", act=Act.WRITE, now=now)
        tier = min(Tier.T2, cases.tier(actor, case, now=now))
        message = write(
            case,
            mail.text,
            tier=tier,
            files=[Upload(name=each.name, data=each.data) for each in mail.attachments],
            by=actor,
            now=now,
            mail_id=_mail_id(mail, answering),
        )
    except (NotFound, NotPermitted, CaseRefused):
        return refused
    return Taken(became=Became.MESSAGE, ids=(case.public_id, message.public_id))


def _mail_id(mail: Mail, answering: Answering) -> str:
    """What makes one mail of one person to one room the same mail. The Message-ID alone is
    whatever its sender wrote: somebody else's must neither stand for it nor stand in its way."""
    own = mail.message_id or secrets.token_hex(16)
    text = f"{answering.case}/{answering.person}/{own}"
    return hashlib.sha256(text.encode()).hexdigest()


def _take_report(mail: Mail, *, by: Actor, now: datetime) -> Taken:
    """Submit the reports that are attached; without one, the mail itself is the report.

    Its reporter is the address it claims to come from, which is nobody's name here.
    """
    attached = [each for each in mail.attachments if _is_report(each)]
    sent = [(each.data, each.name) for each in attached] or [_as_report(mail)]
    made = [
        submit(data, name=name, reporter=mail.sender, by=by, now=now).report for data, name in sent
    ]
    return Taken(became=Became.REPORT, ids=tuple(dict.fromkeys(made)))


def _is_report(attachment: Attachment) -> bool:
    """Whether an attachment is a report by itself; prose and single files are not."""
    try:
        return read_report(attachment.data, name=attachment.name).format is not ReportFormat.TEXT
    except BadInput:
        return False


def _as_report(mail: Mail) -> tuple[bytes, str]:
    """The mail as a Seawall report with its attachments."""
    if not mail.text and not mail.subject:
        raise BadInput("the mail says nothing")
    text = f"Title: {mail.subject}\n\n{mail.text}" if mail.subject else mail.text
    read = read_text(text, digest="", name="mail")
    report = replace(read, attachments=_unique(mail.attachments))
    document = write_seawall_report(report)
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode(), "mail.json"


def _unique(attachments: Sequence[Attachment]) -> tuple[Attachment, ...]:
    return tuple({each.name.casefold(): each for each in attachments}.values())
