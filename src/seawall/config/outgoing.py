"""Settings of every way out: mail, webhooks, relays, and the mail that comes in.

SEAWALL_OUTBOUND_INTERNAL  host:port,… of one's own network that may be called over https
SEAWALL_SMTP_HOST          the mail server; without it no mail is sent
SEAWALL_SMTP_PORT          (default 587, or 465 with SECURITY=tls)
SEAWALL_SMTP_SECURITY      starttls (default), tls or none
SEAWALL_SMTP_USER          with SEAWALL_SMTP_PASSWORD_FILE
SEAWALL_MAIL_FROM          the sender's address
SEAWALL_MAIL_IN            the address whose mail `seawall mail in` gets; answers to cases go to it
SEAWALL_VINCE_URL          (default that of CERT/CC) with SEAWALL_VINCE_TOKEN_FILE
SEAWALL_GITHUB_URL         (default that of GitHub) with SEAWALL_GITHUB_TOKEN_FILE
"""

import os

__all__ = [
    "SEAWALL_GITHUB_TOKEN_FILE",
    "SEAWALL_GITHUB_URL",
    "SEAWALL_MAIL_FROM",
    "SEAWALL_MAIL_IN",
    "SEAWALL_OUTBOUND_INTERNAL",
    "SEAWALL_SMTP_HOST",
    "SEAWALL_SMTP_PASSWORD_FILE",
    "SEAWALL_SMTP_PORT",
    "SEAWALL_SMTP_SECURITY",
    "SEAWALL_SMTP_USER",
    "SEAWALL_VINCE_TOKEN_FILE",
    "SEAWALL_VINCE_URL",
]


def _text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


SEAWALL_OUTBOUND_INTERNAL = tuple(
    each.strip() for each in _text("SEAWALL_OUTBOUND_INTERNAL").split(",") if each.strip()
)
SEAWALL_SMTP_HOST = _text("SEAWALL_SMTP_HOST")
SEAWALL_SMTP_SECURITY = _text("SEAWALL_SMTP_SECURITY", "starttls").lower()
SEAWALL_SMTP_PORT = int(
    _text("SEAWALL_SMTP_PORT") or (465 if SEAWALL_SMTP_SECURITY == "tls" else 587)
)
SEAWALL_SMTP_USER = _text("SEAWALL_SMTP_USER")
SEAWALL_SMTP_PASSWORD_FILE = _text("SEAWALL_SMTP_PASSWORD_FILE")
SEAWALL_MAIL_FROM = _text("SEAWALL_MAIL_FROM")
SEAWALL_MAIL_IN = _text("SEAWALL_MAIL_IN")
SEAWALL_VINCE_URL = _text("SEAWALL_VINCE_URL", "https://kb.cert.org/vince/comm/api").rstrip("/")
SEAWALL_VINCE_TOKEN_FILE = _text("SEAWALL_VINCE_TOKEN_FILE")
SEAWALL_GITHUB_URL = _text("SEAWALL_GITHUB_URL", "https://api.github.com").rstrip("/")
SEAWALL_GITHUB_TOKEN_FILE = _text("SEAWALL_GITHUB_TOKEN_FILE")
