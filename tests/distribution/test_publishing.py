"""Releases come into the public tree: once, whole, whoever was killed; and wait for keys."""

import json
import shutil

import pytest

from distribution.founded import DAY, LATER, NOON, hold_ceremony, published, revised
from formats.bundles import signer
from seawall.distribution import feeds, publishing
from seawall.distribution.log_files import checkpoint_to_publish
from seawall.distribution.models import FeedState, Published
from seawall.distribution.publishing import FeedWaits, publish_due
from seawall.feed.tree import Tree
from seawall.feed.tuf.roles import target_path
from seawall.formats.feed_trust import (
    ReleaseKey,
    Trust,
    TrustedLog,
    TrustedPublisher,
    TrustedWitness,
    write_trust,
)
from seawall.ledger import checkpoints
from seawall.ledger.models import Checkpoint, Cosignature, Event
from seawall.signing.checkpoints import TreeHead
from seawall.signing.notes import Note, NoteKey
from seawall.vocab.actors import LOCAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]
FIRST = "SEAWALL-2026-0001"
PATH = f"test-cert/releases/2026/000/{FIRST}.json"


def run(now=LATER, **more):
    return publish_due(by=LOCAL, now=now, **more)


def files(tree: Tree) -> dict[str, bytes]:
    return {path: tree.read(path) for path in tree.files()}


def test_a_release_comes_into_the_tree_with_the_log_and_every_view(feed):
    release = published()
    report = run()
    assert report.published == (f"{FIRST} revision 1",) and report.waiting == 0
    row = Published.objects.get()
    state = feed.repository.state()
    assert (row.release, row.at, row.replaced) == (release, LATER, False)
    assert row.snapshot_version == state.role("snapshot").version
    assert row.timestamp_version == state.role("timestamp").version
    bundle = feed.tree.read(target_path(PATH, row.target_digest))
    assert bundle.decode() == release.bundle
    documents = json.loads(bundle)["documents"]
    assert (
        feed.tree.read("csaf/white/2026/seawall-2026-0001.json").decode()
        == (documents["seawall-2026-0001.json"])
    )
    assert feed.tree.read(f"osv/PyPI/{FIRST}.json").decode() == documents[f"{FIRST}.osv.json"]
    for path in ("cve/2024/56xxx/CVE-2024-56001.json", f"openvex/{FIRST}.openvex.json"):
        assert feed.tree.exists(path)
    for path in (".well-known/csaf/provider-metadata.json", "feed.atom", "index.html"):
        assert feed.tree.exists(path)


def test_the_log_in_the_tree_holds_the_release(feed):
    release = published()
    run()
    head = TreeHead.parse(Note.parse(feed.tree.read("log/checkpoint").decode()).text)
    assert head.size > release.event_index
    assert feed.tree.exists(f"log/tile/0/000.p/{head.size}")
    assert feed.tree.exists(f"log/tile/entries/000.p/{head.size}")
    assert head.root == bytes(checkpoints.newest().root)


def test_it_is_said_in_the_ledger_by_the_ids_of_what_is_public(feed):
    published()
    run()
    event = Event.objects.get(what="feed.published")
    said = json.loads(event.entry)
    assert said["on"] == "feed:test-cert"
    assert said["facts"]["releases"] == [f"{FIRST} revision 1"]
    assert bytes(event.salt) == b""


def test_running_twice_changes_nothing(feed):
    published()
    run()
    before, version, events = files(feed.tree), feed.tree.version, Event.objects.count()
    again = run()
    assert (again.published, again.roles) == ((), ())
    assert (files(feed.tree), feed.tree.version) == (before, version)
    assert Event.objects.count() == events


def test_the_newest_revision_replaces_the_one_before(feed):
    first = published()
    run()
    second = revised(first, now=LATER + DAY)
    run(LATER + DAY)
    assert Published.objects.get(release=second).replaced is False
    bundle = feed.tree.read(target_path(PATH, Published.objects.get(release=second).target_digest))
    assert json.loads(bundle)["revision"] == 2


