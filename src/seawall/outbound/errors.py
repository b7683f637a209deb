"""Why a call out was not made, or failed; never with an address's query, headers or secrets."""

import ssl

import httpcore


class OutboundRefused(Exception):
    """This address may not be called from here. Retrying does not help."""


class OutboundFailed(Exception):
    """The call was tried and failed: no connection, no answer in time, too large an answer.

    `sent` is False when not one byte of the request can have reached the other side."""

    def __init__(self, reason: str, *, sent: bool = True) -> None:
        super().__init__(reason)
        self.sent = sent


def in_words(error: Exception) -> str:
    """The kind of an error of the connection; its own text may hold what was sent."""
    if any(isinstance(each, ssl.SSLError) for each in (error, *error.args)):
        return "the TLS connection was not accepted"
    if isinstance(error, httpcore.ConnectError):
        return "no connection"
    if isinstance(error, httpcore.ProtocolError):
        return "the answer is no HTTP"
    return "the connection broke"
