"""Random worlds as plain values, and the same as what the code under test takes."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from seawall.core import access
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import Actor, ActorKind, Seat
from seawall.vocab.cases import EmbargoState
from seawall.vocab.tlp import Tlp

START = datetime(2026, 11, 23, tzinfo=UTC)
NOW = 10
"""In hours after START, as all times of a plain world."""
HOUSE = 0
PARTIES = range(5)
PEOPLE = range(100, 104)
_EDGES = (NOW - 1, NOW, NOW + 1)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def random_case(rng: random.Random) -> dict[str, Any]:
    embargo = rng.choice(list(EmbargoState)).value
    return {
        "tlp": rng.choice(list(Tlp)).value,
        "embargo": embargo,
        "ends": rng.choice(_EDGES),
        "shredded": rng.random() < 0.1,
        "parts": [
            {
                "party": rng.choice(PARTIES),
                "part": rng.choice(list(Part)).value,
                "tier": rng.randrange(4),
                "consented": rng.random() < 0.5,
            }
            for _ in range(rng.choice((0, 1, 1, 2, 3)))
        ],
        "read_ins": [_random_read_in(rng) for _ in range(rng.choice((0, 0, 1, 2)))],
        "bars": [
            {"person": rng.choice(PEOPLE), "party": None}
            if rng.random() < 0.5
            else {"person": None, "party": rng.choice(PARTIES)}
            for _ in range(rng.choice((0, 0, 0, 1, 2)))
        ],
    }


def _random_read_in(rng: random.Random) -> dict[str, Any]:
    person = rng.choice(PEOPLE) if rng.random() < 0.5 else None
    start = rng.choice((NOW - 2, *_EDGES))
    return {
        "tier": rng.randrange(4),
        "person": person,
        "party": None if person is not None else rng.choice(PARTIES),
        "from": start,
        "until": start + rng.choice((1, 2, 3)),
        "revoked": rng.random() < 0.2,
    }


def random_who(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(["person"] * 6 + ["token"] * 4 + ["operator", "job", "public", "party"])
    seats: list[dict[str, Any]] = []
    count = {"person": rng.choice((0, 1, 1, 2)), "token": rng.choice((0, 1, 1))}.get(kind, 0)
    for party in rng.sample(PARTIES, count):
        seats.append(
            {
                "party": party,
                "role": rng.choice(list(MemberRole)).value,
                "house": party == HOUSE,
                "admin": rng.random() < 0.3,
                "party_roles": rng.sample(["finder", "vendor", "authority"], rng.randrange(3)),
            }
        )
    owned = kind == "person" or bool(seats)
    scopes = rng.sample(["read", "submit", "coordinate"], rng.choice((0, 1, 2, 3, 3)))
    return {
        "kind": kind,
        "person": rng.choice(PEOPLE) if owned else None,
        "scopes": set(scopes) if kind == "token" else set(),
        "seats": seats,
    }


def random_finding(rng: random.Random, case: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "senders": set(rng.sample(PARTIES, rng.choice((0, 1, 1, 2)))),
        "case": case,
        "shredded": rng.random() < 0.05,
    }


def actor(who: dict[str, Any]) -> Actor:
    return Actor(
        kind=ActorKind(who["kind"]),
        id="x",
        scopes=frozenset(who["scopes"]),
        person=who["person"],
        seats=tuple(
            Seat(
                party=seat["party"],
                party_roles=frozenset(seat["party_roles"]),
                role=MemberRole(seat["role"]),
                is_admin=seat["admin"],
                is_house=seat["house"],
            )
            for seat in who["seats"]
        ),
    )


def case_facts(case: dict[str, Any]) -> access.CaseFacts:
    """As `cases.reading.facts_of` would give them."""
    return access.CaseFacts(
        tlp=Tlp(case["tlp"]),
        embargo_holds=case["embargo"] in ("active", "revise") and case["ends"] > NOW,
        shredded=case["shredded"],
        participants=tuple(
            access.Participation(
                party=each["party"],
                part=Part(each["part"]),
                tier=Tier(each["tier"]),
                consented=each["consented"],
            )
            for each in case["parts"]
        ),
        read_ins=tuple(
            access.ReadIn(
                tier=Tier(each["tier"]),
                starts_at=at(each["from"]),
                ends_at=at(each["until"]),
                person=each["person"],
                party=each["party"],
                revoked=each["revoked"],
            )
            for each in case["read_ins"]
        ),
        bars=tuple(access.Bar(person=each["person"], party=each["party"]) for each in case["bars"]),
    )


def finding_facts(finding: dict[str, Any]) -> access.FindingFacts:
    case = finding["case"]
    return access.FindingFacts(
        reporters=frozenset(finding["senders"]),
        case=case_facts(case) if case else None,
        shredded=finding["shredded"],
    )


def highest(tiers: set[int]) -> Tier | None:
    """A set of tiers as the code under test says it."""
    return Tier(max(tiers)) if tiers else None
