"""Wrong delegation: a publisher signs for itself, through its own bins, and for nobody else.

Two publishers, acme and bravo, in a repository made with python-tuf alone.
"""

import re
from collections.abc import Callable

import pytest
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    MetaFile,
    SuccinctRoles,
    TargetFile,
    Targets,
)

from client.repositories import NOW, Repository
from seawall.client.delegated import Delegation
from seawall.client.errors import FeedRefused
from seawall.client.fetching import open_source
from seawall.client.trusted import TrustedFeed, open_feed, trust_root

ACME = "acme/releases/2026/000/A-1.json"
BRAVO = "bravo/releases/2026/000/B-1.json"


@pytest.fixture
def repository(tmp_path) -> Repository:
    made = Repository(folder=tmp_path / "feed", slugs=("acme", "bravo"))
    made.change({ACME: b"of acme", BRAVO: b"of bravo"})
    return made


@pytest.fixture
def opened(repository, tmp_path) -> Callable[[], TrustedFeed]:
    home = tmp_path / "home"
    trust_root(home, repository.first_root)

    def open_now() -> TrustedFeed:
        return open_feed(home, open_source(str(repository.folder)), now=NOW)

    return open_now


def files(feed: TrustedFeed) -> dict[str, bytes]:
    return {
        path: feed.fetch(path, info) for each in feed.bins() for path, info in each.targets.items()
    }


def test_each_publisher_is_believed_in_its_own_folder(opened):
    assert files(opened()) == {ACME: b"of acme", BRAVO: b"of bravo"}


def test_a_bin_of_acme_names_a_file_of_bravo(repository, opened):
    repository.change({BRAVO: b"acme says so"}, into="acme-2-0")
    with pytest.raises(FeedRefused, match=r"acme-2-0 names .*bravo/.* not its own to name"):
        files(opened())


def test_a_bin_names_a_file_that_hashes_into_another(repository, opened):
    right = repository.bin_of(ACME)
    wrong = next(f"acme-2-{n}" for n in range(4) if f"acme-2-{n}" != right)
    repository.change({ACME: b"twice"}, into=wrong)
    with pytest.raises(FeedRefused, match=f"{wrong} names .* not its own to name"):
        files(opened())


def test_a_bin_of_bravo_signed_by_acme(repository, opened):
    repository.signers["bravo"] = repository.keys["acme"]
    repository.change({BRAVO: b"acme says so"})
    with pytest.raises(FeedRefused, match=r"bravo-2-. does not verify: .* signed by 0/1 keys"):
        files(opened())


def test_a_bin_that_nobody_delegates_to_is_never_asked_for(repository, opened):
    repository.roles["acme-2-9"] = repository.roles["acme-2-0"]
    repository.name_in_snapshot("acme-2-9")
    repository.bump("acme-2-9")
    assert "acme-2-9" not in opened().roles
    assert set(files(opened())) == {ACME, BRAVO}


def test_a_publisher_whom_the_offline_keys_do_not_trust_is_not_read(repository, opened):
    repository.slugs = ("bravo",)
    repository.say_trust()
    repository.bump("targets")
    assert set(files(opened())) == {BRAVO}


def test_a_trusted_publisher_to_whom_nothing_is_delegated(repository, opened):
    del repository.roles["targets"].signed.delegations.roles["acme"]
    repository.bump("targets")
    with pytest.raises(FeedRefused, match="acme is trusted, but nothing delegated"):
        opened()


def test_a_publisher_that_is_delegated_more_than_its_folder(repository, opened):
    repository.roles["targets"].signed.delegations.roles["acme"].paths.append("*/*/*/*/*")
    repository.bump("targets")
    with pytest.raises(FeedRefused, match="acme is delegated more than its own folder"):
        opened()


def test_a_publisher_that_delegates_by_hash_prefixes(repository, opened):
    role = repository.roles["targets"].signed.delegations.roles["acme"]
    role.paths, role.path_hash_prefixes = None, ["0"]
    repository.bump("targets")
    with pytest.raises(FeedRefused, match="acme is delegated more than its own folder"):
        opened()


@pytest.mark.parametrize("prefix", ["bravo-2", "acme", "acme-3", "targets"])
def test_a_publisher_that_delegates_to_bins_of_another_name(repository, opened, prefix):
    repository.roles["acme"].signed.delegations.succinct_roles.name_prefix = prefix
    repository.bump("acme")
    with pytest.raises(FeedRefused, match="the bins of acme are not named after it"):
        opened()


def test_a_publisher_that_delegates_to_named_roles(repository, opened):
    [key] = repository.keys["acme"]
    role = DelegatedRole("bravo", [key.public_key.keyid], 1, True, ["bravo/*/*/*/*"])
    repository.roles["acme"].signed.delegations = Delegations(
        {key.public_key.keyid: key.public_key}, {"bravo": role}
    )
    repository.bump("acme")
    with pytest.raises(FeedRefused, match="acme does not delegate to bins"):
        opened()


