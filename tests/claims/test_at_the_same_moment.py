"""Limits that keep parties from being probed count what is asked at the same moment too."""

import pytest

from at_once import at_once
from claims.folk import NOON, member, party, wanted
from seawall.claims import matching
from seawall.claims.matching import MatchRefused
from seawall.claims.models import Asked, MatchSession
from seawall.claims.overlaps import ask
from seawall.core.claim_rules import MAX_ASKED_AN_HOUR
from seawall.core.match_rules import MAX_OPEN_OF_PAIR

pytestmark = pytest.mark.django_db(transaction=True)


def test_questions():
    ann = party("Ann Lab")
    anna = member(ann)
    Asked.objects.bulk_create(
        Asked(party=ann, component=f"package-{n}", by=str(anna), at=NOON)
        for n in range(MAX_ASKED_AN_HOUR - 1)
    )

    def one(number: int) -> None:
        claim = wanted(f"pkg:pypi/another-{number}")
        ask(claim.scope, claim.lease, party=ann, exclusive=False, by=anna, now=NOON)

    done = at_once([lambda n=n: one(n) for n in range(6)])
    assert sorted(type(each).__name__ for each in done) == ["AskedTooOften"] * 5 + ["NoneType"]
    assert Asked.objects.count() == MAX_ASKED_AN_HOUR


def test_sessions_of_a_pair_whoever_begins():
    ann, bob = party("Ann Lab"), party("Bob Scans")
    sides = [(ann, member(ann), bob), (bob, member(bob), ann)] * 3
    done = at_once(
        [
            lambda side=side: matching.start(
                starter=side[0], joiner=side[2], at_most=matching.SIZES[0], by=side[1], now=NOON
            )
            for side in sides
        ]
    )
    refused = [each for each in done if not isinstance(each, MatchSession)]
    assert {type(each) for each in refused} == {MatchRefused}
    assert MatchSession.objects.count() == MAX_OPEN_OF_PAIR
