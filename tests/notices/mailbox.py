"""A real mail server on this machine that keeps what it gets."""

import email
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Mailbox:
    port: int = 0
    got: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """Given to the next mails, one each; then they are taken."""

    @property
    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(raw, policy=policy.default) for _, _, raw in self.got]

    def clear(self) -> None:
        self.got.clear()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 Taken"


class _OnFreePort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mailbox(
    *, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None, **more: Any
) -> Iterator[Mailbox]:
    box = Mailbox()

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        fits = isinstance(data, LoginPassword) and login == (
            data.login.decode(),
            data.password.decode(),
        )
        return AuthResult(success=fits, handled=False)

    options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None}
    if login:
        authenticator: Callable[..., AuthResult] = check
        options |= {"authenticator": authenticator, "auth_required": True}
    controller = _OnFreePort(box, hostname="127.0.0.1", port=0, **options, **more)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()
