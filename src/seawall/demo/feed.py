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
from seawall.client.apply import plan
from seawall.client.errors import FeedRefused
from seawall.client.feeds import FeedState, feed_state
from seawall.client.fetching import open_source
from seawall.client.index import advisories_in, refresh_index
from seawall.client.plans import Plan
from seawall.client.receipts import client_key, delivered, installed, queued
from seawall.client.remedies import Remedies, package_purl
from seawall.client.rewriting import write
from seawall.client.store import Store
from seawall.client.sync import SyncReport, sync, trust_in
from seawall.client.trusted import trust_root
from seawall.client.verify import Known, Verdict, read_checkpoint, verify_file
from seawall.distribution import feeds, keys, receipts
from seawall.distribution.ceremonies import found_quickly, publish_after
from seawall.feed.tree import Tree
from seawall.feed.tuf.roles import METADATA
from seawall.formats.release_bundle import read_bundle
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL

ASSET = "Course booking"
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
    plan: Plan
    receipts: int


def found() -> None:
    """The key ceremony, with all holders' keys in the demo's folder, and the empty feed."""
    found_quickly(now=_now())
    publish_after(now=_now())
    shutil.copytree(feeds.public().tree.current, _old_mirror())


def follow(party: Party) -> Followed:
    """Sync over HTTP, verify a document and an altered one, mend a project, meet two dishonest
    mirrors, and send the receipts."""
    tree, home = feeds.public().tree, Path(settings.SEAWALL_HOME) / "operator" / "feeds" / "default"
    trust_root(home, tree.read(f"{METADATA}/1.root.json"))
    with serving(tree.current) as address:
        first, again = (_sync(home, address) for _ in range(2))
    genuine, altered = _verify(home)
    mended = _apply(home)
    return Followed(
        operator=party.name,
        first=first,
        again=again,
        genuine=genuine,
        altered=altered,
        refusals=tuple(_refusals(tree, home)),
        plan=mended,
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
    if not followed.plan.changes or followed.plan.refusals:
        found.append("a project with affected requirements was not mended")
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
            trust=trust_in(store),
            state=_state(store),
            checkpoint=read_checkpoint(home),
            now=_now(),
        )
        altered = text.replace(_WORD, "known_not_affected", 1)
        return (
            verify_file(text.encode(), name=name, known=known),
            verify_file(altered.encode(), name=name, known=known),
        )


def _apply(home: Path) -> Plan:
    """Raise a project's requirements to the fixed versions of verified releases."""
    project = home.parent.parent / "project"
    project.mkdir()
    with Store.open(home) as store:
        layers = refresh_index(home, store)
        (project / "requirements.txt").write_text("".join(_pins(store)))
        made = plan(project, Remedies(layers))
        write(home / "applied", project, made.rewrites, releases=_mended(made), now=_now())
        for name in _mended(made):
            release = store.release(name)
            mended = [
                (package_purl(c.ecosystem, c.package), c.before, c.version)
                for c in made.changes
                if name in c.releases
            ]
            if release is not None:
                installed(store, release, components=mended, asset=ASSET, now=_now())
    return made


def _pins(store: Store) -> Iterator[str]:
    """A requirement on the affected version of each Python package that a release names."""
    for _, data in store.bundles():
        for advisory in advisories_in(read_bundle(data)):
            for package in advisory.affected:
                if package.ecosystem == "PyPI":
                    yield f"{package.name}=={package.versions[0]}\n"


def _mended(made: Plan) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for change in made.changes for name in change.releases))


def _state(store: Store) -> FeedState:
    state = feed_state(store, "default")
    if state is None:
        raise LookupError("the operator synced nothing")
    return state


def _refusals(tree: Tree, home: Path) -> Iterator[Refusal]:
    """A mirror that shows an earlier state, and one that changes a release."""
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
