"""Feed sync: what an operator downloads, and what it costs, beside the limits of the machine.

    python benchmarks/feed.py [--releases N] [--bootstrap M]

On the wire: a feed of N releases (500,000) in as many bins as the repository makes for them, its
log, and an operator who has all of it. The web server packs what it sends (gzip, level 6) and
counts every byte it writes, headers too. The N releases are synthetic: their metadata, log
entries and tree are genuine and signed, their bundles are not made. What is new is a whole bundle.

Bootstrap: M genuine bundles (2,000) synced by an operator who has nothing, from packs; CPU time
of the client alone. Its limits, in the same run on the same bytes: unpacking and hashing them;
one Ed25519 verification for each; and what Grype does, one archive downloaded and hashed.
"""

import argparse
import gzip
import hashlib
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sys.path.pop(0)  # this folder, whose feed.py is not the package of tests
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from feed.house import NOW, SLUG, holders, installation
from formats.bundles import Maker, signer
from seawall.client.delegated import TargetInfo
from seawall.client.fetching import WebSource, open_source
from seawall.client.incoming import Incoming
from seawall.client.store import Store
from seawall.client.sync import SyncReport, sync
from seawall.client.trusted import TRUST, open_feed, trust_root
from seawall.core.feed_paths import release_path
from seawall.feed.tuf import publishers
from seawall.feed.tuf.bins import Target
from seawall.feed.tuf.check import check
from seawall.feed.tuf.founding import found
from seawall.feed.tuf.papers import sign
from seawall.feed.tuf.repository import Repository, _keys, _role
from seawall.matching.index import AdvisoryIndex
from seawall.signing.keys import FileKeys
from seawall.signing.tiles import bundle_bytes, bundle_path, bundles_of, tile_bytes, tiles_of


@dataclass
class Memory:
    """A tree in memory: what a repository writes and a server gives out."""

    held: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        if path not in self.held:
            raise FileNotFoundError(path)
        return self.held[path]

    def get(self, path: str) -> bytes | None:
        return self.held.get(path)

    def exists(self, path: str) -> bool:
        return path in self.held

    def files(self) -> Iterator[str]:
        return iter(list(self.held))

    def add(self, path: str, data: bytes) -> None:
        self.held[path] = data

    put = add

    def remove(self, path: str) -> None:
        self.held.pop(path, None)


