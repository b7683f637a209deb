"""Papers of a ceremony: said in words, signed one by one, taken in only when all is right."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from feed.house import NOW, SLUG, holders, installation, make_house
from formats.bundles import signer
from seawall.feed.tuf.check import check, counts
from seawall.feed.tuf.describe import describe
from seawall.feed.tuf.founding import Holders, found
from seawall.feed.tuf.installation import read_installation, write_installation
from seawall.feed.tuf.keys import key_id, tuf_key
from seawall.feed.tuf.papers import read_papers, sign, write_papers
from seawall.feed.tuf.places import Feed
from seawall.feed.tuf.rotation import Plan
from seawall.signing.keys import KeyUnusable
from seawall.vocab.errors import BadInput

DAY = timedelta(days=1)


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=0)


def plan_of(house):
    return Plan(house.repository.current(), now=house.now)


def feed_of(house):
    return Feed(
        tree=house.tree, keys=house.keys, house_keys=house.keys, repository=house.repository
    )


def new_feed(house):
    return found(
        installation(house.keys, house.maker),
        root=holders(house.offline),
        targets=holders(house.offline),
        now=NOW,
    )


def missing(papers):
    return {(count.paper, count.keys): count.missing for count in counts(papers)}


def test_a_new_feed_needs_two_of_three(house):
    papers = new_feed(house)
    assert missing(papers) == {("root", "new"): 2, ("targets", "new"): 2}
    assert sign(papers, house.offline["ana"]) == ["root", "targets"]
    assert sign(papers, house.offline["ana"]) == ["root", "targets"]
    with pytest.raises(BadInput, match="1 more of the new root keys must sign"):
        check(papers, now=NOW)
    sign(papers, house.offline["cleo"])
    assert missing(papers) == {("root", "new"): 0, ("targets", "new"): 0}
    assert check(papers, now=NOW).root is not None


def test_a_key_that_is_not_named_signs_nothing(house):
    papers = new_feed(house)
    assert sign(papers, signer("thief")) == []
    assert not papers.root.signatures


def test_papers_travel_in_a_folder(house, tmp_path):
    write_papers(new_feed(house), tmp_path / "papers")
    for name in ("ben", "cleo"):
        papers = read_papers(tmp_path / "papers")
        sign(papers, house.offline[name])
        write_papers(papers, tmp_path / "papers")
    check(read_papers(tmp_path / "papers"), now=NOW)


def test_papers_altered_after_they_were_signed_do_not_count(house, tmp_path):
    papers = new_feed(house)
    for name in ("ana", "ben"):
        sign(papers, house.offline[name])
    write_papers(papers, tmp_path)
    document = json.loads((tmp_path / "root.json").read_text())
    document["signed"]["roles"]["root"]["threshold"] = 1
    (tmp_path / "root.json").write_text(json.dumps(document))
    altered = read_papers(tmp_path)
    assert missing(altered)["root", "new"] == 1
    with pytest.raises(BadInput, match="must sign"):
        check(altered, now=NOW)


def test_another_trust_json_than_the_signed_one_is_refused(house, tmp_path):
    papers = new_feed(house)
    for name in ("ana", "ben"):
        sign(papers, house.offline[name])
    other = replace(papers, trust=papers.trust.replace(b"clearinghouse", b"otherwisehous"))
    with pytest.raises(BadInput, match=r"not the file that targets\.json names"):
        check(other, now=NOW)
    assert any(line.startswith("WARNING: trust.json") for line in describe(other))


def test_a_root_needs_the_old_keys_and_the_new(house):
    for name in ("dora", "emil"):
        house.offline[name] = signer(f"offline {name}")
    added = [tuf_key(house.offline[name].public) for name in ("dora", "emil")]
    plan = plan_of(house)
    gone = [key_id(house.offline[name].public) for name in ("ana", "ben")]
    plan.holders("root", add=added, remove=gone)
    papers = plan.papers("Other keys")
    for name in ("dora", "emil"):
        sign(papers, house.offline[name])
    assert missing(papers) == {("root", "new"): 0, ("root", "former"): 2}
    with pytest.raises(BadInput, match="2 more of the former root keys must sign"):
        check(papers, now=NOW)
    sign(papers, house.offline["cleo"])
    assert missing(papers)["root", "former"] == 1
    sign(papers, house.offline["ana"])
    check(papers, now=NOW)


def test_papers_that_were_overtaken_are_refused(house):
    first, second = plan_of(house), plan_of(house)
    first.renew()
    second.renew()
    overtaken = second.papers("Late")
    house.install(first.papers("Early"), "ana", "ben")
    with pytest.raises(BadInput, match="follow another root than the one in use"):
        feed_of(house).fits(overtaken)


def test_papers_of_the_past_and_out_of_order_are_refused(house):
    plan = plan_of(house)
    plan.renew()
    papers = plan.papers("Old")
    for name in ("ana", "ben"):
        sign(papers, house.offline[name])
    with pytest.raises(BadInput, match="it has ended already"):
        check(papers, now=NOW + 366 * DAY)
    papers.root.signed.version = 4
    with pytest.raises(BadInput, match="version 2 was expected"):
        check(papers, now=NOW)


def test_a_root_for_keys_that_the_installation_lost_is_not_published(house):
    plan = plan_of(house)
    plan.online("snapshot", signer("elsewhere").public)
    before = house.tree.version
    with pytest.raises(KeyUnusable, match="may sign snapshot"):
        house.install(plan.papers("Another key"), "ana", "ben")
    assert house.tree.version == before


def test_what_is_said_are_all_keys_thresholds_ends_and_changes(house):
    lines = describe(new_feed(house))
    text = "\n".join(lines)
    for name in ("Ana", "Ben", "Cleo"):
        assert text.count(name) == 2
    assert "root: 2 of 3 offline keys" in text
    assert f"{SLUG}: 1 of 1 keys may sign {SLUG}/*/*/*/*" in text
    assert house.maker.log_vkey in text
    assert "still in use" in text
    plan = plan_of(house)
    plan.online("timestamp", signer("another").public)
    changed = [line for line in describe(plan.papers("x")) if line.startswith(("  +", "  -"))]
    assert [line[:19] for line in changed] == ["  +   timestamp key", "  -   timestamp key"]


def test_what_is_said_names_the_root_in_use_as_everybody_can_compute_it(house):
    plan = plan_of(house)
    plan.renew()
    digest = sha256(house.root).hexdigest()
    assert f"It follows 1.root.json, sha256 {digest}" in describe(plan.papers("x"))


def test_a_root_under_which_the_targets_in_use_do_not_count_is_refused(house):
    plan = plan_of(house)
    plan.holders("targets", threshold=3)
    papers = replace(plan.papers("x"), targets=None)
    for name in ("ana", "ben"):
        sign(papers, house.offline[name])
    with pytest.raises(BadInput, match="the targets in use would not count"):
        check(papers, now=NOW)


def test_what_nobody_should_sign_is_warned_of(house):
    papers = new_feed(house)
    papers.root.signed.consistent_snapshot = False
    papers.root.signed.unrecognized_fields["x-more"] = 1
    papers.targets.signed.unrecognized_fields["y-more"] = 1
    text = "\n".join(describe(papers))
    assert "WARNING: consistent snapshots are off" in text
    assert "WARNING: a field of unknown meaning: x-more" in text
    assert "WARNING: a field of unknown meaning: y-more" in text


@pytest.mark.parametrize(
    ("keys", "threshold", "says"),
    [(2, 3, "3 of 2 keys"), (0, 1, "1 of 0 keys"), (2, 0, "0 of 2 keys")],
)
def test_thresholds_that_cannot_be(house, keys, threshold, says):
    named = [tuf_key(signer(str(n)).public) for n in range(keys)]
    with pytest.raises(BadInput, match=says):
        Holders(keys=named, threshold=threshold)


def test_one_key_is_one_holder():
    key = tuf_key(signer("a").public)
    with pytest.raises(BadInput, match="the same key twice"):
        Holders(keys=[key, key], threshold=2)


@pytest.mark.parametrize("id", ["", "abc", "0000000000"])
def test_a_key_that_is_none_of_them_is_not_removed(house, id):
    with pytest.raises(BadInput, match="id that begins so"):
        plan_of(house).remove_holder(id)


def test_removing_below_the_threshold_is_refused(house):
    plan = plan_of(house)
    plan.remove_holder(key_id(house.offline["ana"].public)[:8])
    with pytest.raises(BadInput, match="2 of 1 keys"):
        plan.remove_holder(key_id(house.offline["ben"].public))


def test_nothing_to_change_makes_no_papers(house):
    with pytest.raises(BadInput, match="nothing would change"):
        plan_of(house).papers("Nothing")


def test_an_installation_travels_in_a_file(house):
    made = installation(house.keys, house.maker)
    assert read_installation(write_installation(made)) == made


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seawall-installation/1", "seawall-installation/2"),
        (f'"slug": "{SLUG}"', '"slug": "../x"'),
        (f'"slug": "{SLUG}"', '"slug": "targets"'),
        ('"snapshot": "', '"other": "'),
        ('"snapshot": "', '"snapshot": "zz'),
    ],
)
def test_a_file_that_is_no_installation_is_refused(house, old, new):
    text = write_installation(installation(house.keys, house.maker)).decode()
    assert old in text
    with pytest.raises(BadInput, match="installation"):
        read_installation(text.replace(old, new).encode())


def test_three_online_keys_differ(house):
    made = installation(house.keys, house.maker)
    one = made.online["snapshot"]
    text = write_installation(replace(made, online=dict.fromkeys(made.online, one)))
    with pytest.raises(BadInput, match="three keys that differ"):
        read_installation(text)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"format": "other", "why": ""}'])
def test_a_folder_without_papers_is_refused(tmp_path, data):
    (tmp_path / "ceremony.json").write_bytes(data)
    with pytest.raises(BadInput, match="no ceremony's papers"):
        read_papers(tmp_path)


def test_a_paper_of_another_kind_is_refused(house, tmp_path):
    write_papers(new_feed(house), tmp_path)
    (tmp_path / "root.json").write_bytes((tmp_path / "targets.json").read_bytes())
    with pytest.raises(BadInput, match="no root"):
        read_papers(tmp_path)
    (tmp_path / "root.json").write_bytes(b"x")
    with pytest.raises(BadInput, match="no TUF metadata"):
        read_papers(tmp_path)


def release_keys(plan):
    return plan.trust.publisher(SLUG).release_keys


def test_a_stolen_release_key_counts_until_the_theft_and_never_longer_than_said_before(house):
    plan = plan_of(house)
    plan.release_key(SLUG, signer("second").public, until=NOW - DAY)
    plan.release_key(SLUG, signer("third").public, until=NOW + DAY)
    first, second, third = release_keys(plan)
    assert first.ends_at == NOW - DAY
    assert (second.starts_at, second.ends_at) == (NOW, NOW + DAY)
    assert (third.starts_at, third.ends_at) == (NOW, None)


def test_a_key_stolen_before_it_was_used_counts_for_nothing(house):
    plan = plan_of(house)
    start = release_keys(plan)[0].starts_at
    plan.release_key(SLUG, signer("second").public, until=start - 30 * DAY)
    first = release_keys(plan)[0]
    assert (first.starts_at, first.ends_at) == (start, start)
    assert not first.covers(start)


def test_a_root_lists_no_key_that_no_role_uses(house):
    plan = plan_of(house)
    gone = key_id(house.offline["ana"].public)
    plan.remove_holder(gone, add=[tuf_key(signer("dora").public)])
    papers = plan.papers("x")
    assert gone not in papers.root.signed.keys
    assert len(papers.root.signed.keys) == 5
