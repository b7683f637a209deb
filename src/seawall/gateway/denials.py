"""What the gateway says when it does not serve: one answer for each kind, the same for all.

The body is an error as both the OpenAI and the Anthropic clients read it. The connection is
closed, so that an answer does not tell how much of the request was read before it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A whole answer; `fields` are further header fields, complete lines."""

    status: int
    body: bytes
    fields: bytes = b""
    closes: bool = False


def _denial(
    status: int, type: str, message: str, *, fields: bytes = b"", closes: bool = False
) -> Denial:
    return Denial(
        status=status, body=error_body(type, message), fields=fields, closes=closes or status >= 500
    )


def error_body(type: str, message: str, *, param: str | None = None) -> bytes:
    """An error that both kinds of clients understand."""
    error = {"type": type, "message": message, "param": param, "code": type}
    return json.dumps({"type": "error", "error": error}, separators=(",", ":")).encode()


UNAUTHENTICATED = _denial(
    401,
    "authentication_error",
    "A token and the proof of the key that it is bound to are needed.",
    fields=b'WWW-Authenticate: DPoP algs="ES256 EdDSA", error="invalid_token"\r\n',
    closes=True,
)
FORBIDDEN = _denial(403, "permission_error", "This grant cannot be used now.", closes=True)
NOT_FOUND = _denial(
    404, "not_found_error", "There is nothing by this name, or it is not yours.", closes=True
)
NOT_WRITTEN = _denial(503, "overloaded_error", "Nothing is served just now; try again later.")
UPSTREAM = _denial(502, "api_error", "The model did not answer.")
INTERNAL = _denial(500, "api_error", "This went wrong here.")

_BROKEN: Mapping[int, str] = {
    400: "The request cannot be read.",
    408: "The request took too long.",
    411: "A Content-Length is needed.",
    413: "The request is too large.",
    415: "A request is JSON, not compressed.",
    421: "This is not the host that was asked for.",
    431: "The header is too large.",
    501: "A request has a Content-Length and no transfer coding.",
    505: "HTTP/1.1 is spoken here.",
}
BROKEN: Mapping[int, Denial] = {
    status: _denial(status, "invalid_request_error", message, closes=True)
    for status, message in _BROKEN.items()
}
"""For what is no proper HTTP; the connection is closed."""


def bad_body(message: str, *, param: str | None = None) -> Denial:
    """For a body that is not forwarded; `message` holds no words of the body."""
    return Denial(status=400, body=error_body("invalid_request_error", message, param=param))


def over_quota(*, wait_seconds: int) -> Denial:
    return _denial(
        429,
        "rate_limit_error",
        "The grant's quota is used up for now.",
        fields=f"Retry-After: {wait_seconds}\r\n".encode(),
    )


def from_upstream(status: int, *, param: str | None, wait: str) -> Denial:
    """What the partner hears of an error of the model's provider: its kind, not its words, which
    may name the model, the account or the key."""
    if status == 429:
        fields = f"Retry-After: {wait}\r\n".encode() if wait else b""
        return _denial(429, "rate_limit_error", "The model is busy.", fields=fields)
    if status == 413:
        return _denial(413, "invalid_request_error", "The request is too large for the model.")
    if status in (400, 422):
        return bad_body("The model refuses this request.", param=param)
    return UPSTREAM