@dataclass
class Feed:
    """A repository in memory with its log."""

    folder: Path
    tree: Memory = field(default_factory=Memory)
    maker: Maker = field(default_factory=Maker)
    now: datetime = NOW

    def __post_init__(self) -> None:
        keys = FileKeys(self.folder / "keys")
        self.repository = Repository.open(self.tree, keys)
        offline = {name: signer(name) for name in ("ana", "ben", "cleo")}
        who = holders(offline)
        papers = found(installation(keys, self.maker), root=who, targets=who, now=NOW)
        for name in ("ana", "ben"):
            sign(papers, offline[name])
        self.repository.install(check(papers, now=NOW), draft=self.tree, now=NOW)

    @property
    def root(self) -> bytes:
        return self.tree.read("tuf/metadata/1.root.json")

    def name(self, targets: dict[str, Target]) -> None:
        """Let bins name files whose bytes nobody will ask for."""
        edit = self.repository._edit(self.tree, self._later())
        top = edit.read_targets("targets")
        publishers.fill(edit, _role(top, SLUG), _keys(top), targets)
        edit.close()

    def publish(self, first: int, count: int) -> int:
        """Publish genuine releases; gives the bytes of their bundles."""
        made: dict[str, bytes | None] = {}
        for number in range(first, first + count):
            made[release_path(SLUG, f"SEAWALL-2026-{number:04d}")] = self.maker.bundle(number)
        self.repository.change(made, draft=self.tree, now=self._later())
        self.write_log()
        return sum(len(data or b"") for data in made.values())

    def pack(self) -> None:
        """Make all packs; the repository makes some in each run."""
        files = -1
        while files != (files := len(self.tree.held)):
            edit = self.repository._edit(self.tree, self._later())
            self.repository._renew_packs(edit)
            if edit.written:
                edit.close()

    def write_log(self, since: int = 0) -> None:
        maker, size = self.maker, len(self.maker.entries)
        for tile in tiles_of(size, since=since):
            data = tile_bytes(lambda level, at: maker._nodes[level, at], tile)
            self.tree.put(f"log/{tile.path}", data)
        for number, width in bundles_of(size, since=since):
            leaves = maker.entries[number * 256 : number * 256 + width]
            self.tree.put(f"log/{bundle_path(number, width=width)}", bundle_bytes(leaves))
        self.tree.put("log/checkpoint", maker.checkpoint().encode())

    def _later(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@contextmanager
def served(tree: Memory) -> Iterator[tuple[str, Connection]]:
    """The tree over HTTP from a process of its own; ask the connection for (requests, bytes)."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(tree, there))
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}", here
    finally:
        process.kill()
        process.join()


def _serve(tree: Memory, ask: Connection) -> None:
    count = {"requests": 0, "bytes": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            count["requests"] += 1
            count["bytes"] += len(self.requestline) + len(str(self.headers)) + 4
            body = tree.get(self.path.lstrip("/"))
            self.send_response(404 if body is None else 200)
            body = body or b""
            if len(body) > 200 and not self.path.endswith(".zst"):
                body = gzip.compress(body, 6)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            count["bytes"] += sum(map(len, self._headers_buffer)) + 2 + len(body)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ask.send(server.server_address[1])
    while ask.recv():
        ask.send((count["requests"], count["bytes"]))
        count.update(requests=0, bytes=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--releases", type=int, default=500_000, help="releases in the feed")
    parser.add_argument("--bootstrap", type=int, default=2_000, help="releases of a first sync")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="seawall-feed-"))
    try:
        on_the_wire(folder / "wire", asked.releases)
        bootstrap(folder / "bootstrap", asked.bootstrap)
    finally:
        shutil.rmtree(folder)


def on_the_wire(folder: Path, releases: int) -> None:
    folder.mkdir()
    feed = Feed(folder)
    for number in range(releases):
        feed.maker.append("advisory.published", f"advisory:{number}", {"revision": 1})
    named = {}
    for number in range(releases):
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        named[release_path(SLUG, f"SEAWALL-2025-{number:04d}")] = Target(32_000, digest)
    feed.name(named)
    feed.write_log()
    bins = publishers.bins_of(feed.repository._edit(feed.tree, NOW).read_targets(SLUG))
    print(f"A feed of {releases:,} releases (synthetic) in {bins.number_of_bins:,} bins")
    home = folder / "home"
    home.mkdir()
    trust_root(home, feed.root)
    with served(feed.tree) as (url, ask), WebSource(url) as source:
        taken = take_all(home, source, feed)
        wire = counted(ask)
    print(f"  all bins read and verified      {taken:8.2f} s CPU, {wire}")
    with served(feed.tree) as (url, ask):
        sync_and_tell("unchanged", home, url, ask, feed.now, "2 round trips, 10 kB")
        sync_and_tell("unchanged again", home, url, ask, feed.now, "2 round trips, 10 kB")
    bundle = feed.publish(9_001, 1)
    with served(feed.tree) as (url, ask):
        sync_and_tell("one new advisory", home, url, ask, feed.now, "50 kB")
    print(f"  (its bundle is {bundle / 1000:.1f} kB unpacked; 65 MB is what Grype downloads anew)")


def take_all(home: Path, source: WebSource, feed: Feed) -> float:
    """Verify every bin, and note its files as if they had been installed; gives CPU seconds."""
    with Store.open(home) as store:
        begun = time.process_time()
        opened = open_feed(home, source, now=feed.now)
        incoming = Incoming(store)
        incoming.take(opened.bins(), roles=opened.roles)
        taken = time.process_time() - begun
        with store.change():
            store.db.execute("INSERT INTO files (sha256, packed) SELECT sha256, x'' FROM offered")
            store.db.execute(
                "INSERT INTO releases SELECT path, path, 1, sha256, 'x', 'x', 'x',"
                " '2026-01-01T00:00:00+00:00', row_number() OVER (), 1, 1 FROM offered"
            )
            incoming.install()
            store.put(
                trust=(home / TRUST).read_text(),
                versions=dict(opened.versions),
                generation=1,
                files_until=len(store.db.execute("SELECT 1 FROM files").fetchall()),
                synced_at=feed.now.isoformat(),
                log={"origin": feed.maker.origin, "size": 0, "witnesses": []},
            )
    (home / "checkpoint").write_bytes(feed.tree.read("log/checkpoint"))
    AdvisoryIndex.build(()).save(home / "index" / "base-1")
    return taken


def sync_and_tell(
    what: str, home: Path, url: str, ask: Connection, now: datetime, reach: str
) -> SyncReport:
    begun, cpu = time.perf_counter(), time.process_time()
    with open_source(url) as source:
        report = sync(home, source, now=now)
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    print(f"  {what:<30} {cpu:9.2f} s CPU, {wall:.2f} s, {counted(ask)}   (reach: {reach})")
    return report


def counted(ask: Connection) -> str:
    ask.send(True)
    requests, received = ask.recv()
    return f"{requests:,} requests, {received / 1000:,.1f} kB on the wire"


def bootstrap(folder: Path, releases: int) -> None:
    folder.mkdir()
    feed = Feed(folder)
    size = feed.publish(1, releases)
    feed.pack()
    packs = [data for path, data in feed.tree.held.items() if path.endswith(".zst")]
    print(f"\nBootstrap of {releases:,} genuine releases, {size / 1e6:.0f} MB, {len(packs)} packs")
    home = folder / "home"
    home.mkdir()
    trust_root(home, feed.root)
    with served(feed.tree) as (url, ask), open_source(url) as source:
        begun = time.process_time()
        report = sync(home, source, now=feed.now)
        ours = time.process_time() - begun
        wire = counted(ask)
    assert report.releases == releases
    limits = (
        ("unpack and hash the same bytes", unpacked_and_hashed(packs)),
        ("one Ed25519 verification each", verified(feed, releases)),
        ("download and hash one archive", downloaded(packs)),
    )
    each = ours / releases
    print(f"  first sync                     {ours:8.2f} s CPU, {each * 1e3:.2f} ms each, {wire}")
    print(f"  for 500,000 at this rate       {each * 500_000:8.0f} s CPU   (reach: 30 s a core)")
    for name, limit in limits:
        print(
            f"  {name:<30} {limit:8.2f} s CPU, {limit / releases * 500_000:.0f} s for 500,000;"
            f" first sync is {ours / limit:.1f}x"
        )


def unpacked_and_hashed(packs: list[bytes]) -> float:
    begun = time.process_time()
    for data in packs:
        hashlib.sha256(zstandard.ZstdDecompressor().stream_reader(data).read()).digest()
    return time.process_time() - begun


def verified(feed: Feed, releases: int) -> float:
    key = Ed25519PublicKey.from_public_bytes(feed.maker.release_key.public.raw)
    message = os.urandom(3_000)
    signature = feed.maker.release_key.sign(message)
    begun = time.process_time()
    for _ in range(releases):
        key.verify(signature, message)
    return time.process_time() - begun


def downloaded(packs: list[bytes]) -> float:
    """What a client costs that takes the whole database as one file, as Grype does."""
    whole = b"".join(packs)
    tree = Memory({"all.zst": whole})
    with served(tree) as (url, _), WebSource(url) as source:
        begun = time.process_time()
        data = source.read("all.zst", limit=len(whole))
        assert TargetInfo(length=len(data), sha256=hashlib.sha256(data).hexdigest())
        return time.process_time() - begun


if __name__ == "__main__":
    main()
