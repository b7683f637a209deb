"""`seawall verify`: what a file is worth to who trusts a feed, and what could not be checked.

A file is known by what it holds: a release bundle, a patch or a document of a release (by its
sha256 in what was synced, or in a bundle given beside it), or a proof that an entry is in the log.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from seawall.client.errors import FeedRefused
from seawall.client.feeds import FeedState
from seawall.client.releases import SignedRelease, log_keys, log_of, open_release, prove_release
from seawall.client.store import Held, Part, Store
from seawall.formats.feed_trust import Trust
from seawall.formats.release_bundle import FORMAT
from seawall_verify import (
    Checkpoint,
    Proven,
    VerificationFailed,
    open_checkpoint,
    verify_proof,
)
from seawall_verify.proofs import HEADER, read_proof

_ID = re.compile(r"SEAWALL-[0-9]{4}-[0-9]{4,9}|CVE-[0-9]{4}-[0-9]{4,19}")
_LOOKED_THROUGH = 1 << 20
_MOST_IDS = 20


class Outcome(StrEnum):
    """What was found."""

    GENUINE = "genuine"
    SUPERSEDED = "superseded"
    """Genuine, and replaced by a newer revision."""
    REFUSED = "refused"
    """Not what anybody that the feed trusts has signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a file is. Without `GENUINE` or `SUPERSEDED` all but `kind` and `why` is empty;
    `not_checked` are sentences. `entry` is the number in the log `log`, -1 when unknown."""

    outcome: Outcome
    kind: str
    why: str = ""
    id: str = ""
    revision: int = 0
    newest: int = 0
    publisher: str = ""
    namespace: str = ""
    released_at: datetime | None = None
    log: str = ""
    entry: int = -1
    not_checked: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether one may act on it as the newest there is."""
        return self.outcome is Outcome.GENUINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a verification goes by: the store, whom it trusts, its state, and the log's newest
    checkpoint that was seen."""

    store: Store
    trust: Trust
    state: FeedState
    checkpoint: str
    now: datetime


def verify_file(data: bytes, *, name: str, known: Known, bundle: bytes | None = None) -> Verdict:
    """Say what the bytes of a file are. `bundle` is a release bundle that came with it."""
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(HEADER.encode()):
        return _of_proof(data, known, bundle)
    if _is_bundle(data):
        return _refusing(lambda: _of_bundle(data, known), "release bundle")
    if bundle is not None:
        return _refusing(lambda: _of_part(digest, name, bundle, known), _kind(name, data))
    if parts := known.store.parts(digest):
        return _of_held_part(parts, known)
    return _unknown(data, name, known)


def _refusing(verify: Callable[[], Verdict], kind: str) -> Verdict:
    try:
        return verify()
    except FeedRefused as refused:
        return Verdict(outcome=Outcome.REFUSED, kind=kind, why=str(refused))


def _of_bundle(data: bytes, known: Known) -> Verdict:
    release = open_release(data, trust=known.trust)
    proven = prove_release(release, trust=known.trust)
    return _of_release(release, proven, known, kind="release bundle")


def _of_part(digest: str, name: str, bundle: bytes, known: Known) -> Verdict:
    release = open_release(bundle, trust=known.trust)
    proven = prove_release(release, trust=known.trust)
    said = release.statement
    signed = {d: n for n, d in said.documents.items()} | dict.fromkeys(said.patches, "patch")
    if digest not in signed:
        raise FeedRefused(f"{name} is no document or patch of {said.id} revision {said.revision}")
    kind = "patch" if signed[digest] == "patch" else f"document {signed[digest]}"
    return _of_release(release, proven, known, kind=kind)


def _of_release(release: SignedRelease, proven: Proven, known: Known, *, kind: str) -> Verdict:
    """A release that its signature and its own proof verify, beside what is known of the feed."""
    said, held = release.statement, known.store.release_at(release.path)
    not_checked: list[str] = []
    same = held is not None and held.payload == release.payload
    former = held is not None and not same and _was_held(release, held, known)
    if not (same or former):
        _refuse_another(release, held)
        not_checked += _against_newest(release, proven, known)
    newest = max(held.revision if held else 0, said.revision)
    if held is None or held.revision < said.revision:
        not_checked.append(
            f"whether the feed offers it: the last sync ({known.state.synced_at:%Y-%m-%d %H:%M}"
            " UTC) did not see this revision"
        )
    return Verdict(
        outcome=Outcome.SUPERSEDED if newest > said.revision else Outcome.GENUINE,
        kind=kind,
        id=said.id,
        revision=said.revision,
        newest=newest,
        publisher=said.publisher,
        namespace=said.namespace,
        released_at=said.released_at,
        log=proven.checkpoint.origin,
        entry=release.index,
        not_checked=(*not_checked, *_freshness(known)),
    )


def _was_held(release: SignedRelease, held: Held, known: Known) -> bool:
    payload = known.store.former_payload(held.path, release.statement.revision)
    return payload == release.payload


def _refuse_another(release: SignedRelease, held: Held | None) -> None:
    """Two statements that are the same revision cannot both be genuine."""
    said = release.statement
    if held is not None and held.revision == said.revision:
        raise FeedRefused(
            f"it is signed, but the feed holds another revision {said.revision} of {said.id}:"
            " somebody signs two histories"
        )


def _against_newest(release: SignedRelease, proven: Proven, known: Known) -> list[str]:
    """What the checkpoint of the proof and the one that was seen can say of each other alone."""
    seen = _seen(known)
    own = proven.checkpoint
    if seen is not None and seen.size == own.size:
        if seen.root != own.root:
            raise FeedRefused(
                f"the log was forked: its checkpoint of {own.size} entries in this file is not"
                " the one that was seen in the feed"
            )
        return []
    return ["whether the log of the last sync continues the one in its proof: sync, then ask again"]


def _of_held_part(parts: tuple[Part, ...], known: Known) -> Verdict:
    """A document or patch of releases that were verified when they were synced."""
    installed = [(part, known.store.release_at(part.path)) for part in parts]
    there = [(part, held) for part, held in installed if held is not None]
    part, held = next((each for each in there if each[0].revision == each[1].revision), there[0])
    current = held.revision == part.revision
    at, index = held.released_at, held.log_index
    if not current:
        at, index = known.store.former_place(part.path, part.revision) or (at, index)
    kind = "patch" if part.name.endswith(".patch") else f"document {part.name}"
    return Verdict(
        outcome=Outcome.GENUINE if current else Outcome.SUPERSEDED,
        kind=kind,
        id=held.id,
        revision=part.revision,
        newest=held.revision,
        publisher=held.publisher,
        namespace=held.namespace,
        released_at=at,
        log=log_of(known.trust).origin,
        entry=index,
        not_checked=_freshness(known),
    )


def _of_proof(data: bytes, known: Known, bundle: bytes | None) -> Verdict:
    """A proof on its own: about a release that is held or given, by the entry it points at."""
    kind = "log proof"
    try:
        text = data.decode()
        index = read_proof(text).index
        held = known.store.release_of_entry(index)
        whole = bundle or (known.store.file(held.sha256) if held else None)
        if whole is None:
            raise FeedRefused(f"no release that was synced is entry {index}; give it with --bundle")
        release = open_release(whole, trust=known.trust)
        log = log_of(known.trust)
        proven = verify_proof(text, entry=release.leaf, keys=log_keys(log), origin=log.origin)
    except (VerificationFailed, UnicodeDecodeError) as bad:
        return Verdict(outcome=Outcome.REFUSED, kind=kind, why=str(bad))
    except FeedRefused as refused:
        return Verdict(outcome=Outcome.REFUSED, kind=kind, why=str(refused))
    return _refusing(lambda: _of_release(release, proven, known, kind=kind), kind)


def _unknown(data: bytes, name: str, known: Known) -> Verdict:
    kind = _kind(name, data)
    for id in _ids_in(data):
        held = known.store.release(id)
        if held is not None:
            why = (
                f"it names {held.id}, but is not, byte for byte, a document that was signed with"
                f" any revision of it up to {held.revision}"
            )
            return Verdict(outcome=Outcome.REFUSED, kind=kind, why=why)
    why = f"nothing that was synced from the feed {known.state.name} has this content"
    return Verdict(outcome=Outcome.REFUSED, kind=kind, why=why)


def _freshness(known: Known) -> tuple[str, ...]:
    if known.state.is_expired(known.now):
        return (
            f"whether anything newer was published: the feed expired on"
            f" {known.state.expires_at:%Y-%m-%d %H:%M} UTC; run seawall sync",
        )
    return ()


def _seen(known: Known) -> Checkpoint | None:
    log = log_of(known.trust)
    if not known.checkpoint:
        return None
    try:
        return open_checkpoint(known.checkpoint, keys=log_keys(log), origin=log.origin)
    except VerificationFailed:
        return None


def _is_bundle(data: bytes) -> bool:
    return data[:1] == b"{" and f'"format":"{FORMAT}"'.encode() in data.replace(b" ", b"")


def _kind(name: str, data: bytes) -> str:
    if name.endswith((".patch", ".diff")) or data.startswith((b"--- ", b"diff ")):
        return "patch"
    return "document" if data.lstrip()[:1] == b"{" else "file"


def _ids_in(data: bytes) -> list[str]:
    """The releases that a text names, and the id of a CVE record."""
    text = data[:_LOOKED_THROUGH].decode("utf-8", "replace")
    return list(dict.fromkeys(_ID.findall(text)))[:_MOST_IDS]


def read_checkpoint(home: Path) -> str:
    """The newest checkpoint of the log that was seen; "" when none was."""
    path = home / "checkpoint"
    return path.read_text() if path.exists() else ""
