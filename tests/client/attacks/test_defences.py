"""Every defence is needed: with one of them taken out, a named attack gets through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Root

from client.attacks.conftest import Stage
from client.attacks.logs import branch, give_out
from client.attacks.operators import Operator, Outcome
from client.attacks.test_bundles import with_bundle
from client.attacks.test_freeze import until
from client.attacks.test_stolen_keys import without
from client.attacks.thieves import Signed, Thief
from client.repositories import NOW, Repository
from feed.house import SLUG
from formats.bundles import PATCH_SHA256, make_bundle, signer
from seawall.client import delegated, fetching, install, logs, releases, trusted
from seawall.client.errors import FeedRefused
from seawall.client.fetching import open_source
from seawall.core.feed_paths import patch_path
from seawall.feed.tuf.keys import tuf_key
from seawall.outbound import session

ONLINE = ("timestamp", "snapshot", "publisher")


@dataclass(kw_only=True)
class Attack:
    mirror: Path
    now: datetime
    victim: Operator
    before: Callable[[Operator], None] = lambda victim: None


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = object.__hash__


def nothing(*args: object, **kwargs: object) -> None:
    """A check that checks nothing."""


def a_bin_that_nobody_signed(stage: Stage) -> Attack:
    thief = stage.thief("timestamp", "snapshot")
    path = stage.house.path(4)
    thief.push({thief.bin_of(path): without(path)})
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def a_bin_of_before(stage: Stage) -> Attack:
    thief = stage.thief()
    name = thief.bin_of(stage.house.path(4))
    thief.replace(thief.place(name), thief.read(thief.place(name, thief.version(name) - 1)))
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def an_expired_bin(stage: Stage) -> Attack:
    thief = stage.thief(*ONLINE)
    over = (stage.now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    thief.push({thief.bin_of(stage.house.path(4)): until(over)})
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def an_older_bin_for_who_forgot_its_metadata(stage: Stage) -> Attack:
    thief = stage.thief(*ONLINE)
    path = stage.house.path(2)
    name = thief.bin_of(path)

    def back(signed: Signed) -> None:
        signed["version"] = 1
        del signed["targets"][path]

    def forget(victim: Operator) -> None:
        for file in (victim.home / "metadata").glob("[st]*.json"):
            file.unlink()

    thief.push({name: back})
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.ahead, before=forget)


def a_clock_set_back(stage: Stage) -> Attack:
    thief = stage.thief()

    def look_ahead(victim: Operator) -> None:
        later = Thief(stage.house, stage.place("later"), "timestamp", of=stage.old)
        later.push({"timestamp": until("2026-12-31T00:00:00Z")})
        assert victim.sync(later.folder, now=stage.now + timedelta(days=3)).code == 0

    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind, before=look_ahead)


def a_patch_altered_on_the_mirror(stage: Stage) -> Attack:
    thief = stage.thief()
    for place in (thief.folder / "tuf/targets").rglob("*.patch"):
        place.write_bytes(place.read_bytes().replace(b"new", b"old"))
    newcomer = Operator.trusting(stage.place("newcomer"), stage.house.root)
    return Attack(mirror=thief.folder, now=stage.now, victim=newcomer)


def a_patch_replaced_in_its_bin(stage: Stage) -> Attack:
    thief = stage.thief(*ONLINE)
    path = patch_path(SLUG, PATCH_SHA256)
    named = thief.put_target(path, b"something else")
    thief.push({thief.bin_of(path): lambda signed: signed["targets"].update({path: named})})
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def a_link_out_of_the_folder(stage: Stage) -> Attack:
    thief = stage.thief()
    place = thief.folder / thief.place("timestamp")
    outside = stage.place("outside")
    place.rename(outside)
    place.symlink_to(outside)
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def a_key_said_twice(stage: Stage) -> Attack:
    thief = stage.thief()
    data = thief.read(thief.place("timestamp"))
    thief.replace(thief.place("timestamp"), b'{"signed":{},' + data.lstrip()[1:])
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def a_root_of_one_holder(stage: Stage) -> Attack:
    thief = stage.thief("ana", *ONLINE)
    root = thief.signed("root")
    key = tuf_key(thief.own.public)
    root["version"] += 1
    root["keys"][key.keyid] = key.to_dict()
    thief.write("root", root)
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def a_log_with_another_beginning(stage: Stage) -> Attack:
    thief = stage.thief()
    true = stage.house.maker
    other = branch(true, 0)
    other.append("feed.published", "feed:evil", {})
    rest = branch(true, 0)
    rest.entries = [other.entries[0], *true.entries[1:]]
    give_out(thief, branch(rest, len(rest.entries)))
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def a_proof_with_an_altered_hash(stage: Stage) -> Attack:
    def alter(bundle: dict[str, str]) -> dict[str, str]:
        lines = bundle["proof"].split("\n")
        lines[2] = lines[2][:5] + ("A" if lines[2][5] != "A" else "B") + lines[2][6:]
        return bundle | {"proof": "\n".join(lines)}

    thief = with_bundle(stage, alter)
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def a_release_of_another_log(stage: Stage) -> Attack:
    thief = with_bundle(stage, lambda bundle: make_bundle(4, cve="CVE-2026-4444"))
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def an_older_revision(stage: Stage) -> Attack:
    thief = stage.thief(*ONLINE)
    path = stage.house.path(1)
    former = next((stage.old / "tuf/targets").rglob("*.SEAWALL-2026-0001.json")).read_bytes()
    named = thief.put_target(path, former)
    thief.push({thief.bin_of(path): lambda signed: signed["targets"].update({path: named})})
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.ahead)


def a_release_of_another_id(stage: Stage) -> Attack:
    two = next((stage.old / "tuf/targets").rglob("*.SEAWALL-2026-0002.json")).read_bytes()
    thief = with_bundle(stage, lambda bundle: two)
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def a_release_signed_by_a_key_of_the_thief(stage: Stage) -> Attack:
    thief = stage.thief(*ONLINE)
    other = branch(stage.house.maker, len(stage.house.maker.entries))
    other.release_key = signer("the thief's own")
    data, path = other.bundle(4, revision=2), stage.house.path(4)
    named = thief.put_target(path, data)
    thief.push({thief.bin_of(path): lambda signed: signed["targets"].update({path: named})})
    give_out(thief, other)
    return Attack(mirror=thief.folder, now=stage.now, victim=stage.behind)


def _any_signer(envelope: object, publishers: tuple[releases.TrustedPublisher, ...]) -> object:
    return [(publisher, key) for publisher in publishers for key in publisher.release_keys]


_TRUE_OPEN = install.open_release

DEFENCES = [
    (a_bin_that_nobody_signed, delegated, "check_signed", nothing),
    (a_bin_of_before, delegated, "check_version", nothing),
    (an_expired_bin, delegated, "check_fresh", nothing),
    (
        an_older_bin_for_who_forgot_its_metadata,
        trusted,
        "_is_same",
        lambda of, before, now: of.meta.version == before.version,
    ),
    (a_clock_set_back, trusted, "check_clock", nothing),
    (a_patch_altered_on_the_mirror, trusted, "check_bytes", nothing),
    (a_patch_replaced_in_its_bin, delegated, "check_patch", nothing),
    (a_link_out_of_the_folder, fetching.FolderSource, "_check", nothing),
    (
        a_key_said_twice,
        trusted._StrictFetcher,
        "download_bytes",
        fetching.SourceFetcher.download_bytes,
    ),
    (a_root_of_one_holder, Root, "verify_delegate", nothing),
    (a_log_with_another_beginning, logs, "consistent", nothing),
    (
        a_proof_with_an_altered_hash,
        install,
        "prove_release",
        nothing,
    ),
    (a_release_of_another_log, install, "leaf_hash", lambda leaf: Anything()),
    (an_older_revision, install, "_check_successor", nothing),
    (
        a_release_of_another_id,
        install,
        "open_release",
        lambda data, *, trust, path="": _TRUE_OPEN(data, trust=trust),
    ),
    (a_release_signed_by_a_key_of_the_thief, releases, "_signed_by", _any_signer),
]


@pytest.mark.parametrize(
    "attack, where, defence, instead",
    DEFENCES,
    ids=[f"{each[0].__name__} against {each[2]}" for each in DEFENCES],
)
def test_without_it_the_attack_gets_through(
    stage: Stage, monkeypatch, attack, where, defence, instead
):
    made = attack(stage)
    victim = made.victim.copy(stage.place("victim"))
    made.before(victim)
    twin = victim.copy(stage.place("twin"))
    before = victim.installed()
    assert victim.sync(made.mirror, now=made.now).code == 1
    assert victim.installed() == before
    monkeypatch.setattr(where, defence, instead)
    assert twin.sync(made.mirror, now=made.now) == Outcome(code=0)
    assert twin.installed() != before


def test_without_the_place_of_a_path_a_publisher_speaks_for_another(tmp_path, monkeypatch):
    made = Repository(folder=tmp_path / "feed", slugs=("acme", "bravo"))
    made.change({"bravo/releases/2026/000/B-1.json": b"acme says so"}, into="acme-2-0")
    trusted.trust_root(tmp_path / "home", made.first_root)
    feed = trusted.open_feed(tmp_path / "home", open_source(str(made.folder)), now=NOW)
    with pytest.raises(FeedRefused):
        list(feed.bins())
    monkeypatch.setattr(delegated.Delegation, "fits", lambda self, path: True)
    named = {path for each in feed.bins() for path in each.targets}
    assert named == {"bravo/releases/2026/000/B-1.json"}


def test_without_the_caps_a_bomb_is_unpacked_whole(stage: Stage, monkeypatch):
    from client.attacks.test_endless import bomb
    from client.mirrors import serve

    size = 8 << 20
    with serve(stage.house.folder) as mirror, open_source(mirror.url) as source:
        mirror.instead["log/checkpoint"] = bomb(size)
        with pytest.raises(FeedRefused, match="longer than"):
            source.read("log/checkpoint", limit=65_536)
        true = session._inflated
        monkeypatch.setattr(
            session, "_inflated", lambda chunks, limit, *rest: true(chunks, size, *rest)
        )
        assert len(source.read("log/checkpoint", limit=65_536)) == size
