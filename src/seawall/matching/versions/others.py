"""Small schemes: OpenSSL, nginx, dotted numbers, timestamps and plain text."""

import re
from datetime import datetime

from seawall.matching.versions import semver
from seawall.matching.versions._common import Key, checked, refuse, trim_zeros

_OPENSSL = re.compile(r"(?:openssl-)?([0-9]+\.[0-9]+\.[0-9]+)([a-z]*)(?:-([0-9A-Za-z.-]+))?")
_NUMBERS = re.compile(r"[0-9]+(?:[.-][0-9]+)*")


def openssl_key(version: str) -> Key:
    """OpenSSL: before 3.0, letters after the third number are patch levels a…z, za…
    (openssl.org, release strategy)."""
    match = _OPENSSL.fullmatch(checked(version, "OpenSSL"))
    if match is None:
        raise refuse(version, "OpenSSL")
    numbers, letters, pre = match.groups()
    release = tuple(int(n) for n in numbers.split("."))
    return (release, letters, semver.key(f"0-{pre}" if pre else "0"))


def nginx_key(version: str) -> Key:
    """nginx: three numbers in number order."""
    return semver.key(version)


def numbers_key(version: str) -> Key:
    """Numbers between dots or hyphens: CRAN, Hackage, VERS `intdot`."""
    text = checked(version, "dotted")
    if not _NUMBERS.fullmatch(text):
        raise refuse(version, "dotted")
    return trim_zeros([int(n) for n in re.split(r"[.-]", text)])


def datetime_key(version: str) -> Key:
    """RFC 3339 timestamps by their instant (VERS `datetime`)."""
    text = checked(version, "datetime")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refuse(version, "datetime") from None
    if moment.tzinfo is None:
        raise refuse(version, "datetime", "it has no offset from UTC")
    return (moment.timestamp(),)


def lexicographic_key(version: str) -> Key:
    """Bytes of the UTF-8 text, not normalised (VERS `lexicographic`)."""
    if not version:
        raise refuse(version, "lexicographic")
    return (version.encode("utf-8", "surrogatepass"),)
