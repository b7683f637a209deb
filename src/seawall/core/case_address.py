"""Addresses that take answers by mail into one case's room, for one person: they name both and
carry a code that only this installation can make.

The code shows that the mail answers one of ours. What its sender may do is asked of the policy
when it arrives, as for anybody else.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

_CODE_BYTES = 15
_PURPOSE = b"seawall case address 1"
_FORM = re.compile(r"c([0-9]{1,12})-u([0-9]{1,12})-([a-z2-7]{24})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Whose answer an address takes, into which case; primary keys."""

    case: int
    person: int


def case_address(base: str, *, case: int, person: int, key: bytes) -> str:
    """ "in+c12-u3-….@cert.example" for the base "in@cert.example"."""
    local, _, domain = base.rpartition("@")
    return f"{local}+c{case}-u{person}-{_code(case, person, key)}@{domain}"


def read_address(address: str, base: str, *, key: bytes) -> Answering | None:
    """What an address of `case_address` says; None for any other. Letter case does not matter."""
    local, _, domain = base.lower().rpartition("@")
    theirs, _, host = address.strip().lower().rpartition("@")
    name, plus, rest = theirs.partition("+")
    match = _FORM.fullmatch(rest)
    if not plus or name != local or host != domain or match is None:
        return None
    case, person = int(match[1]), int(match[2])
    if not hmac.compare_digest(match[3], _code(case, person, key)):
        return None
    return Answering(case=case, person=person)


def _code(case: int, person: int, key: bytes) -> str:
    derived = hmac.digest(key, _PURPOSE, hashlib.sha256)
    mac = hmac.digest(derived, f"{case}.{person}".encode(), hashlib.sha256)[:_CODE_BYTES]
    return base64.b32encode(mac).decode().lower()
