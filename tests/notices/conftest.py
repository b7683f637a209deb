"""Mail servers and webhook receivers on this machine."""

from collections.abc import Iterator

import pytest

from notices.mailbox import Mailbox, mailbox
from outbound.servers import Server, serving
from seawall.notices import outgoing


@pytest.fixture
def receiver(monkeypatch) -> Iterator[Server]:
    """A server that takes webhooks; the jobs may call it."""
    with serving() as server:
        monkeypatch.setattr(outgoing, "outbound", lambda **more: server.outbound())
        yield server


@pytest.fixture
def post(settings) -> Iterator[Mailbox]:
    """A mail server; the jobs send through it."""
    with mailbox() as box:
        settings.SEAWALL_SMTP_HOST, settings.SEAWALL_SMTP_PORT = "127.0.0.1", box.port
        settings.SEAWALL_SMTP_SECURITY = "none"
        settings.SEAWALL_MAIL_FROM = "seawall@house.example"
        settings.SEAWALL_ORIGIN = "https://seawall.example"
        yield box
