"""security.txt (RFC 9116): how to reach the publisher, and where its advisories are."""

import re
from datetime import UTC, datetime, timedelta

from seawall.feed.provider import METADATA, Provider

PATH = ".well-known/security.txt"
LIFETIME = timedelta(days=180)
"""RFC 9116 §2.5.5 asks for less than a year."""
RENEWAL = timedelta(days=90)
"""It is written anew when it holds for less than this."""
_ADDRESS = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+[^\s<>(),;:\".]")
_URL = re.compile(r"https://[^\s<>\"]+")


def security_txt(provider: Provider, *, old: bytes | None, now: datetime) -> bytes:
    """The file, signed (§2.3). `old` stays while it says the same and holds long enough."""
    fields = _fields(provider)
    holds_until = _expires((old or b"").decode(), fields)
    if old is not None and holds_until is not None and holds_until - now >= RENEWAL:
        return old
    expires = (now + LIFETIME).replace(microsecond=0)
    lines = [*fields, f"Expires: {expires.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"]
    return provider.key.clear("".join(f"{line}\n" for line in lines)).encode()


def _fields(provider: Provider) -> list[str]:
    return [
        f"Contact: {_contact(provider)}",
        f"Encryption: {provider.address(provider.key_path)}",
        f"Canonical: {provider.address(PATH)}",
        f"Preferred-Languages: {provider.language}",
        f"CSAF: {provider.address(METADATA)}",
    ]


def _contact(provider: Provider) -> str:
    """The publisher's contact as URI: an address or URL in its words, else its own URL."""
    words = provider.publisher.contact
    if address := _ADDRESS.search(words):
        return f"mailto:{address[0]}"
    url = _URL.search(words)
    return url[0] if url else provider.publisher.namespace


def _expires(text: str, fields: list[str]) -> datetime | None:
    """When a file that says just `fields` expires; None when it says something else."""
    lines = [line for line in text.splitlines() if re.match(r"[A-Z][A-Za-z-]+: ", line)]
    said = [line for line in lines if not line.startswith(("Hash: ", "Comment: ", "Expires: "))]
    dates = [line.removeprefix("Expires: ") for line in lines if line.startswith("Expires: ")]
    if said != fields or len(dates) != 1:
        return None
    return datetime.fromisoformat(dates[0])
