"""Scan claims: how long a lease lasts, who is told what, and what an overlap advises.

A claim is advice and blocks nobody: no function here can forbid a scan.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from seawall.core.access import house_rank
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.claims import ClaimState, Closeness, Lease, Sharing
from seawall.vocab.decisions import Allowed, Decision, Refused

MAX_LEASE = timedelta(days=14)
MAX_AHEAD = timedelta(days=30)
NOTICE_BEFORE_END = timedelta(hours=24)
MAX_ASKED_AN_HOUR = 60
"""Questions of one party about others' claims; more would list what everybody scans."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a claim somebody is shown beside its target, versions, dates and state."""

    name: bool
    details: bool
    """Model, purpose, report."""


EVERYTHING = Seen(name=True, details=True)


def state_at(lease: Lease, *, now: datetime) -> ClaimState:
    """Where a claim stands; a lease that ran out is expired whether or not anybody noted it."""
    if lease.ended_at is not None and lease.ended_at < lease.until_at:
        return ClaimState.FINISHED if lease.finished else ClaimState.RELEASED
    if now >= lease.until_at:
        return ClaimState.FINISHED if lease.finished else ClaimState.EXPIRED
    return ClaimState.ACTIVE if now >= lease.starts_at else ClaimState.PLANNED


def is_open(lease: Lease, *, now: datetime) -> bool:
    """Whether the claim is planned or active."""
    return state_at(lease, now=now) in (ClaimState.PLANNED, ClaimState.ACTIVE)


def may_claim(lease: Lease, *, now: datetime) -> Decision:
    """Say whether a lease may be taken: from now or soon, for at most MAX_LEASE."""
    if lease.until_at <= lease.starts_at:
        return Refused("a claim ends after it begins")
    if lease.until_at <= now:
        return Refused("a claim ends in the future")
    if lease.until_at - lease.starts_at > MAX_LEASE:
        return Refused(f"a claim lasts at most {MAX_LEASE.days} days; renew it when it runs out")
    if lease.starts_at > now + MAX_AHEAD:
        return Refused(f"a claim begins at most {MAX_AHEAD.days} days ahead")
    return Allowed()


def may_renew(lease: Lease, *, until_at: datetime, now: datetime) -> Decision:
    """Say whether a lease may be moved to `until_at`."""
    if not is_open(lease, now=now):
        return Refused(f"the claim is {state_at(lease, now=now)}; make a new one")
    if until_at <= lease.until_at:
        return Refused("renewing moves the end of a claim later; release it to end it")
    if until_at - max(now, lease.starts_at) > MAX_LEASE:
        return Refused(f"a claim is renewed for at most {MAX_LEASE.days} days from now")
    return Allowed()


def may_end(lease: Lease, *, finished: bool, now: datetime) -> Decision:
    """Say whether a claim may be released, or said to be finished; a scan that was finished in
    time may be noted after the lease ran out."""
    state = state_at(lease, now=now)
    if state in (ClaimState.RELEASED, ClaimState.FINISHED):
        return Refused(f"the claim is {state} already")
    if finished and state is ClaimState.PLANNED:
        return Refused("a scan that has not begun is not finished; release the claim")
    if not finished and state is ClaimState.EXPIRED:
        return Refused("the claim has expired already")
    return Allowed()


def may_act_for(who: Actor, party: int) -> Decision:
    """Say whether `who` may claim, or match findings, for a party: its members may, and the
    installation itself."""
    if who.is_installation:
        return Allowed()
    rank = max((s.role.rank for s in who.seats if s.party == party), default=None)
    if rank is None:
        return Refused("you act for another party")
    if rank < MemberRole.MEMBER.rank:
        return Refused("a viewer of the party reads only")
    return Allowed()


def seen_by(who: Actor, *, party: int, sharing: Sharing, asks: bool) -> Seen | None:
    """What `who` is shown of a party's claim; None when not even that it exists.

    `asks` is whether `who` claims, or asks for, the same target.
    """
    if house_rank(who) is not None or party in who.parties:
        return EVERYTHING
    if not asks or not who.parties:
        return None
    return Seen(name=sharing is not Sharing.DATES, details=sharing is Sharing.ALL)


def may_ask(asked_in_the_last_hour: int) -> Decision:
    """Say whether a party may ask about another target now."""
    if asked_in_the_last_hour >= MAX_ASKED_AN_HOUR:
        return Refused(f"a party asks about at most {MAX_ASKED_AN_HOUR} targets an hour")
    return Allowed()


def common_time(a: Lease, b: Lease) -> tuple[datetime, datetime] | None:
    """When both leases run; None when they do not meet. An end is not part of its lease."""
    start, end = max(a.starts_at, b.starts_at), min(a.ends_at, b.ends_at)
    return (start, end) if start < end else None


def advice(closeness: Closeness, *, exclusive: bool, other_exclusive: bool) -> str:
    """What an overlap means for who is about to scan, one sentence. It never says "must"."""
    if closeness is Closeness.MAYBE:
        return "It may be the same code: compare with them before you begin."
    if other_exclusive:
        return "They ask to scan it alone: wait, choose other versions, or talk to them."
    if exclusive:
        return "You ask to scan it alone and they are there: talk to them, or share the claim."
    return "You both share it: scan in different ways, or split the versions."
