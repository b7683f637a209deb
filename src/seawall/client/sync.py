"""`seawall sync`: from what a source offers to a new state of the store, or no change at all.

The order: metadata (TUF), the log's newest checkpoint, the changed bins, what is missing of their
files, every changed release verified against all of these, one transaction, the index. Whatever
does not verify stops it; the bytes are kept as evidence and the state stays as it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seawall.client.downloads import Progress, download
from seawall.client.errors import FeedRefused
from seawall.client.evidence import Watched, keep_evidence
from seawall.client.fetching import Source
from seawall.client.files import write_atomically
from seawall.client.home import locked
from seawall.client.incoming import Incoming, known_bins
from seawall.client.index import refresh_index
from seawall.client.install import Installed, install
from seawall.client.logs import LogView, view_log
from seawall.client.releases import log_of
from seawall.client.store import Store
from seawall.client.trusted import TRUST, NoRoot, TrustedFeed, open_feed
from seawall.formats.feed_trust import Trust, read_trust

CHECKPOINT = "checkpoint"
_MOST_PATCHES = 100
"""Patches come along with so many changed ones at most, unless all are asked for."""

Deliver = Callable[[Store, tuple[Installed, ...], datetime], int]
"""Writes receipts of what came, within the transaction; gives how many."""


class SyncRefused(FeedRefused):
    """The source does not verify; nothing changed. `evidence` is the folder with its bytes."""

    def __init__(self, sentence: str, *, evidence: Path) -> None:
        super().__init__(sentence)
        self.evidence = evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did. `releases` is how many are installed now; `no_longer_offered` are ids that
    stay installed although the feed lists them no more; `received` counts bytes as they came."""

    source: str
    first: bool
    installed: tuple[Installed, ...]
    no_longer_offered: tuple[str, ...]
    releases: int
    log_origin: str
    log_size: int
    witnesses: tuple[str, ...]
    expires_at: datetime
    requests: int
    received: int
    receipts: int


def _silent(what: str, done: int, total: int) -> None:
    pass


def sync(
    home: Path,
    source: Source,
    *,
    now: datetime,
    tell: Progress = _silent,
    patches: bool = False,
    deliver: Deliver | None = None,
) -> SyncReport:
    """Bring the store in `home` to what `source` offers now.

    `patches` fetches all of them. Raises SyncRefused (nothing changed), NoRoot, Unreachable (what
    came is kept), Busy, StoreBroken.
    """
    watched = Watched(source)
    with locked(home), Store.open(home) as store:
        try:
            return _Sync(home, store, watched, now, tell, deliver).run(patches=patches)
        except NoRoot:
            raise
        except FeedRefused as refused:
            files: Mapping[str, bytes] = getattr(refused, "evidence", {})
            folder = keep_evidence(home, str(refused), source=watched, now=now, files=files)
            raise SyncRefused(str(refused), evidence=folder) from None


@dataclass(slots=True)
class _Sync:
    home: Path
    store: Store
    source: Watched
    now: datetime
    tell: Progress
    deliver: Deliver | None

    def run(self, *, patches: bool) -> SyncReport:
        feed = open_feed(self.home, self.source, now=self.now)
        trust_text = (self.home / TRUST).read_text()
        again = trust_text != self.store.get("trust", trust_text)
        incoming = Incoming(self.store)
        changed = incoming.take(feed.bins(known_bins(self.store)), roles=feed.roles)
        if again:
            incoming.take_installed()
        if not (changed or again or self._is_news(feed)):
            return self._unchanged(feed)
        view = self._view(feed)
        count, _ = incoming.count_missing(patches=True)
        wants = patches or self.source.is_folder or count <= _MOST_PATCHES
        download(feed, self.store, incoming, patches=wants, tell=self.tell)
        return self._install(feed, view, incoming, again=again, trust_text=trust_text)

    def _is_news(self, feed: TrustedFeed) -> bool:
        """Whether the feed was signed anew since; then its log is looked at too."""
        return bool(self.store.get("versions") != dict(feed.versions))

    def _view(self, feed: TrustedFeed) -> LogView:
        """The log, which must continue the checkpoint seen before; it is remembered at once."""
        path = self.home / CHECKPOINT
        seen = path.read_text() if path.exists() else ""
        view = view_log(self.source, log_of(feed.trust), seen=seen)
        if view.checkpoint.text != seen:
            write_atomically(path, view.checkpoint.text.encode())
        return view

    def _install(
        self,
        feed: TrustedFeed,
        view: LogView,
        incoming: Incoming,
        *,
        again: bool,
        trust_text: str,
    ) -> SyncReport:
        store, now = self.store, self.now
        first = store.get("synced_at") is None
        generation = store.generation + 1
        with store.change():
            done = install(
                store,
                incoming,
                view=view,
                trust=feed.trust,
                again=again,
                generation=generation,
                tell=self.tell,
            )
            receipts = self.deliver(store, done, now) if self.deliver else 0
            store.put(
                trust=trust_text,
                versions=dict(feed.versions),
                generation=generation,
                log={
                    "origin": view.checkpoint.origin,
                    "size": view.checkpoint.size,
                    "witnesses": list(view.witnesses),
                },
            )
            self._note(feed)
            _forget_files(incoming)
        self.tell("Indexing", 0, 1)
        refresh_index(self.home, store)
        self.tell("Indexing", 1, 1)
        return self._report(feed, first=first, installed=done, receipts=receipts)

    def _unchanged(self, feed: TrustedFeed) -> SyncReport:
        with self.store.change():
            self._note(feed)
        return self._report(feed, first=False, installed=(), receipts=0)

    def _note(self, feed: TrustedFeed) -> None:
        self.store.put(
            synced_at=self.now.astimezone(UTC).isoformat(),
            expires_at=feed.expires_at.isoformat(),
            source=self.source.name,
        )

    def _report(
        self, feed: TrustedFeed, *, first: bool, installed: tuple[Installed, ...], receipts: int
    ) -> SyncReport:
        log = self.store.get("log")
        gone = [held.id for held in self.store.gone()]
        return SyncReport(
            source=self.source.name,
            first=first,
            installed=installed,
            no_longer_offered=tuple(gone),
            releases=self.store.count(),
            log_origin=log["origin"],
            log_size=log["size"],
            witnesses=tuple(log["witnesses"]),
            expires_at=feed.expires_at,
            requests=self.source.requests,
            received=self.source.received,
            receipts=receipts,
        )


def _forget_files(incoming: Incoming) -> None:
    incoming.forget_files()


def trust_in(store: Store) -> Trust:
    """Whom the feed trusts, as of the last sync."""
    return read_trust(store.get("trust").encode())
