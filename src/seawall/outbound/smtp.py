"""Handing a mail to the one server that this installation sends its mail through.

The server is chosen in the settings, so its address is not vetted; the connection is encrypted
unless the settings say otherwise, and a password is never sent over one that is not.
"""

import smtplib
import ssl
from dataclasses import dataclass, field
from enum import StrEnum

from seawall.outbound.errors import OutboundFailed, OutboundRefused


class Security(StrEnum):
    """How the connection is encrypted: upgraded (RFC 3207), from the start (RFC 8314), not."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A submission server; `seconds` for each step of the conversation."""

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 20.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        """Hand over one mail. Raises OutboundRefused for what will not go better later,
        OutboundFailed for what may."""
        if self.user and self.security is Security.NONE:
            raise OutboundRefused("a password is not sent over an open connection")
        try:
            with self._connect() as connection:
                connection.sendmail(sender, [recipient], message)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            raise _answered(max(codes, default=500)) from None
        except smtplib.SMTPResponseException as answer:
            raise _answered(answer.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise OutboundRefused("the mail server offers no encryption, or no login") from None
        except ssl.SSLError:
            raise OutboundRefused(
                "the TLS connection to the mail server was not accepted"
            ) from None
        except (smtplib.SMTPException, OSError):
            raise OutboundFailed("the mail server does not answer", sent=False) from None

    def _connect(self) -> smtplib.SMTP:
        tls = self.tls or ssl.create_default_context()
        if self.security is Security.TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.seconds, context=tls
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        try:
            if self.security is Security.STARTTLS:
                connection.starttls(context=tls)
            if self.user:
                connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection


def _answered(code: int) -> OutboundRefused | OutboundFailed:
    """4yz may go better later, 5yz will not (RFC 5321 §4.2.1)."""
    if 400 <= code < 500:
        return OutboundFailed(f"the mail server asks to wait ({code})")
    return OutboundRefused(f"the mail server refuses it ({code})")
