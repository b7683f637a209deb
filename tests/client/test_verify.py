"""What a file is worth: genuine, replaced, or not what anybody has signed."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from client.attacks.operators import Operator, Outcome
from client.test_sync import synced
from feed.house import make_house
from formats.bundles import PATCH, Maker, signer
from seawall.client.feeds import feed_state
from seawall.client.releases import log_of
from seawall.client.store import Store
from seawall.client.sync import trust_in
from seawall.client.verify import Known, read_checkpoint, verify_file
from seawall.client.verify import Outcome as Found


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=2)


@pytest.fixture
def operator(house, tmp_path):
    operator = Operator.trusting(tmp_path / "operator", house.root)
    assert operator.sync(house.folder, now=house.now) == Outcome(code=0)
    return operator


def verified(operator, data, *, name="file", bundle=None, after=timedelta(0), **known):
    with Store.open(operator.home) as store:
        state = feed_state(store, "default")
        made = Known(
            store=store,
            trust=trust_in(store),
            state=state,
            checkpoint=read_checkpoint(operator.home),
            now=state.synced_at + after,
        )
        return verify_file(data, name=name, known=replace(made, **known), bundle=bundle)


def bundle_of(house, number):
    places = (house.folder / "tuf/targets").rglob(f"*.SEAWALL-2026-{number:04d}.json")
    return max(places, key=lambda path: json.loads(path.read_bytes())["revision"]).read_bytes()


def about(verdict):
    return (verdict.outcome, verdict.id, verdict.revision, verdict.newest, verdict.entry)


def test_a_bundle_says_who_when_and_where(operator, house):
    verdict = verified(operator, bundle_of(house, 2))
    assert about(verdict) == (Found.GENUINE, "SEAWALL-2026-0002", 1, 1, 1)
    assert (verdict.publisher, verdict.namespace) == (
        "Example Clearinghouse",
        "https://clearinghouse.example",
    )
    assert (verdict.log, verdict.not_checked) == ("clearinghouse.example/log", ())
    assert verdict.released_at is not None


def test_each_document_the_patch_and_the_proof_are_known(operator, house):
    bundle = json.loads(bundle_of(house, 1))
    for name, text in bundle["documents"].items():
        verdict = verified(operator, text.encode(), name=name)
        assert about(verdict) == (Found.GENUINE, "SEAWALL-2026-0001", 1, 1, 0)
        assert verdict.kind == f"document {name}"
    assert verified(operator, PATCH, name="x.patch").kind == "patch"
    assert about(verified(operator, bundle["proof"].encode()))[:2] == (
        Found.GENUINE,
        "SEAWALL-2026-0001",
    )


def test_what_was_replaced_is_genuine_and_not_current(operator, house):
    old = bundle_of(house, 1)
    house.revise(1)
    synced(operator, house)
    document = json.loads(old)["documents"]["SEAWALL-2026-0001.osv.json"].encode()
    for data in (old, document):
        verdict = verified(operator, data)
        assert about(verdict) == (Found.SUPERSEDED, "SEAWALL-2026-0001", 1, 2, 0)
        assert not verdict.is_current


def test_a_document_with_one_other_byte_is_not_genuine_and_is_told_whose_name_it_bears(
    operator, house
):
    for name, text in json.loads(bundle_of(house, 1))["documents"].items():
        verdict = verified(operator, text.encode() + b" ", name=name)
        assert verdict.outcome is Found.REFUSED
        if name.endswith((".osv.json", "0001.json", "-vex.json")):
            assert "is not, byte for byte, a document that was signed" in verdict.why, name
    assert verified(operator, b"{}").why == (
        "nothing that was synced from the feed default has this content"
    )


@pytest.mark.parametrize("key", ["entry", "proof", "id", "documents", "envelope", "revision"])
def test_a_bundle_with_any_part_of_another_is_not_genuine(operator, house, key):
    one, two = json.loads(bundle_of(house, 1)), json.loads(bundle_of(house, 2))
    mixed = one | {key: 2 if key == "revision" else two[key]}
    data = json.dumps(mixed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert verified(operator, data).outcome is Found.REFUSED


def test_a_bundle_of_keys_that_nobody_trusts_is_not_genuine(operator):
    stranger = Maker(release_key=signer("stranger"))
    verdict = verified(operator, stranger.bundle(1))
    assert "no release key that the feed trusts has signed it" in verdict.why


def test_a_newer_release_than_the_last_sync_says_what_is_not_known(operator, house):
    house.publish()
    verdict = verified(operator, bundle_of(house, 3))
    assert about(verdict) == (Found.GENUINE, "SEAWALL-2026-0003", 1, 1, 2)
    assert [sentence[:20] for sentence in verdict.not_checked] == [
        "whether the log of t",
        "whether the feed off",
    ]


def test_a_document_of_a_bundle_given_beside_it(operator, house):
    house.publish()
    bundle = bundle_of(house, 3)
    for name, text in json.loads(bundle)["documents"].items():
        assert verified(operator, text.encode(), name=name, bundle=bundle).id == "SEAWALL-2026-0003"
    assert verified(operator, PATCH, bundle=bundle).kind == "patch"
    assert verified(operator, b"{}", bundle=bundle).why == (
        "file is no document or patch of SEAWALL-2026-0003 revision 1"
    )


def test_two_histories_of_one_release_are_not_both_genuine(operator, house):
    verdict = verified(operator, Maker().bundle(1, workaround="Turn it off."))
    assert "the feed holds another revision 1 of SEAWALL-2026-0001" in verdict.why


def test_a_log_of_the_same_size_with_another_root_is_a_fork(operator, house):
    other = Maker()
    other.bundle(9)
    forked = other.bundle(8)
    assert other.origin == log_of_operator(operator)
    verdict = verified(operator, forked)
    assert "the log was forked" in verdict.why


def log_of_operator(operator):
    with Store.open(operator.home) as store:
        return log_of(trust_in(store)).origin


def test_an_expired_feed_cannot_say_that_nothing_is_newer(operator, house):
    verdict = verified(operator, bundle_of(house, 1), after=timedelta(days=3))
    assert verdict.is_current
    assert [sentence[:30] for sentence in verdict.not_checked] == ["whether anything newer was pub"]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"id": 3}', b"\xff\xfe\x00", b"c2sp.org/tlog-proof@v1"]
)
def test_anything_else_is_refused_in_words(operator, data):
    verdict = verified(operator, data)
    assert verdict.outcome is Found.REFUSED
    assert verdict.why
