"""Opening a feed: from the root that the user trusts to files whose bytes are as signed.

Top-level roles are python-tuf's updater's (TUF specification 5.3–5.6, with its memory of what
was seen); delegated ones `client.delegated`'s. Nothing here installs anything: whoever reads
bins and files decides what to keep, after every one of them was given without FeedRefused.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from tuf.api import exceptions as tuf
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.ngclient import Updater, UpdaterConfig

from seawall.client.delegated import (
    MAX_METADATA,
    MAX_PUBLISHERS,
    Bin,
    Delegation,
    Seen,
    TargetInfo,
    bins_of,
    check_fresh,
    delegation_of,
    files_of,
    verified,
)
from seawall.client.errors import FeedRefused, NotThere
from seawall.client.fetching import Source, SourceFetcher
from seawall.client.files import write_atomically
from seawall.formats.bounded import parse_json
from seawall.formats.feed_trust import Trust, read_trust
from seawall.vocab.errors import BadInput

METADATA, TARGETS = "tuf/metadata", "tuf/targets"
TRUST = "trust.json"
MAX_ROOT = 512_000
MAX_TRUST = 1 << 20
CLOCK_SLACK = timedelta(hours=1)
"""How far a clock may fall behind the time of the last sync before it is not believed."""

_CONFIG = UpdaterConfig(root_max_length=MAX_ROOT, timestamp_max_length=65_536)
_S = TypeVar("_S", Root, Timestamp, Snapshot, Targets)


class NoRoot(FeedRefused):
    """No root is trusted yet, so nothing can be verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A file that holds many others, for who begins: zstd of JSON lines {"path", "text"}."""

    path: str
    info: TargetInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedFeed:
    """A feed whose top-level roles and publishers are verified as of now.

    `expires_at`: when the first of them expires. `roles`: the names of all bins there are.
    """

    trust: Trust
    expires_at: datetime
    versions: Mapping[str, int]
    _source: Source = field(repr=False)
    _now: datetime = field(repr=False)
    _bins: Mapping[str, tuple[list[Delegation], str]] = field(repr=False)
    _packs: tuple[Delegation, ...] = field(repr=False)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(each.role for bins, _ in self._bins.values() for each in bins)

    def bins(self, known: Mapping[str, Seen] | None = None) -> Iterator[Bin]:
        """Every bin that is not `known` as the same already, verified, one at a time.

        Raises FeedRefused (also for a known one that has expired), Unreachable.
        """
        known = known or {}
        for publisher, (bins, keys) in self._bins.items():
            for each in bins:
                before = known.get(each.role)
                if before and before.keys == keys and _is_same(each, before, self._now):
                    continue
                yield self._bin(publisher, each, keys)

    def _bin(self, publisher: str, of: Delegation, keys: str) -> Bin:
        read = verified(_metadata(self._source, of), of, now=self._now)
        if read.delegations is not None:
            raise FeedRefused(f"the bin {of.role} delegates further")
        seen = Seen(version=read.version, expires_at=_utc(read.expires), keys=keys)
        return Bin(role=of.role, publisher=publisher, seen=seen, targets=files_of(read, of))

    def packs(self) -> tuple[Pack, ...]:
        """The files for who begins; none when the feed has none. They are a quicker way to the
        same bytes: what is in them counts only where a bin names it."""
        found = []
        for of in self._packs:
            read = verified(_metadata(self._source, of), of, now=self._now)
            found += [Pack(path=path, info=info) for path, info in files_of(read, of).items()]
        return tuple(found)

    def fetch(self, path: str, info: TargetInfo) -> bytes:
        """The bytes of a file that a bin or `packs` named; raises FeedRefused, Unreachable."""
        return _target(self._source, path, info)


def open_feed(home: Path, source: Source, *, now: datetime) -> TrustedFeed:
    """Verify what `source` gives, as of `now`, beginning with `home`/root.json.

    Keeps in `home` what was verified, so that nothing older is ever taken again. One at a time
    per home. Raises NoRoot, FeedRefused, Unreachable.
    """
    clock = home / "clock"
    check_clock(clock, now)
    folder = home / "metadata"
    _refresh(home, folder, source, now)
    root, timestamp = _load(folder, Root), _load(folder, Timestamp)
    snapshot, targets = _load(folder, Snapshot), _load(folder, Targets)
    trust = _trust(home, source, targets)
    bins, packs = {}, []
    for slug in (each.slug for each in trust.publishers):
        publisher = delegation_of(targets, snapshot, slug)
        if publisher is None:
            raise FeedRefused(f"the publisher {slug} is trusted, but nothing delegated to it")
        read = _remembered(folder, source, publisher, now)
        files_of(read, publisher)
        bins[slug] = bins_of(read, snapshot, publisher)
        if pack := delegation_of(targets, snapshot, f"{slug}-packs"):
            packs.append(pack)
    check_names(bins)
    write_atomically(clock, now.astimezone(UTC).isoformat().encode())
    return TrustedFeed(
        trust=trust,
        expires_at=min(_utc(each.expires) for each in (root, timestamp, snapshot, targets)),
        versions={each.type: each.version for each in (root, timestamp, snapshot, targets)},
        _source=source,
        _now=now,
        _bins=bins,
        _packs=tuple(packs),
    )


def trust_root(home: Path, data: bytes) -> None:
    """Begin to trust a feed by its root metadata, which the user has from elsewhere.

    Raises FeedRefused when it is no root that its own keys have signed, or another is trusted
    already.
    """
    _read_root(data)
    path = home / "root.json"
    if path.exists() and path.read_bytes() != data:
        raise FeedRefused(f"{home} trusts another root already; remove that folder to begin anew")
    home.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)


def root_with_digest(source: Source, digest: str) -> bytes:
    """The root metadata of the source whose SHA-256 is `digest` (hexadecimal), which the user
    has from elsewhere. Raises FeedRefused when none is, Unreachable."""
    for version in range(1, _CONFIG.max_root_rotations):
        try:
            data = source.read(f"{METADATA}/{version}.root.json", limit=MAX_ROOT)
        except NotThere:
            break
        if sha256(data).hexdigest() == digest.lower():
            return data
    raise FeedRefused(f"{source.name} has no root with the SHA-256 {digest:.64}")


def _read_root(data: bytes) -> None:
    try:
        parse_json(data, max_bytes=MAX_ROOT, max_depth=12, max_nodes=20_000)
        read = Metadata[Root].from_bytes(data)
        if not isinstance(read.signed, Root):
            raise FeedRefused("that is no root metadata")
        read.signed.verify_delegate(Root.type, read.signed_bytes, read.signatures)
    except (BadInput, tuf.RepositoryError, ValueError) as error:
        raise FeedRefused(f"the root does not verify: {error}") from None


class _StrictFetcher(SourceFetcher):
    """Gives python-tuf only JSON that can be read in one way."""

    def download_bytes(self, url: str, max_length: int) -> bytes:
        data = super().download_bytes(url, max_length)
        try:
            parse_json(data, max_bytes=max_length, max_depth=12, max_nodes=500_000)
        except BadInput as bad:
            name = url.rpartition("/")[2]
            raise FeedRefused(f"{name} cannot be read: {bad.what}") from None
        return data


def _refresh(home: Path, folder: Path, source: Source, now: datetime) -> None:
    try:
        trusted = (home / "root.json").read_bytes()
    except FileNotFoundError:
        raise NoRoot(f"no root of {source.name} is trusted yet") from None
    folder.mkdir(parents=True, exist_ok=True)
    with _in_words():
        updater = Updater(
            str(folder),
            f"{SourceFetcher.BASE}{METADATA}/",
            fetcher=_StrictFetcher(source),
            config=_CONFIG,
            bootstrap=trusted,
        )
        # The updater asks the machine's clock; `now` was checked, and is what callers decide by.
        updater._trusted_set.reference_time = now
        updater.refresh()


@contextmanager
def _in_words() -> Iterator[None]:
    """What python-tuf refuses, as one sentence that says what it means for who reads it."""
    try:
        yield
    except tuf.DownloadHTTPError as error:
        raise NotThere(f"the feed is not complete: {error}") from None
    except tuf.ExpiredMetadataError as error:
        raise FeedRefused(
            f"the feed is out of date: {error}; the mirror is stale, or something withholds news"
        ) from None
    except tuf.BadVersionNumberError as error:
        raise FeedRefused(f"the feed gives older metadata than was seen before: {error}") from None
    except tuf.UnsignedMetadataError as error:
        raise FeedRefused(f"the feed is not signed by enough of its keys: {error}") from None
    except tuf.LengthOrHashMismatchError as error:
        raise FeedRefused(f"parts of the feed do not belong together: {error}") from None
    except tuf.RepositoryError as error:
        raise FeedRefused(f"the feed does not verify: {error}") from None


def _load(folder: Path, kind: type[_S]) -> _S:
    """What the updater has just verified and kept."""
    return Metadata[_S].from_file(str(folder / f"{kind.type}.json")).signed


def _trust(home: Path, source: Source, targets: Targets) -> Trust:
    target = targets.targets.get(TRUST)
    if target is None or "sha256" not in target.hashes or target.length > MAX_TRUST:
        raise FeedRefused(f"the feed has no {TRUST} that says whom it trusts")
    info = TargetInfo(length=target.length, sha256=target.hashes["sha256"])
    kept = home / TRUST
    data = kept.read_bytes() if kept.exists() else b""
    if sha256(data).hexdigest() != info.sha256:
        data = _target(source, TRUST, info)
        write_atomically(kept, data)
    try:
        trust = read_trust(data)
    except BadInput as bad:
        raise FeedRefused(f"{TRUST} cannot be used: {bad}") from None
    if len(trust.publishers) > MAX_PUBLISHERS:
        raise FeedRefused(f"{TRUST} names more than {MAX_PUBLISHERS} publishers")
    return trust


def _remembered(folder: Path, source: Source, of: Delegation, now: datetime) -> Targets:
    """A publisher's role: as kept when that is still what the snapshot names, else read anew."""
    kept = folder / f"{of.role}.json"
    if kept.exists():
        try:
            return verified(kept.read_bytes(), of, now=now)
        except FeedRefused:
            pass
    data = _metadata(source, of)
    read = verified(data, of, now=now)
    write_atomically(kept, data)
    return read


