"""A mail as it comes in (RFC 5322, MIME): read within limits, in time that grows with its length
only, whatever it was made to do to its reader."""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parseaddr

from seawall.core.media import safe_name
from seawall.formats.mail_text import answer_in, text_of_html
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.findings import Attachment

MAX_BYTES = 40 << 20
MAX_PARTS, MAX_DEPTH, MAX_ATTACHMENTS = 200, 8, 50
MAX_HEADERS = 128 << 10
MAX_TEXT = 1 << 20
_BLANK = re.compile(rb"\r?\n\r?\n")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{1,70}")
_MISREAD = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What the standard library's readers of headers raise for headers made to break them."""
_MANY_COMMENTS = 20
_LOOPED = 40
"""So many `Received` headers mean that the mail goes round (RFC 5321 §6.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a mail says. Addresses are in lower case; who sent it is only claimed."""

    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    """Everybody it says it is for, and the address it was delivered to."""
    subject: str
    message_id: str
    """Without angle brackets; "" when there is none."""
    automatic: str
    """Why it was not written by a person, or goes round; "" for a mail of a person."""
    text: str
    """What its sender wrote, without what is quoted and without the signature."""
    attachments: tuple[Attachment, ...] = field(repr=False)
    left_out: tuple[str, ...]
    """What was not kept, and why."""


def read_mail(data: bytes) -> Mail:
    """Read a mail; raises BadInput for what is too large, too deep, or has no sender."""
    if len(data) > MAX_BYTES:
        raise BadInput(f"more than the {MAX_BYTES >> 20} MiB that a mail may have")
    if data.startswith(b"From "):
        data = data.partition(b"\n")[2]
    headers, body = _split(data)
    name, sender = parseaddr(_flat(_header(headers, "From")))
    if sender.count("@") != 1 or len(sender) > 254:
        raise BadInput("the mail has no sender", where="From")
    parts = _Parts()
    parts.read(headers, body, depth=0, is_alternative=False)
    return Mail(
        sender=one_line(sender).lower(),
        sender_name=one_line(name, limit=100),
        recipients=_recipients(headers),
        subject=one_line(_header(headers, "Subject"), limit=500),
        message_id=one_line(_header(headers, "Message-ID").strip().strip("<>"), limit=255),
        automatic=_automatic(headers),
        text=answer_in(parts.text()),
        attachments=tuple(parts.attachments),
        left_out=tuple(parts.left_out),
    )


class _Parts:
    """Collects the texts and the attachments of a mail's parts."""

    def __init__(self) -> None:
        self.attachments: list[Attachment] = []
        self.left_out: list[str] = []
        self._plain: list[str] = []
        self._html: list[str] = []
        self._count = 0

    def text(self) -> str:
        """The plain text, else what the HTML says."""
        return "\n".join(self._plain) or "\n".join(map(text_of_html, self._html))

    def read(self, headers: Message, body: bytes, *, depth: int, is_alternative: bool) -> None:
        self._count += 1
        if self._count > MAX_PARTS or depth > MAX_DEPTH:
            raise BadInput("the mail has too many parts, or too deep ones")
        kind = _content_type(headers)
        boundary = _parameter(headers, "boundary")
        if kind.startswith("multipart/") and _BOUNDARY.fullmatch(boundary):
            alternative = kind == "multipart/alternative"
            for part in _parts(body, boundary.encode()):
                self.read(*_split(part), depth=depth + 1, is_alternative=alternative)
            return
        self._keep(headers, kind, _decoded(headers, body), is_alternative)

    def _keep(self, headers: Message, kind: str, data: bytes, is_alternative: bool) -> None:
        name = _filename(headers)
        inline = not name and not _header(headers, "Content-Disposition").lower().startswith(
            "attachment"
        )
        if inline and kind in ("text/plain", "text/html") and len(data) <= MAX_TEXT:
            kept = self._plain if kind == "text/plain" else self._html
            if not kept or not is_alternative:
                kept.append(_text(headers, data))
            return
        if not data.strip():
            return
        if len(self.attachments) >= MAX_ATTACHMENTS:
            self.left_out.append(f"{safe_name(name or kind)}: more than {MAX_ATTACHMENTS} files")
            return
        self.attachments.append(
            Attachment(name=self._free(safe_name(name or "part")), media_type=kind, data=data)
        )

    def _free(self, name: str) -> str:
        """`name`, with a number when a file of that name came before."""
        taken = {each.name.casefold() for each in self.attachments}
        if name.casefold() not in taken:
            return name
        return next(
            new
            for number in range(2, MAX_ATTACHMENTS + 2)
            if (new := f"{number}-{name}").casefold() not in taken
        )


