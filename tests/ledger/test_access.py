"""What an event says is for who may read the thing that it is about."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from seawall.ledger import access
from seawall.ledger.models import Event
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor, ActorKind, Seat

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def sits(role: MemberRole, *, house: bool) -> Actor:
    seat = Seat(party=1, party_roles=frozenset(), role=role, is_house=house)
    return Actor(kind=ActorKind.PERSON, id="U-1", person=1, seats=(seat,))


LEAD, VIEWER = sits(MemberRole.LEAD, house=True), sits(MemberRole.VIEWER, house=True)
MEMBER, OTHER = sits(MemberRole.MEMBER, house=True), sits(MemberRole.LEAD, house=False)
READS, SUBMITS = (
    Actor(kind=ActorKind.TOKEN, id="t", scopes=frozenset({scope})) for scope in ("read", "submit")
)


@pytest.fixture
def asked(monkeypatch):
    """Things of a kind of which the answer is known, and what was asked about."""
    monkeypatch.setattr(access, "_readers", {})
    asked: list[tuple[str, str]] = []

    def answer(by: Actor, event: Event, now: datetime) -> bool:
        assert now == NOON
        asked.append((by.id, access.public_id_of(event)))
        return access.public_id_of(event) == "X-1"

    access.answers("thing", answer)
    return asked


def may(by: Actor, on: str, what: str = "thing.changed") -> bool:
    return access.may_read(by, Event(on=on, what=what), now=NOON)


def test_the_app_that_knows_the_thing_answers(asked):
    assert may(OTHER, "thing:X-1")
    assert not may(OTHER, "thing:X-2")
    assert not may(LEAD, "thing:X-2")
    assert asked == [("U-1", "X-1"), ("U-1", "X-2"), ("U-1", "X-2")]


def test_what_nobody_answers_for_is_the_coordinators(asked):
    assert [by for by in (LEAD, MEMBER, VIEWER, OTHER, PUBLIC) if may(by, "person:U-1")] == [
        LEAD,
        MEMBER,
    ]
    assert asked == []


@pytest.mark.parametrize("what", access._NAMES_OTHERS)
def test_what_names_a_second_thing_is_the_houses(asked, what):
    assert may(VIEWER, "thing:X-1", what)
    assert not may(OTHER, "thing:X-1", what)
    assert not may(VIEWER, "thing:X-2", what)


def test_the_installation_reads_all_within_its_scopes(asked):
    assert may(LOCAL, "thing:X-2")
    assert may(READS, "thing:X-2", "case.merged")
    assert not may(SUBMITS, "thing:X-1")
    assert asked == []


def test_a_token_reads_with_the_scope_alone(asked):
    owned = replace(OTHER, kind=ActorKind.TOKEN, scopes=frozenset({"read"}))
    assert may(owned, "thing:X-1")
    assert not may(replace(owned, scopes=frozenset({"submit", "coordinate"})), "thing:X-1")


def test_the_text_is_for_who_may_read_it(asked):
    for on, expected in (("thing:X-1", "what it says"), ("thing:X-2", None)):
        event = Event(on=on, what="thing.changed", entry="what it says")
        assert access.text_of(OTHER, event, now=NOON) == expected
