"""Each guard, removed, makes a test fail: the checks of this folder are run against the policy with
one condition changed at a time."""

import random
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from itertools import product

import pytest

from access import test_policy
from access.mutants import survivors
from access.worlds import START, random_who
from seawall.core import access, four_eyes
from seawall.core.four_eyes import Consent
from seawall.vocab.decisions import Allowed

EQUIVALENT: dict[str, str] = {
    "dropped: who.person is not None and any": "who is no person has no seat to lose",
    "max became min: max((min(grant.tier": "a person has one membership in a party",
    "max became min: max((seat.role.rank for seat in who.seats if seat.is_house)": "one house",
    "shifted: case.tlp.openness > Tlp.AMBER.openness": "AMBER becomes AMBER",
}
"""Changes that change nothing, each with why: a part of the line that `survivors` prints."""


def told(found: list[str]) -> str:
    return "No test fails without these guards:\n" + "\n".join(found)


def unexplained(found: list[str]) -> list[str]:
    return [each for each in found if not any(known in each for known in EQUIVALENT)]


def worlds(seed: str, count: int) -> Callable[[], None]:
    def check() -> None:
        rng = random.Random(seed)
        for _ in range(count):
            test_policy.check_world(rng)

    return check


def test_no_guard_of_the_policy_can_be_removed():
    def check() -> None:
        test_policy.test_administrators_manage_people_and_nothing_else()
        test_policy.test_a_viewer_of_the_sender_who_reads_on_elsewhere_fetches_nothing()
        worlds("guards", 3000)()

    found = unexplained(survivors(access, check))
    assert not found, told(found)


def check_four_eyes() -> None:
    """Two people of two parties, in time, under the same words."""
    moments = [START, START + timedelta(hours=1)]
    consents = [
        Consent(person=person, party=party, digest=digest, at=at)
        for person, party, digest, at in product((1, 2), (1, 2), "ab", moments)
    ]
    for one, other in product([None, *consents], repeat=2):
        for now in (START, START + timedelta(hours=1)):
            given = [each for each in (one, other) if each is not None]
            said = four_eyes.approved(
                digest="a", consents=given, expires_at=START + timedelta(hours=1), now=now
            )
            counted = [each for each in given if each.digest == "a" and each.at <= now]
            two = {each.person for each in counted} == {each.party for each in counted} == {1, 2}
            in_time = now < START + timedelta(hours=1)
            assert isinstance(said, Allowed) == (two and in_time and len(counted) == 2)
            if not isinstance(said, Allowed) and in_time:
                assert ("nobody" in said.reason) == (not counted)


def test_no_guard_of_four_eyes_can_be_removed():
    found = unexplained(survivors(four_eyes, check_four_eyes))
    assert not found, told(found)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["cases.reading", "findings.reading", "cases.covering"])
def test_no_guard_of_the_lists_can_be_removed(name, home):
    from access import test_lists

    rng = random.Random("guards of lists")
    made = test_lists.populate(rng, groups=150)
    asking = [random_who(rng) for _ in range(40)]

    def check() -> None:
        made.turn = 0
        for number, who in enumerate(asking):
            test_lists.check(who, made)
            if number % 4 == 0:
                test_lists.check_rows(who, made)
        test_lists.check_who_left_is_forgotten(made)
        test_lists.check_events(asking, made)

    found = unexplained(survivors(import_module(f"seawall.{name}"), check))
    assert not found, told(found)