def _metadata(source: Source, of: Delegation) -> bytes:
    path = f"{METADATA}/{of.meta.version}.{of.role}.json"
    return source.read(path, limit=min(of.limit, MAX_METADATA))


def _target(source: Source, path: str, info: TargetInfo) -> bytes:
    folder, _, name = path.rpartition("/")
    place = "/".join(filter(None, (TARGETS, folder, f"{info.sha256}.{name}")))
    data = source.read(place, limit=info.length)
    check_bytes(data, path, info)
    return data


def check_bytes(data: bytes, path: str, info: TargetInfo) -> None:
    """Refuse other bytes than those that were signed."""
    if len(data) != info.length or sha256(data).hexdigest() != info.sha256:
        raise FeedRefused(f"{path} is not what was signed")


def check_names(bins: Mapping[str, tuple[list[Delegation], str]]) -> None:
    """No role may stand for two: names of bins and publishers are all different."""
    names = [*bins, *(each.role for made, _ in bins.values() for each in made)]
    if len(set(names)) != len(names):
        raise FeedRefused("two roles of the feed bear the same name")


def check_clock(path: Path, now: datetime) -> None:
    if not path.exists():
        return
    seen = datetime.fromisoformat(path.read_text())
    if now < seen - CLOCK_SLACK:
        raise FeedRefused(
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, but the feed was synced at"
            f" {seen:%Y-%m-%d %H:%M} UTC already; set the clock right, or remove {path} if it was"
            " wrong then"
        )


def _is_same(of: Delegation, before: Seen, now: datetime) -> bool:
    """Whether a bin is the one that is known, of the same keys."""
    if of.meta.version < before.version:
        raise FeedRefused(
            f"{of.role} is offered in version {of.meta.version}, older than the installed"
            f" {before.version}"
        )
    if of.meta.version != before.version:
        return False
    check_fresh(of.role, before.expires_at, now)
    return True


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
