"""Counting tries to sign in. A try is counted before it is judged, so that many at once gain
nothing; what is refused is not counted."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import transaction

from seawall.core.throttle import Counted, Filled, drained, may_try, tried
from seawall.parties.models import Attempts
from seawall.vocab.decisions import Refused

_FORGET_AFTER = timedelta(days=1)
_FORGET_AT_ONCE = 500


class TooManyTries(Exception):
    """Sign-in was tried too often; retrying helps after the wait that the message names."""


def take(*, account: str, address: str, known_device: bool, now: datetime) -> None:
    """Count one try on `account` (an e-mail address, known or not) from `address`, or raise
    TooManyTries. `known_device` is whether this device signed in to the account before."""
    with transaction.atomic():
        buckets = _buckets(account, address, known_device)
        rows = _locked(buckets, now=now)
        for key, counted in buckets.items():
            decision = may_try(rows[key], counted.value, now=now)
            if isinstance(decision, Refused):
                raise TooManyTries(f"{decision.reason[:1].upper()}{decision.reason[1:]}.")
        for key, counted in buckets.items():
            _keep(key, tried(rows[key], counted.value, now=now))
        _forget(before=now - _FORGET_AFTER)


def give_back(*, account: str, address: str, known_device: bool, now: datetime) -> None:
    """Uncount a try that was right; what was wrong before stays counted."""
    with transaction.atomic():
        buckets = _buckets(account, address, known_device)
        for key, filled in _locked(buckets, now=now).items():
            left = drained(filled, buckets[key].value, now=now) - 1
            _keep(key, Filled(amount=max(0.0, left), at=now))


def _locked(buckets: Iterable[str], *, now: datetime) -> dict[str, Filled]:
    """How full the buckets are; nobody else looks until this transaction ends. Rows that are not
    there can be locked by nobody, so they are made first; all take them in one order."""
    keys = sorted(buckets)
    Attempts.objects.bulk_create(
        [Attempts(key=key, amount=0.0, at=now) for key in keys], ignore_conflicts=True
    )
    rows = Attempts.objects.select_for_update().filter(key__in=keys).order_by("key")
    return {row.key: Filled(amount=row.amount, at=row.at) for row in rows}


def _buckets(account: str, address: str, known_device: bool) -> dict[str, Counted]:
    account, near = account.strip().lower(), _near(address)
    if known_device:
        return {_key(Counted.DEVICE, account): Counted.DEVICE}
    return {
        _key(Counted.ACCOUNT, account): Counted.ACCOUNT,
        _key(Counted.ACCOUNT_AT_ADDRESS, account, near): Counted.ACCOUNT_AT_ADDRESS,
        _key(Counted.ADDRESS, near): Counted.ADDRESS,
    }


def _forget(*, before: datetime) -> None:
    """Remove old rows, except those that somebody is just counting in."""
    old = Attempts.objects.select_for_update(skip_locked=True).filter(at__lt=before)
    if keys := list(old.values_list("key", flat=True)[:_FORGET_AT_ONCE]):
        Attempts.objects.filter(key__in=keys).delete()


def _near(address: str) -> str:
    """One household of addresses: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        read = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(read, IPv6Address):
        return str(read.ipv4_mapped or IPv6Address(int(read) >> 64 << 64))
    return str(read)


def _key(counted: Counted, *parts: str) -> str:
    return hashlib.sha256("\0".join((counted.name, *parts)).encode()).hexdigest()


def _keep(key: str, filled: Filled) -> None:
    Attempts.objects.filter(key=key).update(amount=filled.amount, at=filled.at)
