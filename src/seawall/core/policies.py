"""Read disclosure policies from their files, and tell when they say to publish."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from seawall.core.policy_files import read_file, refuse_unknown, sources_of, text_of
from seawall.vocab.disclosure import (
    AfterFix,
    ClockStart,
    DisclosurePolicy,
    PolicyKind,
)
from seawall.vocab.errors import BadInput

_MAX_HOURS = 24 * 366
_KNOWN = frozenset(
    {
        "id",
        "title",
        "authority",
        "kind",
        "starts",
        "deadline",
        "grace",
        "exploited",
        "exploited_grace",
        "after_fix",
        "fix",
        "rediscovered",
        "sources",
    }
)
_Word = TypeVar("_Word", bound=StrEnum)


def read_policy(text: str, *, name: str = "") -> DisclosurePolicy:
    """Read one policy (YAML). BadInput says which part is missing, unknown or without source."""
    return read_file(text, name=name, what="a policy", read=_policy)


def _policy(raw: Mapping[str, Any]) -> DisclosurePolicy:
    refuse_unknown(raw, _KNOWN, mend="see the other policies")
    policy = DisclosurePolicy(
        id=text_of(raw, "id"),
        title=text_of(raw, "title"),
        authority=text_of(raw, "authority"),
        kind=_word(raw, "kind", PolicyKind),
        starts=_word(raw, "starts", ClockStart),
        deadline=_required(raw, "deadline"),
        grace=_duration(raw, "grace") or timedelta(0),
        exploited=_duration(raw, "exploited"),
        exploited_grace=_duration(raw, "exploited_grace") or timedelta(0),
        after_fix=_duration(raw, "after_fix") or timedelta(0),
        fix=_word(raw, "fix", AfterFix) if "fix" in raw else AfterFix.NOTHING,
        rediscovered=_duration(raw, "rediscovered"),
        sources=sources_of(raw, what="a policy"),
    )
    if policy.exploited is not None and policy.exploited > policy.deadline:
        raise BadInput("longer than the deadline it shortens", where="exploited")
    if (policy.fix is AfterFix.NOTHING) != (policy.after_fix == timedelta(0)):
        raise BadInput("after_fix and fix come together", where="fix")
    return policy


def _word(raw: Mapping[str, Any], name: str, words: type[_Word]) -> _Word:
    try:
        return words(text_of(raw, name))
    except ValueError:
        raise BadInput("unknown word", where=name, mend=f"one of {', '.join(words)}") from None


def _required(raw: Mapping[str, Any], name: str) -> timedelta:
    found = _duration(raw, name)
    if not found:
        raise BadInput("missing", where=name, mend='write "90 days" or "36 hours"')
    return found


def _duration(raw: Mapping[str, Any], name: str) -> timedelta | None:
    """ "90 days" or "36 hours" as a duration; None when the part is absent."""
    if name not in raw:
        return None
    count, _, unit = str(raw[name]).strip().partition(" ")
    hours = {"hour": 1, "day": 24, "week": 168}.get(unit.strip().removesuffix("s"), 0)
    if not (count.isascii() and count.isdigit() and len(count) < 6 and hours):
        raise BadInput("not a duration", where=name, mend='write "90 days" or "36 hours"')
    if not 0 < int(count) * hours <= _MAX_HOURS:
        raise BadInput("not between an hour and a year", where=name)
    return timedelta(hours=int(count) * hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """What has happened so far in a case, in UTC; None for what has not."""

    notified_at: datetime | None = None
    posted_at: datetime | None = None
    fix_ready_at: datetime | None = None
    attacks_at: datetime | None = None
    rediscovered_at: datetime | None = None
    fix_promised_at: datetime | None = None
    """When the vendor says the fix will be out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """When a policy says to publish, and why in a sentence."""

    at: datetime
    because: str


def publication(policy: DisclosurePolicy, moments: Moments) -> Publication | None:
    """Give when `policy` says to publish, as far as is known now; None before its clock starts.

    Attacks change the deadline, a promised fix adds the grace, a fix may move the date, and an
    independent finder shortens whatever came out.
    """
    began = started_at(policy, moments)
    if began is None:
        return None
    attacked = moments.attacks_at is not None and policy.exploited is not None
    limit = policy.exploited if attacked and policy.exploited is not None else policy.deadline
    grace = policy.exploited_grace if attacked else policy.grace
    why = f"{_days(limit)} after it was {_STARTED[policy.starts]}" + (
        ", because attacks were observed" if attacked else ""
    )
    found = _moved(policy, moments, Publication(at=began + limit, because=why), grace)
    if policy.rediscovered is not None and moments.rediscovered_at is not None:
        again = moments.rediscovered_at + policy.rediscovered
        if again < found.at:
            words = f"{_days(policy.rediscovered)} after somebody else found it too"
            return Publication(at=again, because=words)
    return found


def started_at(policy: DisclosurePolicy, moments: Moments) -> datetime | None:
    """When the policy's clock started; None while it has not."""
    return {
        ClockStart.VENDOR_NOTIFIED: moments.notified_at,
        ClockStart.POSTED: moments.posted_at,
        ClockStart.FIX_READY: moments.fix_ready_at,
    }[policy.starts]


def _moved(
    policy: DisclosurePolicy, moments: Moments, base: Publication, grace: timedelta
) -> Publication:
    """The date after what a fix, or the promise of one, does to it."""
    fixed = moments.fix_ready_at
    if policy.starts is ClockStart.FIX_READY:
        return base
    if fixed is not None and policy.fix is not AfterFix.NOTHING and fixed <= base.at + grace:
        at = min(fixed, base.at) + policy.after_fix
        if policy.fix is AfterFix.INSTEAD or at < base.at:
            words = f"{_days(policy.after_fix)} after the fix"
            late = fixed > base.at
            return Publication(
                at=at, because=words + (", counted from the deadline" if late else "")
            )
    promised = fixed or moments.fix_promised_at
    if promised is not None and base.at < promised <= base.at + grace:
        return Publication(at=promised, because=f"{base.because}, with grace for the fix")
    return base


_STARTED = {
    ClockStart.VENDOR_NOTIFIED: "reported to the vendor",
    ClockStart.POSTED: "posted to the list",
    ClockStart.FIX_READY: "fixed",
}


def _days(duration: timedelta) -> str:
    hours = int(duration.total_seconds() // 3600)
    return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"
