"""Reading the address of a call strictly, so that nobody reads it in two ways."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from seawall.outbound.errors import OutboundRefused

MAX_URL = 2_000
_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_PLAIN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a call goes: `host` in lower case, an IPv6 address without brackets; `path` begins
    with "/" and includes the query."""

    scheme: str
    host: str
    port: int
    path: str
    is_address: bool

    @property
    def authority(self) -> str:
        """The Host header: with the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        own = 443 if self.scheme == "https" else 80
        return host if self.port == own else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def read_url(text: str) -> Target:
    """Read an absolute http or https address; raises OutboundRefused with what is wrong.

    A host is a name of ASCII labels or an address in its one usual spelling. There are no
    names and passwords, no fragments, no backslashes, no spaces, no trailing dots.
    """
    if len(text) > MAX_URL or not _PLAIN.fullmatch(text) or "\\" in text:
        raise OutboundRefused(
            f"an address is at most {MAX_URL} plain ASCII characters; write other hosts as xn--…"
        )
    match = _URL.fullmatch(text)
    if match is None:
        raise OutboundRefused("an address begins with https:// and has no fragment")
    scheme, authority, path = match[1].lower(), match[2], match[3] or "/"
    if "@" in authority:
        raise OutboundRefused("an address holds no user name")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise OutboundRefused("the host of the address cannot be read")
    port = int(parts[2]) if parts[2] else (443 if scheme == "https" else 80)
    if not 0 < port < 65536:
        raise OutboundRefused("there is no such port")
    host, is_address = _host(parts[1].lower())
    return Target(
        scheme=scheme,
        host=host,
        port=port,
        path=path if path.startswith("/") else f"/{path}",
        is_address=is_address,
    )


def _host(text: str) -> tuple[str, bool]:
    if text.startswith("["):
        try:
            return str(IPv6Address(text[1:-1])), True
        except AddressValueError:
            raise OutboundRefused("not an IPv6 address") from None
    labels = text.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(text)), True
        except AddressValueError:
            raise OutboundRefused("write an IPv4 address as four decimal numbers") from None
    if len(text) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise OutboundRefused("the host is no name of plain labels")
    return text, False
