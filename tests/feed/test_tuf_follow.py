"""python-tuf's own client follows the repository through everything that happens to it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tuf.api.exceptions import ExpiredMetadataError, UnsignedMetadataError

from feed.house import HOLDERS, NOW, SLUG, make_house
from feed.tuf_follower import Follower
from formats.bundles import signer
from seawall.feed.tuf.keys import key_id, tuf_key
from seawall.feed.tuf.papers import sign
from seawall.feed.tuf.places import Feed
from seawall.feed.tuf.rotation import Plan
from seawall.formats.feed_trust import read_trust
from seawall.signing.notes import NoteKey

DAY = timedelta(days=1)


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=3)


def feed_of(house):
    return Feed(
        tree=house.tree, keys=house.keys, house_keys=house.keys, repository=house.repository
    )


def plan_of(house):
    return Plan(house.repository.current(), now=house.now)


def finish(house, plan, *names, why="A change"):
    """Holders sign, the house takes in and brings prepared keys into use."""
    changed = house.install(plan.papers(why), *names)
    feed_of(house).promote()
    return changed


def follows(house, *followers):
    """Every client sees the newest of everything, an old one and one that begins today."""
    fresh = Follower(house.home / f"fresh-{house.tree.version}", house)
    for follower in (*followers, fresh):
        texts = follower.read_all(map(house.path, house.revisions))
        for number, revision in house.revisions.items():
            text = texts[house.path(number)]
            assert text is not None
            assert f'"revision":{revision}'.encode() in text
    return True


def test_new_releases_and_revisions(house, tmp_path):
    old = Follower(tmp_path / "client", house)
    assert follows(house, old)
    house.publish(2)
    house.revise(1)
    assert follows(house, old)


def test_an_unchanged_feed_costs_two_questions(house, tmp_path):
    follower = Follower(tmp_path / "client", house)
    follower.read(house.path(1))
    follower.update()
    assert follower.fetcher.asked == ["tuf/metadata/timestamp.json"]
    assert follower.fetcher.bytes < 1_000


@pytest.mark.parametrize("name", ["snapshot", "timestamp", "publisher"])
def test_another_online_key(house, tmp_path, name):
    old = Follower(tmp_path / "client", house)
    assert follows(house, old)
    before = house.keys.get(name).public
    plan = plan_of(house)
    plan.online(name, feed_of(house).prepare(name))
    house.revise(2)
    assert follows(house, old)
    finish(house, plan, "ana", "cleo")
    assert house.keys.get(name).public != before
    assert not (house.home / "keys" / f"{name}-next.pem").exists()
    assert follows(house, old)
    house.publish(1)
    house.refresh(house.now + 40 * DAY)
    assert follows(house, old)


def test_a_key_comes_into_use_even_when_the_process_died_before(house, tmp_path):
    old = Follower(tmp_path / "client", house)
    plan = plan_of(house)
    new = feed_of(house).prepare("snapshot")
    plan.online("snapshot", new)
    house.install(plan.papers("Another key"), "ana", "ben")
    assert house.keys.get("snapshot").public != new
    house.revise(1)
    assert follows(house, old)
    feed_of(house).refresh(now=house.now)
    assert house.keys.get("snapshot").public == new
    assert feed_of(house).promote() == []


def test_a_prepared_key_that_nobody_signed_is_not_used(house):
    feed_of(house).prepare("snapshot")
    feed_of(house).prepare("release")
    assert feed_of(house).promote() == []
    assert house.keys.get("snapshot-next").public != house.keys.get("snapshot").public


def test_nothing_that_a_replaced_publisher_key_signed_is_left(house):
    before = key_id(house.keys.get("publisher").public).encode()
    plan = plan_of(house)
    plan.online("publisher", feed_of(house).prepare("publisher"))
    finish(house, plan, "ana", "ben")
    for role in (SLUG, f"{SLUG}-packs", *(f"{SLUG}-2-{n}" for n in range(4))):
        newest = max(house.metadata.glob(f"*.{role}.json"), key=lambda p: int(p.name.split(".")[0]))
        assert before not in newest.read_bytes(), role


def test_another_root_key_and_another_threshold(house, tmp_path):
    old = Follower(tmp_path / "client", house)
    assert follows(house, old)
    house.offline["dora"] = signer("offline dora")
    dora = tuf_key(house.offline["dora"].public, holder="Dora")
    plan = plan_of(house)
    plan.holders("root", add=[dora], remove=[key_id(house.offline["ana"].public)], threshold=3)
    finish(house, plan, "ana", "ben", "cleo", "dora")
    assert follows(house, old)
    state = house.repository.state()
    assert (state.role("root").version, state.role("root").threshold) == (2, 3)
    plan = plan_of(house)
    plan.renew()
    finish(house, plan, "ben", "cleo", "dora")
    assert follows(house, old)


def test_other_targets_keys(house, tmp_path):
    old = Follower(tmp_path / "client", house)
    for name in ("dora", "emil"):
        house.offline[name] = signer(f"offline {name}")
    added = [tuf_key(house.offline[name].public) for name in ("dora", "emil")]
    plan = plan_of(house)
    plan.holders(
        "targets", add=added, remove=[key_id(house.offline[name].public) for name in HOLDERS]
    )
    finish(house, plan, "ana", "ben", "dora", "emil")
    assert follows(house, old)
    plan = plan_of(house)
    plan.online("publisher", feed_of(house).prepare("publisher"))
    finish(house, plan, "dora", "emil")
    assert follows(house, old)


def test_a_client_that_slept_through_many_roots_catches_up(house, tmp_path):
    sleeper = Follower(tmp_path / "client", house)
    assert follows(house, sleeper)
    for _ in range(6):
        plan = plan_of(house)
        plan.renew()
        plan.online("snapshot", feed_of(house).prepare("snapshot"))
        finish(house, plan, "ana", "ben")
        house.now += 100 * DAY
    house.refresh(house.now)
    house.revise(1)
    assert follows(house, sleeper)
    assert house.repository.state().role("root").version == 7


def test_a_root_that_ended_is_followed_by_one_that_lives(house, tmp_path):
    old = Follower(tmp_path / "client", house)
    assert follows(house, old)
    house.refresh(NOW + 366 * DAY)
    with pytest.raises(ExpiredMetadataError, match=r"root\.json is expired"):
        old.update()
    plan = plan_of(house)
    plan.renew()
    finish(house, plan, "ben", "cleo")
    assert follows(house, old)


def test_one_stolen_root_key_is_not_enough(house, tmp_path):
    old = Follower(tmp_path / "client", house)
    assert follows(house, old)
    plan = plan_of(house)
    thief = signer("thief")
    plan.holders("root", add=[tuf_key(thief.public)], threshold=1)
    papers = plan.papers("Mine now")
    house.offline["thief"] = thief
    for name in ("ana", "thief"):
        sign(papers, house.offline[name])
    with house.tree.change() as draft:
        draft.add("tuf/metadata/2.root.json", papers.root.to_bytes())
    with pytest.raises(UnsignedMetadataError):
        old.update()


def test_trust_changes_travel_with_targets(house, tmp_path):
    old = Follower(tmp_path / "client", house)
    before = read_trust(old.read("trust.json"))
    plan = plan_of(house)
    new = feed_of(house).prepare("release")
    plan.release_key(SLUG, new, until=house.now + 30 * DAY)
    log = NoteKey(name=before.log.origin, public=signer("another log").public).text
    plan.log_key(log)
    finish(house, plan, "ana", "ben")
    after = read_trust(old.read("trust.json"))
    [first, second] = after.publisher(SLUG).release_keys
    assert first == replace(before.publisher(SLUG).release_keys[0], ends_at=first.ends_at)
    assert first.ends_at is not None
    assert (second.key, second.ends_at) == (new.raw.hex(), None)
    assert (after.log.key, after.log.former_keys) == (log, (before.log.key,))
    assert house.keys.get("release").public == new


def test_the_whole_life_of_a_feed(tmp_path):
    house = make_house(tmp_path / "house", releases=2, bits=1, most_per_bin=3)
    old = Follower(tmp_path / "client", house)
    bits = set()
    for step in range(10):
        house.publish(2)
        house.revise(step + 1)
        house.refresh(house.now + 20 * DAY)
        if step % 3 == 2:
            plan = plan_of(house)
            plan.renew()
            plan.online("publisher", feed_of(house).prepare("publisher"))
            plan.online("timestamp", feed_of(house).prepare("timestamp"))
            finish(house, plan, *HOLDERS[step % 2 : step % 2 + 2])
        bits.add(house.repository.state().bins[0].bits)
        assert follows(house, old)
    assert bits == {1, 4}
