"""Who may use a model through the gateway, how much, and what of it an official should look at.

Default deny; every rule is asked anew for each request. Signals refuse nothing.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network

from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.reviews import PartnerState, Provisioning, SubmissionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What decides whether a token is good for anything right now."""

    key_expires_at: datetime
    key_revoked_at: datetime | None
    grant: str
    """A `Provisioning`."""
    starts_at: datetime
    ends_at: datetime
    partner: str
    """A `PartnerState`."""
    partner_expires_at: datetime | None
    submission: str
    """A `SubmissionState`."""
    opens_at: datetime | None
    closes_at: datetime | None
    partner_release_at: datetime
    withdrawn_at: datetime | None
    deleted_at: datetime | None
    stopped: bool
    """Whether a kill switch of the grant, the submission or the gateway is thrown."""


def may_use(standing: Standing, *, now: datetime) -> Decision:
    """Say whether the grant of a token is usable now. The reason is for the official, never for
    whoever holds the token."""
    if standing.stopped:
        return Refused("stopped by hand")
    if standing.key_revoked_at is not None or now >= standing.key_expires_at:
        return Refused("the token has ended")
    if standing.grant != Provisioning.PROVISIONED.value:
        return Refused(f"the grant is {standing.grant}")
    if not standing.starts_at <= now < standing.ends_at:
        return Refused("outside the time of the grant")
    if standing.partner != PartnerState.DESIGNATED.value:
        return Refused(f"the partner is {standing.partner}")
    if standing.partner_expires_at is not None and now >= standing.partner_expires_at:
        return Refused("the designation has expired")
    return _is_open(standing, now)


def _is_open(standing: Standing, now: datetime) -> Decision:
    if standing.withdrawn_at is not None or standing.deleted_at is not None:
        return Refused("the model was withdrawn")
    if standing.submission != SubmissionState.WINDOW_OPEN.value:
        return Refused(f"the submission is {standing.submission}")
    closes_at = standing.closes_at or standing.partner_release_at
    if standing.opens_at is None or not standing.opens_at <= now < closes_at:
        return Refused("outside the window")
    return Allowed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a grant allows."""

    requests_per_minute: int
    tokens_per_day: int
    concurrent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What of it is taken. `promised` are the tokens that running requests may still take."""

    requests: int
    tokens: int
    promised: int
    running: int


def within_quota(quota: Quota, used: Used, *, wanted: int) -> Decision:
    """Say whether one more request fits, which may take `wanted` tokens."""
    if used.running >= quota.concurrent:
        return Refused(f"{quota.concurrent} requests run already")
    if used.requests >= quota.requests_per_minute:
        return Refused(f"{quota.requests_per_minute} requests a minute")
    if used.tokens + used.promised + wanted > quota.tokens_per_day:
        return Refused(f"{quota.tokens_per_day} tokens a day (UTC)")
    return Allowed()