def test_a_revision_that_was_overtaken_is_not_published_any_more(feed):
    first = published()
    second = revised(first, now=LATER + DAY)
    report = run(LATER + DAY)
    assert report.published == (f"{FIRST} revision 2",)
    rows = {row.release: row for row in Published.objects.all()}
    assert rows[first].replaced and not rows[second].replaced
    assert not feed.tree.exists(target_path(PATH, rows[first].target_digest))


def test_many_releases_come_in_several_changes(feed, monkeypatch):
    monkeypatch.setattr(publishing, "BATCH", 2)
    for number in (1, 2, 3):
        published(number)
    version = feed.tree.version
    report = run()
    assert len(report.published) == 3 and Published.objects.count() == 3
    assert feed.tree.version == version + 2


def test_killed_between_tree_and_rows_the_next_run_lets_the_rows_follow(feed, monkeypatch):
    published()
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_follow", _die)
        with pytest.raises(KeyboardInterrupt):
            run()
    before, version = files(feed.tree), feed.tree.version
    assert Published.objects.count() == 0
    run()
    assert Published.objects.count() == 1
    assert (files(feed.tree), feed.tree.version) == (before, version)


def test_killed_before_the_swap_nothing_is_visible_and_the_next_run_publishes(feed, monkeypatch):
    published()
    before = files(feed.tree)
    with monkeypatch.context() as patch:
        patch.setattr(Tree, "_commit", _die)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert (files(feed.tree), Published.objects.count()) == (before, 0)
    assert run().published == (f"{FIRST} revision 1",)


def test_a_tree_that_was_lost_is_made_again_from_the_releases(feed, settings):
    published()
    run()
    shutil.rmtree(settings.SEAWALL_PUBLIC)
    hold_ceremony(feeds.public())
    at = Published.objects.get().at
    assert run(LATER + DAY).published == (f"{FIRST} revision 1",)
    row = Published.objects.get()
    assert row.at == at
    assert feeds.public().tree.exists(target_path(PATH, row.target_digest))
    assert Event.objects.filter(what="feed.published").count() == 1


def test_without_a_ceremony_releases_wait_and_it_is_said(installation):
    published()
    with pytest.raises(FeedWaits, match="seawall feed ceremony"):
        run()
    state = FeedState.objects.get()
    assert "ceremony" in state.problem and state.tried_at == LATER
    assert [row.revision.number for row in publishing.waiting()] == [1]
    hold_ceremony(feeds.public())
    assert run(LATER + DAY).published == (f"{FIRST} revision 1",)
    assert FeedState.objects.get().problem == ""


def test_without_the_online_keys_releases_wait(feed, home):
    published()
    for name in ("publisher", "snapshot", "timestamp"):
        (home / "keys" / f"{name}.pem").rename(home / "keys" / f"{name}.away")
    before = files(feed.tree)
    with pytest.raises(FeedWaits, match="No key of this installation may sign"):
        run()
    assert files(feed.tree) == before and Published.objects.count() == 0


def test_a_publisher_that_the_feed_does_not_know_waits(feed, settings):
    published()
    settings.SEAWALL_PUBLISHER_NAME = "Other CERT"
    with pytest.raises(FeedWaits, match="no publisher of this feed may sign this path"):
        run()


def test_over_a_log_that_is_not_this_one_nothing_is_published(feed):
    published()
    run()
    tree = feed.tree
    head = TreeHead.parse(Note.parse(tree.read("log/checkpoint").decode()).text)
    other = TreeHead(origin=head.origin, size=head.size, root=b"\x01" * 32)
    signature = tree.read("log/checkpoint").decode().partition("\n\n")[2]
    with tree.change() as draft:
        draft.put("log/checkpoint", f"{other.body}\n{signature}".encode())
    published(2)
    before = files(tree)
    with pytest.raises(FeedWaits, match="not the one of this database"):
        run(LATER + DAY)
    assert files(tree) == before