def test_a_publisher_with_more_bins_than_can_be(repository, opened):
    publisher = repository.roles["acme"].signed
    bins = publisher.delegations.succinct_roles
    publisher.delegations.succinct_roles = SuccinctRoles(bins.keyids, 1, 17, "acme-17")
    repository.bump("acme")
    with pytest.raises(FeedRefused, match="acme has more than 65536 bins"):
        opened()


def test_a_bin_that_delegates_further(repository, opened):
    role = repository.bin_of(ACME)
    repository.roles[role].signed.delegations = Delegations({}, {})
    repository.bump(role)
    with pytest.raises(FeedRefused, match=f"the bin {role} delegates further"):
        files(opened())


def test_a_snapshot_that_forgets_a_bin(repository, opened):
    del repository.roles["snapshot"].signed.meta["acme-2-0.json"]
    repository.bump()
    with pytest.raises(FeedRefused, match="the snapshot does not name acme-2-0"):
        opened()


def test_a_bin_called_like_a_publisher(tmp_path):
    """acme-2-0 would be a publisher and a bin of acme: one name for two roles."""
    keys = Repository(folder=tmp_path / "keys").keys
    keys["acme-2-0"] = keys["bravo"]
    made = Repository(folder=tmp_path / "feed", slugs=("acme", "acme-2-0"), keys=keys)
    home = tmp_path / "home"
    trust_root(home, made.first_root)
    with pytest.raises(FeedRefused, match="two roles of the feed bear the same name"):
        files(open_feed(home, open_source(str(made.folder)), now=NOW))


@pytest.mark.parametrize("name", ["targets", "root", "../acme", "ACME", ""])
def test_a_publisher_with_a_name_that_is_none(repository, opened, name):
    repository.slugs = (name,)
    repository.say_trust()
    repository.bump("targets")
    with pytest.raises(FeedRefused, match=r"cannot be the name of a publisher|cannot be used"):
        opened()


@pytest.mark.parametrize(
    "target",
    [
        TargetFile(-1 & 0xFFFFFFFFFF, {"sha256": "0" * 64}, ACME),
        TargetFile(1, {"sha512": "0" * 128}, ACME),
        TargetFile(1, {"sha256": "xyz"}, ACME),
    ],
    ids=["endless", "another hash", "no hash"],
)
def test_a_file_without_a_length_and_a_hash_that_hold(repository, opened, target):
    role = repository.bin_of(ACME)
    made = repository.roles[role].signed
    assert isinstance(made, Targets)
    made.targets[ACME] = target
    repository.bump(role)
    with pytest.raises(FeedRefused, match="neither length nor sha256"):
        files(opened())


def test_new_keys_of_a_publisher_make_every_bin_be_read_again(repository, opened):
    """What a stolen key has signed does not stay because its version stayed."""
    known = {each.role: each.seen for each in opened().bins()}
    assert not list(opened().bins(known))
    [new] = repository.keys["bravo"]
    targets = repository.roles["targets"].signed
    targets.revoke_key(repository.keys["acme"][0].public_key.keyid, "acme")
    targets.add_key(new.public_key, "acme")
    publisher = repository.roles["acme"].signed
    publisher.revoke_key(repository.keys["acme"][0].public_key.keyid)
    publisher.add_key(new.public_key)
    repository.signers["acme"] = [new]
    repository.bump("targets", "acme")
    with pytest.raises(FeedRefused, match=r"acme-2-0 does not verify: .* signed by 0/1 keys"):
        list(opened().bins(known))
    repository.save(*(f"acme-2-{n}" for n in range(4)))
    assert {each.role for each in opened().bins(known)} == {f"acme-2-{n}" for n in range(4)}


@pytest.mark.parametrize("bits", [1, 2, 5, 11, 14])
def test_a_path_belongs_into_the_bin_that_the_standard_says(bits):
    succinct = SuccinctRoles([], 1, bits, f"acme-{bits}")
    anyone, meta = Targets(), MetaFile(1)
    pattern = re.compile("acme/.*")
    names = list(succinct.get_roles())
    for number in range(200):
        path = f"acme/releases/2026/{number:03d}/A-{number}.json"
        right = names.index(succinct.get_role_for_target(path))
        for index in {right, right ^ 1, (right + 2) % len(names)}:
            role = Delegation(
                role=names[index], by=anyone, meta=meta, paths=pattern, bits=bits, number=index
            )
            assert role.fits(path) == (index == right)


@pytest.mark.parametrize("pattern", ["acme/*/*/*/a*", "acme", "acme/[a-z]*/x", "*/acme", "/acme/*"])
def test_a_pattern_that_could_mean_more_is_refused(repository, opened, pattern):
    repository.roles["targets"].signed.delegations.roles["acme"].paths = [pattern]
    repository.bump("targets")
    with pytest.raises(FeedRefused, match="acme is delegated more than its own folder"):
        opened()
