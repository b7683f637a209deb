"""Four eyes: what must not be done by one person alone is approved by two people of two parties,
who each sign the digest of the statement that they were shown."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from seawall.vocab.decisions import Allowed, Decision, Refused

LIFE = timedelta(days=7)
BREAK_GLASS_LIFE = timedelta(hours=1)


class Grave(StrEnum):
    """What takes four eyes."""

    RELEASE = "release under embargo"
    EXPORT = "export of a reproducer"
    BREAK_GLASS = "break-glass"
    DESIGNATION = "designation"
    SHRED = "shredding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One person's signature under one digest, given for one party."""

    person: int
    party: int
    digest: str
    at: datetime


def statement_digest(statement: Mapping[str, Any]) -> str:
    """sha256, hex, of the canonical JSON of a statement; what is signed."""
    text = json.dumps(statement, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def approved(
    *, digest: str, consents: Iterable[Consent], expires_at: datetime, now: datetime
) -> Decision:
    """Say whether two people of two parties have signed `digest` in time."""
    if now >= expires_at:
        return Refused("the request has expired; ask again")
    signed = [each for each in consents if each.digest == digest and each.at <= now]
    pairs = {(each.person, each.party) for each in signed}
    if any(a[0] != b[0] and a[1] != b[1] for a in pairs for b in pairs):
        return Allowed()
    if not signed:
        return Refused("nobody has approved yet; it takes two people of two parties")
    return Refused("it takes a second person, of another party")
