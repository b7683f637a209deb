"""Which settings a production installation must not start with."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from seawall.config.home import is_private


def unsafe_settings(
    *,
    debug: bool,
    secret_key: str,
    allowed_hosts: Sequence[str],
    home: Path,
    database_url: str,
    origin: str,
) -> list[str]:
    """Say, one sentence each, what is unsafe; empty when production may start."""
    found = []
    if debug:
        found.append("SEAWALL_DEBUG is on: error pages would show internals.")
    if len(secret_key) < 50:
        found.append("SEAWALL_SECRET_KEY is shorter than 50 characters.")
    if "*" in allowed_hosts:
        found.append('SEAWALL_ALLOWED_HOSTS contains "*": any Host header would be believed.')
    if not origin.startswith("https://") or urlsplit(origin).path:
        found.append("SEAWALL_ORIGIN must be https:// and a host: sign-in is safe over TLS only.")
    elif urlsplit(origin).hostname not in allowed_hosts:
        found.append("SEAWALL_ALLOWED_HOSTS lacks the host of SEAWALL_ORIGIN.")
    if not is_private(home):
        found.append(f"{home} can be read by others: chmod 700 it.")
    if database_url.startswith(("postgres:", "postgresql:")) and _is_plain(database_url):
        found.append("SEAWALL_DATABASE_URL leaves this machine without sslmode=require or better.")
    return found


def unsafe_keys(
    *, home: Path, keyring: str, key_file: str, module: str, token: str, pin_file: str
) -> list[str]:
    """The same for what seals contents; paths are as in the settings, "" for the default."""
    found = []
    if module and not (token and pin_file):
        found.append(
            "SEAWALL_PKCS11_MODULE needs SEAWALL_PKCS11_TOKEN and SEAWALL_PKCS11_PIN_FILE."
        )
    if (token or pin_file) and not module:
        found.append("SEAWALL_PKCS11_TOKEN is set without SEAWALL_PKCS11_MODULE: a file is used.")
    keys = Path(keyring or home / "keyring" / "keyring.sqlite3")
    wrapping = Path(key_file or home / "keys" / "sealing.key")
    if (key_file or keyring) and keys.parent == wrapping.parent and not module:
        found.append(
            f"{keys.parent} holds SEAWALL_KEYRING and SEAWALL_KEY_FILE: who copies one copies both."
        )
    secret = [keys, Path(pin_file)] if module else [keys, wrapping]
    for path in secret:
        if path.is_file() and not is_private(path):
            found.append(f"{path} can be read by others: chmod 600 it.")
    return found


def unsafe_ways_out(
    *, smtp_host: str, smtp_security: str, secret_files: Sequence[str]
) -> list[str]:
    """The same for mail and relays; `secret_files` hold passwords and tokens, "" for none."""
    found = []
    if smtp_security not in ("starttls", "tls", "none"):
        found.append("SEAWALL_SMTP_SECURITY is none of starttls, tls, none.")
    if smtp_security == "none" and smtp_host not in ("", "localhost", "127.0.0.1", "::1"):
        found.append("SEAWALL_SMTP_SECURITY is none: mail would leave this machine unencrypted.")
    for name in filter(None, secret_files):
        path = Path(name)
        if not path.is_file():
            found.append(f"{path} is no file, but a setting says that a secret is in it.")
        elif not is_private(path):
            found.append(f"{path} can be read by others: chmod 600 it.")
    return found


def _is_plain(url: str) -> bool:
    parts = urlsplit(url)
    mode = parse_qs(parts.query).get("sslmode", [""])[0]
    local = parts.hostname in (None, "localhost", "127.0.0.1", "::1")
    return not local and mode not in ("require", "verify-ca", "verify-full")
