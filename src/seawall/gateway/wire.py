"""Reading HTTP/1.1 strictly (RFC 9112): one way to say a thing, everything else is refused.

A request has no transfer coding, no coding of its content, no field twice, no folded line and no
field that asks another party to read it differently, so that nobody can frame it in two ways.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MAX_HEAD_BYTES = 32_768
MAX_FIELDS = 100

_REQUEST = re.compile(rb"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.1")
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_LENGTH = re.compile(rb"[0-9]{1,9}")
_FORBIDDEN = frozenset(
    {
        b"transfer-encoding",
        b"upgrade",
        b"expect",
        b"te",
        b"trailer",
        b"http2-settings",
        b"content-range",
        b"x-http-method",
        b"x-http-method-override",
        b"x-method-override",
        b"x-original-url",
        b"x-rewrite-url",
        b"x-original-host",
        b"x-forwarded-host",
    }
)


class BadRequest(Exception):
    """What came is not a request as it is read here; `status` is what to answer."""

    def __init__(self, status: int = 400) -> None:
        super().__init__(status)
        self.status = status


class BadAnswer(Exception):
    """What came is no answer that can be read in one way only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A request without its body; names of fields are in lower case, `length` is the body's."""

    method: bytes
    target: bytes
    fields: Mapping[bytes, bytes]
    length: int
    keep_alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHead:
    """An answer without its body: `length` bytes, None until the connection ends, or chunked."""

    status: int
    fields: Mapping[bytes, bytes]
    length: int | None
    chunked: bool
    keep_alive: bool


def read_request(head: bytes) -> Head:
    """Read all before the empty line; raises BadRequest."""
    first, *lines = head.split(b"\r\n")
    said = _REQUEST.fullmatch(first)
    if said is None:
        raise BadRequest(505 if re.fullmatch(rb"\S+ \S+ HTTP/[0-9.]+", first) else 400)
    fields = _fields(lines)
    if not _FORBIDDEN.isdisjoint(fields):
        raise BadRequest(501 if b"transfer-encoding" in fields else 400)
    if fields.get(b"content-encoding", b"identity").lower() != b"identity":
        raise BadRequest(415)
    if not fields.get(b"host"):
        raise BadRequest
    connection = fields.get(b"connection", b"keep-alive").lower()
    if connection not in (b"keep-alive", b"close"):
        raise BadRequest
    return Head(
        method=said[1],
        target=said[2],
        fields=MappingProxyType(fields),
        length=_length(said[1], fields),
        keep_alive=connection == b"keep-alive",
    )


def _length(method: bytes, fields: Mapping[bytes, bytes]) -> int:
    text = fields.get(b"content-length")
    if text is None:
        if method == b"POST":
            raise BadRequest(411)
        return 0
    if not _LENGTH.fullmatch(text):
        raise BadRequest
    length = int(text)
    if length and method != b"POST":
        raise BadRequest
    return length


def _fields(lines: list[bytes]) -> dict[bytes, bytes]:
    if len(lines) > MAX_FIELDS:
        raise BadRequest(431)
    fields: dict[bytes, bytes] = {}
    for line in lines:
        said = _FIELD.fullmatch(line)
        if said is None:
            raise BadRequest
        name = said[1].lower()
        if name in fields:
            raise BadRequest
        fields[name] = said[2].rstrip(b" \t")
    return fields


def read_answer(head: bytes) -> AnswerHead:
    """Read an answer's head; raises BadAnswer for one whose end could be read in two ways, and
    for compressed contents, which were not asked for."""
    first, *lines = head.split(b"\r\n")
    said = _STATUS.fullmatch(first)
    if said is None:
        raise BadAnswer
    fields: dict[bytes, bytes] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            raise BadAnswer
        name = found[1].lower()
        if name in fields and name in (b"content-length", b"transfer-encoding", b"content-type"):
            raise BadAnswer
        fields[name] = found[2].rstrip(b" \t")
    return _framed(int(said[1]), first.startswith(b"HTTP/1.1"), fields)


def _framed(status: int, is_new: bool, fields: dict[bytes, bytes]) -> AnswerHead:
    coding, length = fields.get(b"transfer-encoding"), fields.get(b"content-length")
    if coding is not None and (coding.lower() != b"chunked" or length is not None):
        raise BadAnswer
    if length is not None and not re.fullmatch(rb"[0-9]{1,12}", length):
        raise BadAnswer
    if fields.get(b"content-encoding", b"identity").lower() != b"identity":
        raise BadAnswer
    ends = coding is not None or length is not None
    connection = fields.get(b"connection", b"keep-alive" if is_new else b"close").lower()
    return AnswerHead(
        status=status,
        fields=MappingProxyType(fields),
        length=int(length) if length is not None else 0 if status in (204, 304) else None,
        chunked=coding is not None,
        keep_alive=is_new and ends and connection != b"close",
    )


class Chunks:
    """Takes a chunked body apart (RFC 9112 §7.1). Extensions and trailers are dropped."""

    _SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._left = -1
        """Bytes of the current chunk that are missing; -1 before a size line."""
        self._in_trailers = False
        self.is_over = False

    def feed(self, data: bytes) -> bytes:
        """What of the body is known now; raises BadAnswer."""
        self._buffer += data
        found = bytearray()
        while not self.is_over and self._step(found):
            pass
        if self.is_over and self._buffer:
            raise BadAnswer
        return bytes(found)

    def _step(self, found: bytearray) -> bool:
        if self._left > 0:
            piece = self._buffer[: self._left]
            del self._buffer[: len(piece)]
            self._left -= len(piece)
            found += piece
            return bool(piece)
        if self._left == 0:
            return self._end_of_chunk()
        return self._line()

    def _end_of_chunk(self) -> bool:
        if len(self._buffer) < 2:
            return False
        if self._buffer[:2] != b"\r\n":
            raise BadAnswer
        del self._buffer[:2]
        self._left = -1
        return True

    def _line(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise BadAnswer
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        if self._in_trailers:
            self.is_over = not line
            return True
        said = self._SIZE.fullmatch(line)
        if said is None:
            raise BadAnswer
        self._left = int(said[1], 16)
        if not self._left:
            self._left, self._in_trailers = -1, True
        return True