def test_over_a_longer_log_nothing_is_published(feed):
    published()
    run()
    tree = feed.tree
    note = tree.read("log/checkpoint").decode().split("\n")
    note[1] = str(int(note[1]) + 1000)
    with tree.change() as draft:
        draft.put("log/checkpoint", "\n".join(note).encode())
    with pytest.raises(FeedWaits, match="not the one of this database"):
        run(LATER + DAY)


def test_the_timestamp_is_signed_anew_when_half_of_its_life_is_over(feed):
    published()
    run(NOON + DAY)
    first = feed.repository.state().role("timestamp")
    assert run(NOON + DAY + DAY / 4).roles == ()
    assert run(NOON + DAY + DAY * 3 / 4).roles == ("timestamp",)
    assert feed.repository.state().role("timestamp").expires_at > first.expires_at


def _die(*_args, **_more):
    raise KeyboardInterrupt


def trust(*names: str, need: int) -> bytes:
    """A trust.json that demands cosignatures."""
    key = NoteKey(name="cert.example/log", public=signer("log").public).text
    witnesses = tuple(
        TrustedWitness(name=name, key=NoteKey(name=name, public=signer(name).public, kind=4).text)
        for name in names
    )
    log = TrustedLog(origin="cert.example/log", key=key, witnesses=witnesses, need=need)
    publisher = TrustedPublisher(
        slug="test-cert",
        name="Test CERT",
        namespace="https://cert.example",
        release_keys=(ReleaseKey(key="ab" * 32, starts_at=NOON),),
    )
    return write_trust(Trust(publishers=(publisher,), log=log))


def cosign(checkpoint: Checkpoint, *names: str) -> None:
    for name in names:
        Cosignature.objects.create(
            checkpoint=checkpoint, witness=name, line=f"— {name} AAAA\n", signed_at=NOON
        )


def test_the_newest_checkpoint_with_enough_witnesses_is_published(feed):
    published()
    first = checkpoints.newest()
    published(2)
    second = checkpoints.newest()
    assert second.size > first.size
    assert checkpoint_to_publish(trust(need=0)) == checkpoint_to_publish(None) == second
    wanted = trust("w1", "w2", "w3", need=2)
    assert checkpoint_to_publish(wanted) is None
    cosign(second, "w1", "stranger")
    cosign(first, "w1", "w2")
    assert checkpoint_to_publish(wanted) == first
    cosign(second, "w3")
    assert checkpoint_to_publish(wanted) == second


def test_what_the_witnessed_log_does_not_cover_waits_for_it(feed, monkeypatch):
    published()
    first = checkpoints.newest()
    published(2)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "checkpoint_to_publish", lambda trust: None)
        assert (run().published, run().waiting) == ((), 2)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "checkpoint_to_publish", lambda trust: first)
        report = run()
    assert (report.published, report.waiting) == ((f"{FIRST} revision 1",), 1)
    head = TreeHead.parse(Note.parse(feed.tree.read("log/checkpoint").decode()).text)
    assert head.size == first.size
    assert run().published == ("SEAWALL-2026-0002 revision 1",)


def test_the_log_in_the_tree_never_gets_shorter(feed, monkeypatch):
    published()
    first = checkpoints.newest()
    published(2)
    run()
    before = feed.tree.read("log/checkpoint")
    monkeypatch.setattr(publishing, "checkpoint_to_publish", lambda trust: first)
    assert run(LATER + DAY).published == ()
    assert feed.tree.read("log/checkpoint") == before


def test_a_root_that_nobody_told_of_is_told_by_the_next_run(installation):
    """A process may end between the swap of the tree and the end of its transaction."""
    hold_ceremony(feeds.public())
    assert not Event.objects.filter(what="feed.trust_changed").exists()
    run()
    run()
    [event] = Event.objects.filter(what="feed.trust_changed")
    assert event.on == "feed:public"
    assert json.loads(event.entry)["facts"] == {
        "why": "found in the tree after an interruption",
        "root": 1,
    }
