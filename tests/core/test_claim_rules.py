"""Leases of scan claims, what others are told, and that a claim only advises."""

import inspect
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core import claim_rules
from seawall.core.claim_rules import (
    EVERYTHING,
    MAX_AHEAD,
    MAX_LEASE,
    Seen,
    advice,
    common_time,
    is_open,
    may_act_for,
    may_ask,
    may_claim,
    may_end,
    may_renew,
    seen_by,
    state_at,
)
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor, ActorKind, Seat
from seawall.vocab.claims import ClaimState, Closeness, Lease, Sharing
from seawall.vocab.decisions import Allowed, Refused

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
WEEK = Lease(starts_at=NOON, until_at=NOON + 7 * DAY)


def person(party: int, role: MemberRole = MemberRole.MEMBER, *, house: bool = False) -> Actor:
    seat = Seat(party=party, party_roles=frozenset(), role=role, is_house=house)
    return Actor(kind=ActorKind.PERSON, id="U-1", person=1, seats=(seat,))


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (NOON - SECOND, ClaimState.PLANNED),
        (NOON, ClaimState.ACTIVE),
        (NOON + 7 * DAY - SECOND, ClaimState.ACTIVE),
        (NOON + 7 * DAY, ClaimState.EXPIRED),
    ],
)
def test_a_lease_begins_and_ends_by_the_clock_alone(at, state):
    assert state_at(WEEK, now=at) is state


@pytest.mark.parametrize(("finished", "state"), [(True, "finished"), (False, "released")])
def test_an_ended_claim_stays_what_it_was_ended_as(finished, state):
    ended = Lease(starts_at=NOON, until_at=NOON + 7 * DAY, ended_at=NOON + DAY, finished=finished)
    assert [state_at(ended, now=NOON + n * DAY) for n in (1, 8, 100)] == [state] * 3
    assert ended.ends_at == NOON + DAY
    assert not is_open(ended, now=NOON + DAY)


def test_a_scan_noted_as_finished_after_its_lease_is_finished_and_ended_with_the_lease():
    late = Lease(starts_at=NOON, until_at=NOON + DAY, ended_at=NOON + 3 * DAY, finished=True)
    assert state_at(late, now=NOON + 3 * DAY) is ClaimState.FINISHED
    assert late.ends_at == NOON + DAY


@pytest.mark.parametrize(
    ("starts", "until", "answer"),
    [
        (NOON, NOON + MAX_LEASE, Allowed()),
        (NOON - DAY, NOON + DAY, Allowed()),
        (NOON + MAX_AHEAD, NOON + MAX_AHEAD + DAY, Allowed()),
        (NOON, NOON, Refused("a claim ends after it begins")),
        (NOON - 2 * DAY, NOON, Refused("a claim ends in the future")),
        (
            NOON,
            NOON + MAX_LEASE + SECOND,
            Refused("a claim lasts at most 14 days; renew it when it runs out"),
        ),
        (
            NOON + MAX_AHEAD + SECOND,
            NOON + MAX_AHEAD + DAY,
            Refused("a claim begins at most 30 days ahead"),
        ),
    ],
)
def test_a_lease_is_short_and_soon(starts, until, answer):
    assert may_claim(Lease(starts_at=starts, until_at=until), now=NOON) == answer


@pytest.mark.parametrize(
    ("until", "at", "answer"),
    [
        (NOON + 14 * DAY, NOON, Allowed()),
        (NOON + 15 * DAY, NOON + DAY, Allowed()),
        (
            NOON + 15 * DAY,
            NOON,
            Refused("a claim is renewed for at most 14 days from now"),
        ),
        (
            NOON + 7 * DAY,
            NOON,
            Refused("renewing moves the end of a claim later; release it to end it"),
        ),
        (NOON + 8 * DAY, NOON + 7 * DAY, Refused("the claim is expired; make a new one")),
    ],
)
def test_renewing_moves_the_end_later_but_never_far(until, at, answer):
    assert may_renew(WEEK, until_at=until, now=at) == answer


@pytest.mark.parametrize(
    ("finished", "at", "answer"),
    [
        (True, NOON, Allowed()),
        (False, NOON, Allowed()),
        (False, NOON - DAY, Allowed()),
        (True, NOON + 9 * DAY, Allowed()),
        (
            True,
            NOON - DAY,
            Refused("a scan that has not begun is not finished; release the claim"),
        ),
        (False, NOON + 9 * DAY, Refused("the claim has expired already")),
    ],
)
def test_a_claim_is_ended_once_and_in_its_time(finished, at, answer):
    assert may_end(WEEK, finished=finished, now=at) == answer


def test_what_was_ended_is_not_ended_again():
    done = Lease(starts_at=NOON, until_at=NOON + DAY, ended_at=NOON, finished=True)
    assert may_end(done, finished=False, now=NOON) == Refused("the claim is finished already")


@pytest.mark.parametrize(
    ("who", "answer"),
    [
        (LOCAL, Allowed()),
        (person(1), Allowed()),
        (person(1, MemberRole.LEAD), Allowed()),
        (person(1, MemberRole.VIEWER), Refused("a viewer of the party reads only")),
        (person(2), Refused("you act for another party")),
        (person(2, house=True), Refused("you act for another party")),
        (PUBLIC, Refused("you act for another party")),
    ],
)
def test_members_act_for_their_own_party(who, answer):
    assert may_act_for(who, 1) == answer


@pytest.mark.parametrize(
    ("who", "asks", "sharing", "seen"),
    [
        (person(1, MemberRole.VIEWER), False, Sharing.DATES, EVERYTHING),
        (person(9, house=True), False, Sharing.DATES, EVERYTHING),
        (LOCAL, False, Sharing.DATES, EVERYTHING),
        (person(2), False, Sharing.ALL, None),
        (person(2), True, Sharing.DATES, Seen(name=False, details=False)),
        (person(2), True, Sharing.NAME, Seen(name=True, details=False)),
        (person(2), True, Sharing.ALL, Seen(name=True, details=True)),
        (PUBLIC, True, Sharing.ALL, None),
    ],
)
def test_others_are_told_what_the_claim_shares_and_the_public_nothing(who, asks, sharing, seen):
    assert seen_by(who, party=1, sharing=sharing, asks=asks) == seen


def test_asking_has_a_limit():
    assert may_ask(59) == Allowed()
    assert may_ask(60) == Refused("a party asks about at most 60 targets an hour")


leases = st.tuples(st.integers(0, 20), st.integers(1, 14), st.none() | st.integers(0, 30)).map(
    lambda t: Lease(
        starts_at=NOON + t[0] * DAY,
        until_at=NOON + (t[0] + t[1]) * DAY,
        ended_at=None if t[2] is None else NOON + t[2] * DAY,
    )
)


@given(leases, leases)
def test_common_time_is_symmetric_and_lies_in_both(a, b):
    met = common_time(a, b)
    assert met == common_time(b, a)
    hours = [NOON + n * DAY / 2 for n in range(80)]
    expected = [at for at in hours if all(x.starts_at <= at < x.ends_at for x in (a, b))]
    assert [at for at in hours if met and met[0] <= at < met[1]] == expected


@pytest.mark.parametrize("closeness", Closeness)
@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("other", [True, False])
def test_an_overlap_advises_and_never_forbids(closeness, exclusive, other):
    said = advice(closeness, exclusive=exclusive, other_exclusive=other)
    assert said.endswith(".") and "must" not in said and "may not" not in said


def test_whether_a_claim_may_be_made_does_not_depend_on_other_claims():
    assert list(inspect.signature(claim_rules.may_claim).parameters) == ["lease", "now"]
