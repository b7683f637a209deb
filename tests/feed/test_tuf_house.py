"""python-tuf's own client follows the repository."""

from feed.house import make_house
from feed.tuf_follower import Follower


def test_the_reference_client_follows(tmp_path):
    house = make_house(tmp_path / "house", releases=3)
    follower = Follower(tmp_path / "client", house)
    assert follower.read(house.path(2)) == follower.expected(house.path(2))
    house.publish(2)
    house.revise(1)
    assert follower.read(house.path(5)) == follower.expected(house.path(5))
    assert b'"revision":2' in follower.read(house.path(1))
