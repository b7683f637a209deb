"""A digest as a mail: RFC 5322, in the thread of its case, and marked as sent by a program.

Everything in it was decided before: a line holds only what its recipient may be told by mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from seawall.vocab.errors import one_line

ANSWER_ABOVE = "-- Write your answer above this line --"
_POLICY = policy.SMTP.clone(max_line_length=76, cte_type="7bit")


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """One thing that happened. "" for what may not be said."""

    id: str = ""
    sentence: str = ""
    title: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A mail to one person. `thread` is the id of the one case that all lines are about, else
    ""; `answer_to` the address that takes answers for it, else ""."""

    to_address: str
    to_name: str
    sender: str
    sender_name: str
    message_id: str
    """Without angle brackets; what follows its "@" names the thread too."""
    at: datetime
    lines: Sequence[DigestLine]
    more: int
    """How many further things are not spelled out."""
    sign_in: str
    off: str
    """Where mails are switched off; "" when this installation has no public address."""
    thread: str = ""
    answer_to: str = ""


def write_digest(digest: Digest) -> bytes:
    """The bytes of the mail, with CRLF line ends. Raises ValueError for an address that is none."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(_name(digest.sender_name), addr_spec=digest.sender)
    mail["To"] = Address(_name(digest.to_name), addr_spec=digest.to_address)
    mail["Subject"] = _subject(digest)
    mail["Date"] = format_datetime(digest.at)
    mail["Message-ID"] = f"<{digest.message_id}>"
    if digest.thread:
        root = f"<{digest.thread}.case@{digest.message_id.partition('@')[2]}>"
        mail["In-Reply-To"] = root
        mail["References"] = root
    if digest.answer_to:
        mail["Reply-To"] = Address(addr_spec=digest.answer_to)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    mail["X-Auto-Response-Suppress"] = "All"
    if digest.off:
        mail["List-Unsubscribe"] = f"<{digest.off}>"  # RFC 2369 §3.2
    mail.set_content(_text(digest), cte="quoted-printable")
    return mail.as_bytes()


def _subject(digest: Digest) -> str:
    count = len(digest.lines) + digest.more
    if not any(line.id for line in digest.lines):
        return "Something new for you"
    things = "1 thing is new" if count == 1 else f"{count} things are new"
    return f"[{digest.thread}] {things}" if digest.thread else things[:1].upper() + things[1:]


def _text(digest: Digest) -> str:
    parts = [ANSWER_ABOVE, ""] if digest.answer_to else []
    told = [_line(line) for line in digest.lines if line.id]
    untold = len(digest.lines) - len(told)
    parts += told
    if untold or not told:
        parts += ["There is something new for you. Sign in to read it.", ""]
    if digest.more:
        parts += [f"And {digest.more} more.", ""]
    if digest.sign_in:
        parts.append(f"Sign in: {digest.sign_in}")
    if digest.off:
        parts.append(f"What you get by mail, and how often: {digest.off}")
    return "\n".join(parts) + "\n"


def _line(line: DigestLine) -> str:
    said = one_line(f"{line.id}: {line.sentence}" if line.sentence else line.id)
    more = [one_line(each) for each in (line.title, line.link) if each]
    return "\n".join([said, *(f"  {each}" for each in more), ""])


def _name(text: str) -> str:
    """A display name that cannot pass for an address."""
    return one_line("".join(c for c in text if c not in '<>@"\\,;:'), limit=60)
