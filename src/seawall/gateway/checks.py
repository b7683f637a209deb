"""What is unsafe about the way a gateway is about to be run."""

import os
import stat
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a gateway is run. `origin` is how partners write it, "https://gateway.example"; proofs
    are made for it. `plain_upstreams` are host:port of this machine, asked without TLS."""

    host: str = "127.0.0.1"
    port: int = 8450
    origin: str = ""
    certificate: Path | None = None
    private_key: Path | None = field(default=None, repr=False)
    client_ca: Path | None = None
    plain_upstreams: tuple[str, ...] = ()
    max_body_bytes: int = 16 << 20

    @property
    def has_tls(self) -> bool:
        return self.certificate is not None and self.private_key is not None

    def origin_at(self, port: int) -> str:
        """The origin; where it listens, when none was given."""
        if self.origin:
            return self.origin.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.has_tls else 'http'}://{host}:{port}"


def unsafe(options: Options, *, home: Path) -> list[str]:
    """Say, one sentence each, what is unsafe; empty when it can be run."""
    found = []
    if not is_loopback(options.host) and not options.has_tls:
        found.append(
            f"{options.host} is reached by others without TLS: give --certificate and "
            "--private-key, or listen on 127.0.0.1 behind a proxy that speaks TLS."
        )
    if (options.certificate is None) != (options.private_key is None):
        found.append("TLS needs both --certificate and --private-key.")
    for path in (options.certificate, options.private_key, options.client_ca):
        if path is not None and not os.access(path, os.R_OK):
            found.append(f"{path} cannot be read.")
    key = options.private_key
    if key is not None and key.exists() and _is_open(key):
        found.append(f"{key} can be read by others: chmod 600 it.")
    if options.origin:
        found += _about_origin(options)
    elif options.host in ("0.0.0.0", "::"):  # noqa: S104
        found.append("--origin is needed: proofs are made for the name that partners use.")
    if _is_open(home):
        found.append(f"{home} can be read by others: chmod 700 it.")
    for each in options.plain_upstreams:
        if not is_loopback(each.rpartition(":")[0].strip("[]")):
            found.append(f"{each} is no address of this machine; other models are asked over TLS.")
    return found


def is_loopback(host: str) -> bool:
    """Whether a host to listen on, or to ask, is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _about_origin(options: Options) -> list[str]:
    parts = urlsplit(options.origin)
    if parts.path.strip("/") or parts.query or not parts.hostname:
        return ["--origin is a scheme and a host, such as https://gateway.example."]
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return []
    return ["--origin must be https://: tokens travel over TLS only."]


def _is_open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
