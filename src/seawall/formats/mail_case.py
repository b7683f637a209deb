"""A case passed on by mail: the text, the report for programs, and its attachments."""

from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from seawall.formats.handover_text import handover_report, handover_text
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.handover import Contact, HandoverPayload

MAX_BYTES = 20 << 20
"""Of the whole mail, before it is encoded."""


def write_case_mail(
    payload: HandoverPayload,
    *,
    contact: Contact,
    sender: str,
    recipient: str,
    message_id: str,
    answer_to: str,
    at: datetime,
) -> bytes:
    """The bytes of the mail; raises BadInput for an address that is none and for too much."""
    report = handover_report(payload)
    if len(report) + sum(len(each.data) for each in payload.attachments) > MAX_BYTES:
        raise BadInput(f"more than the {MAX_BYTES >> 20} MiB that a mail may take")
    mail = EmailMessage(policy=policy.SMTP)
    try:
        mail["From"] = Address(one_line(contact.organisation, limit=60), addr_spec=sender)
        mail["To"] = Address(addr_spec=recipient)
        mail["Reply-To"] = Address(addr_spec=answer_to or contact.email or sender)
    except (ValueError, IndexError):
        raise BadInput("not a mail address", where="target") from None
    mail["Subject"] = one_line(f"[{payload.case}] [{payload.marking}] {payload.title}", limit=200)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message_id}>"
    mail.set_content(handover_text(payload), cte="quoted-printable")
    mail.add_attachment(report, "application", "json", filename=f"{payload.case}.json")
    for each in payload.attachments:
        main, _, sub = each.media_type.partition("/")
        if main in ("", "text", "message", "multipart") or not sub:
            main, sub = "application", "octet-stream"
        name = each.name.rpartition("/")[2]
        mail.add_attachment(each.data, main, sub.partition(";")[0].strip(), filename=name)
    return mail.as_bytes()