def wanted_tokens(*, body_bytes: int, most_output: int) -> int:
    """The tokens that a request may take: a token for each four bytes sent, and the most output
    that it asks for (nothing when it does not say)."""
    return -(-body_bytes // 4) + most_output


def purpose_fits(stated: str, granted: str) -> bool:
    """Whether a stated purpose is the grant's, whatever its case, spacing and Unicode form; not
    to state one is to accept the grant's."""
    return not stated or _plain(stated) == _plain(granted)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


class SignalKind(StrEnum):
    """What an official is told of."""

    BULK_PULL = "bulk pull"
    OFF_PURPOSE = "off purpose"
    ODD_HOURS = "odd hours"
    STOLEN_TOKEN = "stolen token"  # noqa: S105
    MANY_ADDRESSES = "many addresses"


HOUR = timedelta(hours=1)
TEN_MINUTES = timedelta(minutes=10)
BULK_SHARE = 4
"""Bulk: a quarter of the day's tokens within an hour, …"""
BULK_REFUSED = 100
"""… or so many requests refused for their quota within ten minutes."""
LOOKED_AT = 50
"""Off purpose: of the last 50 requests …"""
LEAST_ON_PURPOSE = 10
"""… fewer than 10 had anything of security work in them, …"""
LOOKED_AT_BYTES = 16_384
"""(the end of each request: what was said last)"""
PURPOSES_REFUSED = 3
"""… or so many stated another purpose within an hour."""
ODD_CALLS = 5
"""Odd hours: so many calls within a day outside the usual hours."""
FAILED_PROOFS = 3
"""Stolen: so many requests within ten minutes with a known token and without its key."""
NETWORKS = 5
"""Many addresses: calls from more networks (/24, /48) than this within an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How one grant was used lately, over the times that the constants above name."""

    tokens_per_day: int
    tokens_in_hour: int = 0
    refused: int = 0
    looked_at: int = 0
    on_purpose: int = 0
    purposes_refused: int = 0
    odd_calls: int = 0
    failed_proofs: int = 0
    networks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One kind of use that somebody should look at, with the numbers that made it one."""

    kind: SignalKind
    facts: dict[str, int]


def signals(use: Use) -> tuple[Signal, ...]:
    """What of this use an official should look at; empty for usual use."""
    found = []
    if use.tokens_in_hour * BULK_SHARE >= use.tokens_per_day or use.refused >= BULK_REFUSED:
        facts = {"tokens in an hour": use.tokens_in_hour, "refused in ten minutes": use.refused}
        found.append(Signal(kind=SignalKind.BULK_PULL, facts=facts))
    strays = use.looked_at >= LOOKED_AT and use.on_purpose < LEAST_ON_PURPOSE
    if strays or use.purposes_refused >= PURPOSES_REFUSED:
        facts = {
            "looked at": use.looked_at,
            "with security work": use.on_purpose,
            "other purpose stated": use.purposes_refused,
        }
        found.append(Signal(kind=SignalKind.OFF_PURPOSE, facts=facts))
    if use.odd_calls >= ODD_CALLS:
        found.append(Signal(kind=SignalKind.ODD_HOURS, facts={"calls": use.odd_calls}))
    if use.failed_proofs >= FAILED_PROOFS:
        facts = {"requests without the key": use.failed_proofs}
        found.append(Signal(kind=SignalKind.STOLEN_TOKEN, facts=facts))
    if use.networks > NETWORKS:
        facts = {"networks in an hour": use.networks}
        found.append(Signal(kind=SignalKind.MANY_ADDRESSES, facts=facts))
    return tuple(found)


def is_odd_hour(hours: Sequence[int], *, now: datetime) -> bool:
    """Whether `now` (UTC) is outside [from, to), which may pass midnight; [] is never odd."""
    if len(hours) != 2:
        return False
    start, end = hours
    inside = start <= now.hour < end if start <= end else now.hour >= start or now.hour < end
    return not inside


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """The /24 or /48 of an address, as text; the text itself when it is no address."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    bits = 24 if isinstance(read, IPv4Address) else 48
    return str(ip_network(f"{address}/{bits}", strict=False))


_SECURITY_WORK = re.compile(
    rb"vulnerab|exploit|\bcve\b|\bcwe\b|cve-\d|patch|overflow|use.after.free|sanitiz|\bfuzz|"
    rb"\bcrash|\bpoc\b|reproduc|malware|injection|privilege|stack trace|segfault|audit|"
    rb"```|diff --git|#include|\bdef \w+\(|\bfunction\b|\bimport \w|\bclass \w|=>|&&|\breturn\b",
    re.IGNORECASE,
)


_USUAL_WORDS = (b"vulnerab", b"exploit", b"patch", b"overflow", b"```", b"#include")


def has_security_work(body: bytes, *, has_tools: bool) -> bool:
    """Whether a request could be work on vulnerabilities: it gives the model tools, or its text
    holds code or one of the usual words. Simple on purpose: it finds use for something else
    altogether (essays, translations), and nobody who knows it and dresses up."""
    if has_tools:
        return True
    looked_at = body[-LOOKED_AT_BYTES:].lower()
    if any(word in looked_at for word in _USUAL_WORDS):  # far faster than the expression
        return True
    return _SECURITY_WORK.search(looked_at) is not None
