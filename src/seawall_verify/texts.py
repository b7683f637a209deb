"""Strict readers for the small texts of the C2SP formats: base64, decimal numbers, hashes."""

import base64
import binascii
import re

from seawall_verify.failures import VerificationFailed

HASH_BYTES = 32
MAX_SIZE = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def decimal(text: str, what: str) -> int:
    """A number from 0 to 2**63 - 1 in ASCII digits without leading zeros; `what` names it."""
    if _DECIMAL.fullmatch(text) is None or int(text) > MAX_SIZE:
        raise VerificationFailed(f"{what} is not a number: {shown(text)}.")
    return int(text)


def unbase64(text: str, what: str) -> bytes:
    """The bytes of standard base64 (RFC 4648 §4) in its one canonical spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        data = None
    if data is None or base64.b64encode(data).decode() != text:
        raise VerificationFailed(f"{what} is not base64: {shown(text)}.")
    return data


def a_hash(text: str, what: str) -> bytes:
    """The 32 bytes of a base64 SHA-256 hash."""
    data = unbase64(text, what)
    if len(data) != HASH_BYTES:
        raise VerificationFailed(f"{what} has {len(data)} bytes; a SHA-256 hash has {HASH_BYTES}.")
    return data


def utf8(data: bytes, what: str) -> str:
    """`data` as text, or VerificationFailed."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise VerificationFailed(f"{what} is not UTF-8 text.") from None


def shown(text: str) -> str:
    """Foreign text for a message: quoted, short, without control characters."""
    return ascii(text if len(text) <= 80 else text[:79] + "…")
