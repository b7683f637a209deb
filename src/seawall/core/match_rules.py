"""Private matching sessions: how many, how large, and when what is shown to whom.

A session can be used to try guesses; these limits bound how many (docs/adr/0006).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from seawall.vocab.decisions import Allowed, Decision, Refused

LIFE = timedelta(days=7)
MAX_OPEN_OF_PAIR = 2
MAX_A_DAY_OF_PAIR = 4
MAX_POINTS_A_WEEK = 65_536
"""Points that one party may send to one other in a week."""


class SessionState(StrEnum):
    """Where a session stands at a moment."""

    WAITING = "waiting for points"
    ANSWERING = "waiting for answers"
    DONE = "done"
    """Both sides have answered, so that both may read."""
    ENDED = "ended"
    """Given up by one side."""
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What has happened in a session."""

    expires_at: datetime
    sent: int
    """Sides that have sent their points, 0 to 2."""
    answered: int
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a pair of parties did before; `points` are the asking side's of the last week."""

    open: int
    last_day: int
    points: int


def state_at(progress: Progress, *, now: datetime) -> SessionState:
    """Where a session stands; done and ended stay so."""
    if progress.ended:
        return SessionState.ENDED
    if progress.answered == 2:
        return SessionState.DONE
    if now >= progress.expires_at:
        return SessionState.EXPIRED
    return SessionState.ANSWERING if progress.sent == 2 else SessionState.WAITING


def may_start(past: Past, *, at_most: int) -> Decision:
    """Say whether a party may start another session with the same other party."""
    if past.open >= MAX_OPEN_OF_PAIR:
        return Refused(f"{past.open} sessions with this party are open; finish or end one first")
    if past.last_day >= MAX_A_DAY_OF_PAIR:
        return Refused(f"at most {MAX_A_DAY_OF_PAIR} sessions a day with one party")
    return may_send(past, points=at_most)


def may_send(past: Past, *, points: int) -> Decision:
    """Say whether a party may send so many points to the other."""
    if past.points + points > MAX_POINTS_A_WEEK:
        return Refused(f"at most {MAX_POINTS_A_WEEK} points a week to one party")
    return Allowed()


def may_read_points(progress: Progress, *, now: datetime) -> Decision:
    """Say whether a side may read the other's points: only when both have sent theirs, so that
    nobody chooses after seeing."""
    return _when(progress, SessionState.ANSWERING, now, "both sides have not sent points yet")


def may_read_answer(progress: Progress, *, now: datetime) -> Decision:
    """Say whether a side may read the other's answer: only when both have answered, so that
    nobody learns and leaves."""
    return _when(progress, SessionState.DONE, now, "both sides have not answered yet")


def _when(progress: Progress, wanted: SessionState, now: datetime, why: str) -> Decision:
    state = state_at(progress, now=now)
    if state is wanted or (wanted is SessionState.ANSWERING and state is SessionState.DONE):
        return Allowed()
    if state in (SessionState.ENDED, SessionState.EXPIRED):
        return Refused(f"the session is {state}")
    return Refused(why)
