"""The state of the feed and the times of releases over the API, for each who asks."""

from datetime import timedelta

import pytest

from api.doors import Door
from claims.folk import token
from distribution.founded import LATER, hold_ceremony, published, set_up
from parties.members import party
from seawall.distribution import feeds
from seawall.distribution.publishing import publish_due
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(home, settings, tmp_path):
    set_up(settings, tmp_path)
    return published()


def door(name: str, *roles: Party.Role, house: bool = False) -> Door:
    return Door(token(party(name, *roles, house=house), scopes=("read",)))


def test_everybody_with_a_token_learns_what_is_in_the_feed_and_the_house_what_waits(release):
    house, bob = door("House", house=True), door("Bob")
    told = house.get("/feed")
    assert (told["founded"], told["published"], told["waiting"]) == (False, 0, 1)
    assert "ceremony" in told["problem"]
    hidden = bob.get("/feed")
    assert [hidden[name] for name in ("releases", "waiting", "problem", "deliveries")] == [None] * 4
    hold_ceremony(feeds.public())
    publish_due(by=LOCAL, now=LATER)
    told = bob.get("/feed")
    assert (told["founded"], told["published"], told["url"]) == (
        True,
        1,
        "https://cert.example/feed",
    )
    assert told["changed_at"] and told["ends_at"] > told["changed_at"]


def test_times_are_for_the_house_and_for_authorities(release):
    hold_ceremony(feeds.public())
    publish_due(by=LOCAL, now=LATER + timedelta(hours=1))
    for who in (door("House", house=True), door("CISA", Party.Role.AUTHORITY)):
        told = who.get("/feed/times")
        assert told["overall"]["release_to_feed"] == 3600
        assert told["overall"]["release_to_median_installed"] is None
        [row] = told["releases"]
        assert (row["release"], row["installed"]["systems"]) == ("SEAWALL-2026-0001", 0)
    refused = door("Bob", Party.Role.DEPLOYER).get("/feed/times", 403)
    assert refused["detail"] == "It takes a coordinator or a directive authority."


def test_the_list_of_times_has_a_limit_and_the_medians_are_over_all(release):
    published(2)
    told = door("House", house=True).get("/feed/times?limit=1")
    assert len(told["releases"]) == 1 and told["overall"]["releases"] == 2
