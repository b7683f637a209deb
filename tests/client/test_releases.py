"""One release: whose key has signed it, when, in whose name, and where it lies."""

from dataclasses import replace
from datetime import timedelta

import pytest

from client.attacks.operators import Operator
from client.test_sync import store_of, synced
from feed.house import SLUG, make_house
from formats.bundles import PATCH, PATCH_SHA256, RELEASED, Maker, signer
from formats.releases import PUBLISHER
from seawall.client.errors import FeedRefused
from seawall.client.fetching import open_source
from seawall.client.patches import patch_bytes, patch_of, plan_patch
from seawall.client.releases import open_release, prove_release
from seawall.core.feed_paths import release_path
from seawall.formats.feed_trust import ReleaseKey, Trust, TrustedLog, TrustedPublisher
from seawall.vocab.errors import BadInput

HOUR = timedelta(hours=1)
OTHER_KEY = signer("another publisher")


def key(of, starts_at=RELEASED - HOUR, ends_at=None):
    return ReleaseKey(key=of.public.raw.hex(), starts_at=starts_at, ends_at=ends_at)


def trust(maker, *keys):
    ours = TrustedPublisher(
        slug=SLUG,
        name=PUBLISHER.name,
        namespace=PUBLISHER.namespace,
        release_keys=keys or (key(maker.release_key),),
    )
    other = TrustedPublisher(
        slug="other", name="Other", namespace="https://other.test", release_keys=(key(OTHER_KEY),)
    )
    return Trust(publishers=(ours, other), log=TrustedLog(origin=maker.origin, key=maker.log_vkey))


def test_a_release_is_opened_and_proven_wherever_it_came_from():
    maker = Maker()
    maker.append("feed.published", "feed:0", {})
    data = maker.bundle(7)
    for path in ("", release_path(SLUG, "SEAWALL-2026-0007")):
        release = open_release(data, trust=trust(maker), path=path)
        assert (release.path, release.index) == (release_path(SLUG, "SEAWALL-2026-0007"), 1)
        assert prove_release(release, trust=trust(maker)).index == 1


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "good"),
    [
        (RELEASED, None, True),
        (RELEASED + HOUR, None, False),
        (RELEASED - HOUR, RELEASED + HOUR, True),
        (RELEASED - HOUR, RELEASED, False),
    ],
)
def test_a_key_signs_only_for_its_time(starts_at, ends_at, good):
    maker = Maker()
    data, trusted = maker.bundle(1), trust(maker, key(maker.release_key, starts_at, ends_at))
    if good:
        open_release(data, trust=trusted)
        return
    with pytest.raises(FeedRefused, match="was not one of Example Clearinghouse on 2026-03-09"):
        open_release(data, trust=trusted)


def test_nobody_signs_in_the_name_of_another():
    maker = Maker(release_key=OTHER_KEY)
    data, trusted = maker.bundle(1), trust(Maker())
    for path in ("", release_path("other", "SEAWALL-2026-0001")):
        with pytest.raises(FeedRefused, match="Other has signed it in the name of Example"):
            open_release(data, trust=trusted, path=path)
    with pytest.raises(FeedRefused, match="no release key that the feed trusts"):
        open_release(data, trust=trusted, path=release_path(SLUG, "SEAWALL-2026-0001"))


def test_nothing_lies_in_the_folder_or_under_the_name_of_another():
    maker = Maker()
    data = maker.bundle(1)
    with pytest.raises(FeedRefused, match="which is not its name"):
        open_release(data, trust=trust(maker), path=release_path(SLUG, "SEAWALL-2026-0002"))
    for path in ("nobody/releases/2026/000/SEAWALL-2026-0001.json", "x/y", f"{SLUG}/releases/a"):
        with pytest.raises(FeedRefused, match="lies where no publisher's releases lie"):
            open_release(data, trust=trust(maker), path=path)


def test_without_a_log_nothing_is_proven():
    maker = Maker()
    release = open_release(maker.bundle(1), trust=trust(maker))
    with pytest.raises(FeedRefused, match="names no log"):
        prove_release(release, trust=replace(trust(maker), log=None))
    stranger = replace(trust(maker).log, key=Maker(log_key=signer("x")).log_vkey)
    with pytest.raises(FeedRefused, match="not proven to be in the log"):
        prove_release(release, trust=replace(trust(maker), log=stranger))
    former = replace(stranger, former_keys=(maker.log_vkey,))
    assert prove_release(release, trust=replace(trust(maker), log=former)).index == 0


@pytest.fixture
def followed(tmp_path):
    house = make_house(tmp_path / "house", releases=1)
    operator = Operator.trusting(tmp_path / "operator", house.root)
    synced(operator, house)
    with store_of(operator) as store:
        store.db.execute("DELETE FROM files WHERE sha256 = ?", (bytes.fromhex(PATCH_SHA256),))
        release = open_release(
            store.file(store.release("SEAWALL-2026-0001").sha256), trust=trust(house.maker)
        )
        yield house, store, release


def test_a_patch_is_fetched_when_it_is_asked_for_and_kept(followed):
    house, store, release = followed
    assert patch_of(release) == PATCH_SHA256
    got = patch_bytes(store, release, PATCH_SHA256, source=lambda: open_source(str(house.folder)))
    assert (got, store.file(PATCH_SHA256)) == (PATCH, PATCH)
    assert patch_bytes(store, release, PATCH_SHA256, source=lambda: None) == PATCH


def test_a_patch_with_another_byte_is_not_the_one_that_was_signed(followed):
    house, store, release = followed
    [file] = (house.folder / "tuf/targets").rglob("*.patch")
    file.chmod(0o644)
    file.write_bytes(PATCH.replace(b"import new", b"import bad"))
    with pytest.raises(FeedRefused, match="is not the one that was signed"):
        patch_bytes(store, release, PATCH_SHA256, source=lambda: open_source(str(house.folder)))
    assert store.file(PATCH_SHA256) is None


def test_a_patch_is_named_when_there_are_several(followed, tmp_path):
    _, _, release = followed
    fix = release.statement.fixes[0]
    more = replace(fix, package="pkg:pypi/other", patch="b" * 64)
    several = replace(release, statement=replace(release.statement, fixes=(fix, more)))
    with pytest.raises(BadInput, match="say which with --package"):
        patch_of(several)
    assert patch_of(several, package="pkg:pypi/other") == "b" * 64
    without = replace(release, statement=replace(release.statement, fixes=()))
    with pytest.raises(BadInput, match="has no patch"):
        patch_of(without)
    with pytest.raises(BadInput, match="is no folder"):
        plan_patch(tmp_path / "nowhere", PATCH)
