"""The act in which an operator who trusts nobody in between follows what was published."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from django.conf import settings

from seawall.advisories.models import Advisory
from seawall.client.errors import FeedRefused
from seawall.client.feeds import FeedState, feed_state
from seawall.client.fetching import open_source
from seawall.client.receipts import client_key, delivered, queued
from seawall.client.store import Store
from seawall.client.sync import SyncReport, sync
from seawall.client.trusted import trust_root
from seawall.client.verify import Known, Verdict, read_checkpoint, verify_file
from seawall.distribution import feeds, keys, receipts
from seawall.distribution.publishing import publish_due
from seawall.feed.tree import Tree
from seawall.feed.tuf.quick import quick_ceremony
from seawall.feed.tuf.roles import METADATA
from seawall.formats.feed_trust import read_trust
from seawall.formats.release_bundle import read_bundle
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL

_WORD = "known_affected"
"""What whoever wants systems to stay open would change in a CSAF document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a dishonest mirror did, and what the client answered; "" when it noticed nothing."""

    deed: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What the operator's client saw."""

    operator: str
    first: SyncReport
    again: SyncReport
    genuine: Verdict
    altered: Verdict
    refusals: tuple[Refusal, ...]
    receipts: int


def found() -> None:
    """The key ceremony, with all holders' keys in the demo's folder, and the empty feed."""
    feed = feeds.public()
    folder = Path(settings.SEAWALL_HOME) / "keys" / "offline"
    quick_ceremony(feed, feeds.describe(feed), folder, now=_now())
    publish_due(now=_now())
    shutil.copytree(feed.tree.current, _old_mirror())


def follow(party: Party) -> Followed:
    """Sync over HTTP, verify a document and an altered one, meet two dishonest mirrors, and send
    the receipts."""
    tree, home = feeds.public().tree, Path(settings.SEAWALL_HOME) / "operator" / "feeds" / "default"
    trust_root(home, tree.read(f"{METADATA}/1.root.json"))
    with serving(tree.current) as address:
        first, again = (_sync(home, address) for _ in range(2))
    genuine, altered = _verify(home)
    return Followed(
        operator=party.name,
        first=first,
        again=again,
        genuine=genuine,
        altered=altered,
        refusals=tuple(_refusals(tree, home)),
        receipts=_send(home, party),
    )


def surprises(followed: Followed) -> list[str]:
    """What ought to have gone otherwise."""
    said = [f"{each.deed}: the client noticed nothing" for each in followed.refusals]
    found = [line for line, each in zip(said, followed.refusals, strict=True) if not each.answer]
    if not followed.genuine.is_current:
        found.append(f"a published document was not genuine: {followed.genuine.why}")
    if followed.altered.is_current:
        found.append("an altered document was taken for genuine")
    if followed.again.installed:
        found.append("a second sync installed something")
    return found


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Any web server will do: this one gives out `folder` on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


def _sync(home: Path, place: str) -> SyncReport:
    source = open_source(place)
    try:
        return sync(home, source, now=_now(), deliver=delivered)
    finally:
        source.close()


def _verify(home: Path) -> tuple[Verdict, Verdict]:
    """A CSAF document as it was published, and with one word of it changed."""
    revision = Advisory.objects.exclude(published_at=None).order_by("pk")[0].revisions.last()
    bundle = read_bundle(revision.release.bundle.encode())
    name, text = next(each for each in bundle.documents.items() if _WORD in each[1])
    with Store.open(home) as store:
        known = Known(
            store=store,
            trust=read_trust(str(store.get("trust")).encode()),
            state=_state(store),
            checkpoint=read_checkpoint(home),
            now=_now(),
        )
        altered = text.replace(_WORD, "known_not_affected", 1)
        return (
            verify_file(text.encode(), name=name, known=known),
            verify_file(altered.encode(), name=name, known=known),
        )


def _state(store: Store) -> FeedState:
    state = feed_state(store, "default")
    if state is None:
        raise LookupError("the operator synced nothing")
    return state


def _refusals(tree: Tree, home: Path) -> Iterator[Refusal]:
    """A mirror that shows last week's state, and one that changes a release."""
    yield Refusal(
        deed="A mirror that shows the state before these releases",
        answer=_refused(home, _old_mirror()),
    )
    copy = _old_mirror().with_name("altered-mirror")
    shutil.copytree(tree.current, copy)
    word, files = _WORD.encode(), sorted((copy / "tuf" / "targets").rglob("*.json"))
    victim = next(file for file in files if word in file.read_bytes())
    victim.write_bytes(victim.read_bytes().replace(word, b"known_not_affected", 1))
    fresh = home.with_name("newcomer")
    trust_root(fresh, tree.read(f"{METADATA}/1.root.json"))
    yield Refusal(deed="A mirror that changes one release", answer=_refused(fresh, copy))


def _refused(home: Path, mirror: Path) -> str:
    try:
        with serving(mirror) as address:
            _sync(home, address)
    except FeedRefused as refused:
        return str(refused)
    return ""


def _send(home: Path, party: Party) -> int:
    """Register the client's key for its party, and hand in its receipts."""
    key = client_key(home).public.raw.hex()
    keys.register(key, name="feed client", proof=None, party=party, by=LOCAL, now=_now())
    with Store.open(home) as store:
        for each in queued(store, sent=False):
            receipts.receive(each.envelope.encode(), party=party, by=LOCAL, now=_now())
        return len(queued(store))


def _old_mirror() -> Path:
    return Path(settings.SEAWALL_HOME) / "operator" / "old-mirror"


def _now() -> datetime:
    return datetime.now(UTC)
