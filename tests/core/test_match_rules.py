"""Private matching sessions: limits, and what is shown when."""

from datetime import UTC, datetime, timedelta

import pytest

from seawall.core.match_rules import (
    Past,
    Progress,
    SessionState,
    may_read_answer,
    may_read_points,
    may_send,
    may_start,
    state_at,
)
from seawall.vocab.decisions import Allowed, Refused

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=7)
NONE = Past(open=0, last_day=0, points=0)


def progress(sent: int, answered: int, *, ended: bool = False) -> Progress:
    return Progress(expires_at=LATER, sent=sent, answered=answered, ended=ended)


@pytest.mark.parametrize(
    ("sent", "answered", "state"),
    [
        (0, 0, SessionState.WAITING),
        (1, 0, SessionState.WAITING),
        (2, 0, SessionState.ANSWERING),
        (2, 1, SessionState.ANSWERING),
        (2, 2, SessionState.DONE),
    ],
)
def test_a_session_moves_when_both_sides_have(sent, answered, state):
    assert state_at(progress(sent, answered), now=NOON) is state


def test_an_unfinished_session_expires_and_a_done_one_stays_done():
    assert state_at(progress(2, 1), now=LATER) is SessionState.EXPIRED
    assert state_at(progress(2, 2), now=LATER) is SessionState.DONE
    assert state_at(progress(2, 2, ended=True), now=NOON) is SessionState.ENDED


def test_points_are_shown_when_both_sent_and_answers_when_both_answered():
    early = Refused("both sides have not sent points yet")
    assert may_read_points(progress(1, 0), now=NOON) == early
    assert may_read_points(progress(2, 0), now=NOON) == Allowed()
    assert may_read_points(progress(2, 2), now=NOON) == Allowed()
    early = Refused("both sides have not answered yet")
    assert may_read_answer(progress(2, 1), now=NOON) == early
    assert may_read_answer(progress(2, 2), now=NOON) == Allowed()


def test_a_session_that_is_over_shows_nothing():
    over = Refused("the session is ended")
    assert may_read_points(progress(2, 0, ended=True), now=NOON) == over
    assert may_read_answer(progress(2, 2, ended=True), now=NOON) == over
    assert may_read_points(progress(2, 0), now=LATER) == Refused("the session is expired")


@pytest.mark.parametrize(
    ("past", "answer"),
    [
        (NONE, Allowed()),
        (
            Past(open=2, last_day=0, points=0),
            Refused("2 sessions with this party are open; finish or end one first"),
        ),
        (
            Past(open=0, last_day=4, points=0),
            Refused("at most 4 sessions a day with one party"),
        ),
        (
            Past(open=0, last_day=0, points=65_536),
            Refused("at most 65536 points a week to one party"),
        ),
    ],
)
def test_sessions_with_one_party_are_few_and_small(past, answer):
    assert may_start(past, at_most=64) == answer


def test_the_last_points_of_the_week_may_be_sent():
    assert may_send(Past(open=0, last_day=0, points=65_472), points=64) == Allowed()
    assert may_send(Past(open=0, last_day=0, points=65_473), points=64) != Allowed()