def _split(data: bytes) -> tuple[Message, bytes]:
    """The headers and the body of a mail or a part."""
    if data[:1] == b"\n" or data[:2] == b"\r\n":
        block, body = b"", data.lstrip(b"\r").removeprefix(b"\n")
    else:
        found = _BLANK.search(data, 0, MAX_HEADERS + 4)
        if found is None and len(data) > MAX_HEADERS:
            raise BadInput(f"more than {MAX_HEADERS >> 10} KiB of headers")
        block = data[: found.start()] if found else data
        body = data[found.end() :] if found else b""
    if block.count(b"\n") > 2000:
        raise BadInput("too many lines of headers")
    return BytesHeaderParser(policy=compat32).parsebytes(block), body


def _parts(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What lies between the lines of a boundary (RFC 2046 §5.1.1)."""
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$", re.MULTILINE)
    start = None
    for found in line.finditer(body):
        if start is not None:
            yield body[start : found.start()].removesuffix(b"\n").removesuffix(b"\r")
        if found[1]:
            return
        start = found.end() + 1
    if start is not None:
        yield body[start:]


def _decoded(headers: Message, body: bytes) -> bytes:
    match _header(headers, "Content-Transfer-Encoding").strip().lower():
        case "base64":
            try:
                return binascii.a2b_base64(body)
            except binascii.Error:
                return b""
        case "quoted-printable":
            return quopri.decodestring(body)
    return body


def _text(headers: Message, data: bytes) -> str:
    charset = _parameter(headers, "charset") or "utf-8"
    try:
        text = data.decode(charset, "replace")
    except (LookupError, ValueError):
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _content_type(headers: Message) -> str:
    try:
        kind = headers.get_content_type()
    except _MISREAD:
        return "application/octet-stream"
    return one_line(kind, limit=100).lower()


def _parameter(headers: Message, name: str) -> str:
    """A parameter of Content-Type; "" when it is absent or cannot be read."""
    try:
        found = headers.get_param(name, "")
    except _MISREAD:
        return ""
    return found if isinstance(found, str) else ""


def _filename(headers: Message) -> str:
    try:
        return str(make_header(decode_header(headers.get_filename("") or "")))
    except _MISREAD:
        return "file"


def _header(headers: Message, name: str) -> str:
    """A header in words; as it stands when it cannot be decoded."""
    raw = headers.get(name)
    if raw is None:
        return ""
    try:
        return str(make_header(decode_header(raw)))
    except _MISREAD:
        return str(raw)


def _flat(addresses: str) -> str:
    """Addresses without their comments when these are many: each nesting costs its reader."""
    if addresses.count("(") <= _MANY_COMMENTS:
        return addresses
    return addresses.replace("(", " ").replace(")", " ")


def _recipients(headers: Message) -> tuple[str, ...]:
    raw = [
        _flat(str(value))
        for name in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
        for value in (headers.get_all(name) or [])[:20]
    ]
    found = (address.strip().lower() for _, address in getaddresses(raw)[:500])
    return tuple(dict.fromkeys(each for each in found if each.count("@") == 1))


def _automatic(headers: Message) -> str:
    """Why a mail is not of a person (RFC 3834 §2, RFC 3464), or that it goes round."""
    submitted = _header(headers, "Auto-Submitted").strip().lower()
    if submitted and not submitted.startswith("no"):
        return "it was sent by a program"
    if _header(headers, "Precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return "it is bulk mail or an automatic answer"
    if any(name in headers for name in ("X-Autoreply", "X-Autorespond", "List-Id")):
        return "it is an automatic answer or of a list"
    if _header(headers, "Return-Path").strip() == "<>":
        return "it reports about another mail"
    if _content_type(headers) == "multipart/report":
        return "it reports about another mail"
    if len(headers.get_all("Received") or []) > _LOOPED:
        return "it goes round in circles"
    return ""
