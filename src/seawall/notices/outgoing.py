"""The clients through which everything leaves, as the settings say."""

from functools import cache
from pathlib import Path

from django.conf import settings

from seawall.outbound.client import Caps, Internal, Outbound
from seawall.outbound.smtp import MailServer, Security


def outbound(*, seconds: float = 20.0) -> Outbound:
    """The HTTP client."""
    return _outbound(tuple(settings.SEAWALL_OUTBOUND_INTERNAL), seconds)


@cache
def _outbound(internal: tuple[str, ...], seconds: float) -> Outbound:
    known = [each.rpartition(":") for each in internal]
    return Outbound(
        internal=[Internal(host=host.strip("[]"), port=int(port)) for host, _, port in known],
        caps=Caps(seconds=seconds),
    )


def mail_server() -> MailServer | None:
    """The mail server; None when this installation sends no mail."""
    if not settings.SEAWALL_SMTP_HOST or not settings.SEAWALL_MAIL_FROM:
        return None
    return MailServer(
        host=settings.SEAWALL_SMTP_HOST,
        port=settings.SEAWALL_SMTP_PORT,
        security=Security(settings.SEAWALL_SMTP_SECURITY),
        user=settings.SEAWALL_SMTP_USER,
        password=secret_file(settings.SEAWALL_SMTP_PASSWORD_FILE),
    )


def secret_file(name: str) -> str:
    """The secret in a file that a setting names; "" for no file."""
    return Path(name).read_text(encoding="utf-8").strip() if name else ""
