"""Why a call out was not made, or failed; never with an address's query, headers or secrets."""


class OutboundRefused(Exception):
    """This address may not be called from here. Retrying does not help."""


class OutboundFailed(Exception):
    """The call was tried and failed: no connection, no answer in time, too large an answer.

    `sent` is False when not one byte of the request can have reached the other side."""

    def __init__(self, reason: str, *, sent: bool = True) -> None:
        super().__init__(reason)
        self.sent = sent
