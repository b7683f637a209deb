"""A publisher's whole house on disk for tests: keys, a log, a tree with a signed repository.

    house = make_house(folder, releases=3)
    house.publish(2); house.revise(1); house.refresh(now)

Everything is genuine: bundles of `formats.bundles.Maker` with their log, roots and targets signed
by two of three offline holders. `house.folder` is what a client is pointed at.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from formats.bundles import PATCH, PATCH_SHA256, Maker, signer
from formats.releases import PUBLISHER
from seawall.core.feed_paths import patch_path, publisher_slug, release_path
from seawall.feed.tree import Draft, Tree
from seawall.feed.tuf.check import check
from seawall.feed.tuf.founding import Holders, found
from seawall.feed.tuf.installation import Installation
from seawall.feed.tuf.keys import ONLINE, tuf_key
from seawall.feed.tuf.papers import Papers, sign
from seawall.feed.tuf.repository import Changed, Repository
from seawall.feed.tuf.roles import MOST_PER_BIN, Lifetimes
from seawall.formats.feed_trust import ReleaseKey, Trust, TrustedLog, TrustedPublisher
from seawall.signing.keys import Ed25519Signer, FileKeys
from seawall.signing.tiles import bundle_bytes, bundle_path, bundles_of, tile_bytes, tiles_of

SLUG = publisher_slug(PUBLISHER.name)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOLDERS = ("ana", "ben", "cleo")
URL = "https://clearinghouse.example/feed"


@dataclass(kw_only=True)
class House:
    """`now` is the time of the last change; changes take place an hour later unless said."""

    home: Path
    tree: Tree
    keys: FileKeys
    repository: Repository
    maker: Maker
    offline: dict[str, Ed25519Signer]
    now: datetime = NOW
    releases: int = 0
    revisions: dict[int, int] = field(default_factory=dict)
    _log_size: int = 0

    @property
    def folder(self) -> Path:
        """What a web server gives out, or media carries: tuf/… and log/…."""
        return self.tree.current

    @property
    def root(self) -> bytes:
        """The first root, which clients are given by hand."""
        return self.tree.read("tuf/metadata/1.root.json")

    @property
    def newest_root(self) -> bytes:
        """The newest root."""
        number = max(int(p.name.split(".")[0]) for p in self.metadata.glob("*.root.json"))
        return (self.metadata / f"{number}.root.json").read_bytes()

    @property
    def metadata(self) -> Path:
        """The folder of metadata."""
        return self.folder / "tuf" / "metadata"

    def path(self, number: int) -> str:
        """The TUF path of a release."""
        return release_path(SLUG, f"SEAWALL-2026-{number:04d}")

    def publish(self, count: int = 1, *, now: datetime | None = None) -> Changed:
        """Publish that many new releases in one change of the tree."""
        first = self.releases + 1
        self.releases += count
        return self._publish(range(first, first + count), now)

    def revise(self, number: int, *, now: datetime | None = None) -> Changed:
        """Publish the next revision of a release."""
        return self._publish([number], now)

    def withdraw(self, path: str, *, now: datetime | None = None) -> Changed:
        """Take a target out."""
        return self.change({path: None}, now=now)

    def change(self, targets: dict[str, bytes | None], *, now: datetime | None = None) -> Changed:
        """Change any targets."""
        with self.tree.change() as draft:
            changed = self.repository.change(targets, draft=draft, now=self.at(now))
            self._write_log(draft)
        return changed

    def refresh(self, now: datetime | None = None, *, force: bool = False) -> Changed:
        """Sign anew what is due."""
        with self.tree.change() as draft:
            return self.repository.refresh(draft=draft, now=self.at(now), force=force)

    def install(self, papers: Papers, *holders: str, now: datetime | None = None) -> Changed:
        """Let offline holders sign papers, and take them in."""
        for holder in holders:
            sign(papers, self.offline[holder])
        at = self.at(now)
        with self.tree.change() as draft:
            return self.repository.install(check(papers, now=at), draft=draft, now=at)

    def append_to_log(self, what: str = "feed.published", *, write: bool = True) -> None:
        """One more public event; `write` brings it into the tree."""
        self.maker.append(what, "feed:0", {})
        if write:
            with self.tree.change() as draft:
                self._write_log(draft)

    def at(self, now: datetime | None) -> datetime:
        """The time of the next change."""
        self.now = now or self.now + timedelta(hours=1)
        return self.now

    def _publish(self, numbers: "range | list[int]", now: datetime | None) -> Changed:
        targets: dict[str, bytes | None] = {patch_path(SLUG, PATCH_SHA256): PATCH}
        for number in numbers:
            self.revisions[number] = self.revisions.get(number, 0) + 1
            bundle = self.maker.bundle(number, revision=self.revisions[number])
            targets[self.path(number)] = bundle
        return self.change(targets, now=now)

    def _write_log(self, draft: Draft) -> None:
        size, since = len(self.maker.entries), self._log_size
        if size == since and since:
            return
        maker = self.maker
        for tile in tiles_of(size, since=since):
            data = tile_bytes(lambda level, at: maker._nodes[level, at], tile)
            draft.add(f"log/{tile.path}", data)
        for number, width in bundles_of(size, since=since):
            leaves = maker.entries[number * 256 : number * 256 + width]
            draft.add(f"log/{bundle_path(number, width=width)}", bundle_bytes(leaves))
        draft.put("log/checkpoint", maker.checkpoint().encode())
        self._log_size = size


def make_house(
    folder: Path,
    releases: int = 3,
    *,
    now: datetime = NOW,
    lifetimes: Lifetimes | None = None,
    bits: int = 2,
    most_per_bin: int = MOST_PER_BIN,
    openpgp: tuple[str, ...] = (),
) -> House:
    """A house with that many releases, four bins, and 2-of-3 offline keys for root and targets
    (the holders ana, ben and cleo have one key each for both)."""
    keys = FileKeys(folder / "keys")
    tree = Tree(folder / "public")
    maker = Maker()
    offline = {name: signer(f"offline {name}") for name in HOLDERS}
    house = House(
        home=folder,
        tree=tree,
        keys=keys,
        repository=Repository.open(tree, keys, lifetimes=lifetimes, most_per_bin=most_per_bin),
        maker=maker,
        offline=offline,
        now=now,
    )
    papers = found(
        installation(keys, maker, openpgp=openpgp),
        root=holders(offline),
        targets=holders(offline),
        now=now,
        lifetimes=lifetimes,
    )
    for name in HOLDERS[:2]:
        sign(papers, offline[name])
    with tree.change() as draft:
        house.repository.install(check(papers, now=now), draft=draft, now=now, bits=bits)
        house._write_log(draft)
    if releases:
        house.publish(releases)
    return house


def holders(offline: dict[str, Ed25519Signer], threshold: int = 2) -> Holders:
    """The offline keys as a role's holders."""
    keys = [tuf_key(offline[name].public, holder=name.title()) for name in offline]
    return Holders(keys=keys, threshold=threshold)


def installation(keys: FileKeys, maker: Maker, openpgp: tuple[str, ...] = ()) -> Installation:
    """The installation with the maker's release and log keys."""
    return Installation(
        slug=SLUG,
        online={name: keys.ensure(name).public for name in ONLINE},
        trust=Trust(
            publishers=(
                TrustedPublisher(
                    slug=SLUG,
                    name=PUBLISHER.name,
                    namespace=PUBLISHER.namespace,
                    release_keys=(
                        ReleaseKey(
                            key=maker.release_key.public.raw.hex(),
                            starts_at=datetime(2026, 1, 1, tzinfo=UTC),
                        ),
                    ),
                ),
            ),
            log=TrustedLog(origin=maker.origin, key=maker.log_vkey, url=f"{URL}/log"),
            openpgp=openpgp,
        ),
    )
