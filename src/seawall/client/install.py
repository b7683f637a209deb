"""Verified releases become the installed ones: every check of one release against the log and
against what was installed before, and the rows that change."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seawall.client.downloads import Progress
from seawall.client.errors import FeedRefused
from seawall.client.incoming import Incoming
from seawall.client.logs import LogView
from seawall.client.releases import SignedRelease, open_release, prove_release
from seawall.client.store import Held, Store
from seawall.formats.feed_trust import Trust
from seawall.formats.release_bundle import ReleaseBundle
from seawall_verify import leaf_hash


class ReleaseRefused(FeedRefused):
    """A release does not verify; `evidence` is its bundle, by name."""

    def __init__(self, sentence: str, *, evidence: dict[str, bytes]) -> None:
        super().__init__(sentence)
        self.evidence = evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A release that came or changed; `before` is the revision it replaces, 0 when it is new."""

    id: str
    revision: int
    payload: str
    before: int = 0


def install(
    store: Store,
    incoming: Incoming,
    *,
    view: LogView,
    trust: Trust,
    again: bool,
    generation: int,
    tell: Progress,
) -> tuple[Installed, ...]:
    """Verify every changed release (all offered ones when `again`) and make them the installed
    ones, with the bins that name them; within a change of `store`. Raises ReleaseRefused."""
    wanted = list(incoming.changed_releases(again=again))
    made = []
    for done, each in enumerate(wanted, 1):
        data = store.file(each.info.sha256) or b""
        held = store.release_at(each.path)
        try:
            release = verify_against(data, path=each.path, trust=trust, view=view, held=held)
        except FeedRefused as refused:
            name = each.path.rpartition("/")[2]
            raise ReleaseRefused(str(refused), evidence={name: data}) from None
        statement = release.statement
        if held is None or held.payload != release.payload:
            before = held.revision if held else 0
            made.append(
                Installed(
                    id=statement.id,
                    revision=statement.revision,
                    payload=release.payload,
                    before=before,
                )
            )
        _write(store, release, sha256=each.info.sha256, held=held, generation=generation)
        tell("Verifying", done, len(wanted))
    for path in incoming.withdrawn():
        store.db.execute("UPDATE releases SET offered = 0 WHERE path = ?", (path,))
    incoming.install()
    return tuple(made)


def verify_against(
    data: bytes, *, path: str, trust: Trust, view: LogView, held: Held | None
) -> SignedRelease:
    """A release, verified wholly: signed, proven, in the log of today, and a successor of the
    revision that is installed. Raises FeedRefused."""
    release = open_release(data, trust=trust, path=path)
    prove_release(release, trust=trust)
    if view.leaf_hash(release.index) != leaf_hash(release.leaf):
        raise FeedRefused(
            f"{release.statement.id} revision {release.statement.revision} is not what the log"
            f" holds as entry {release.index}"
        )
    if held is not None:
        _check_successor(release, held)
    return release


def _check_successor(release: SignedRelease, held: Held) -> None:
    said = release.statement
    if said.revision < held.revision:
        raise FeedRefused(
            f"the feed offers revision {said.revision} of {said.id}, older than the installed"
            f" revision {held.revision}"
        )
    if said.revision == held.revision and release.payload != held.payload:
        raise FeedRefused(f"the feed offers another revision {said.revision} of {said.id}")
    if said.revision == held.revision + 1 and said.replaces != held.payload:
        raise FeedRefused(
            f"revision {said.revision} of {said.id} does not replace the installed revision"
            f" {held.revision}"
        )
    if said.revision > held.revision and release.index <= held.log_index:
        raise FeedRefused(
            f"revision {said.revision} of {said.id} stands in the log before revision"
            f" {held.revision}"
        )


def _write(
    store: Store, release: SignedRelease, *, sha256: str, held: Held | None, generation: int
) -> None:
    said, path = release.statement, release.path
    if held is not None and held.revision != said.revision:
        store.db.execute(
            "INSERT OR REPLACE INTO former VALUES (?, ?, ?, ?, ?)",
            (path, held.revision, held.payload, held.released_at.isoformat(), held.log_index),
        )
        store.db.execute("DELETE FROM names WHERE path = ?", (path,))
    store.db.execute(
        "INSERT OR REPLACE INTO releases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
        (
            path,
            said.id,
            said.revision,
            bytes.fromhex(sha256),
            release.payload,
            said.publisher,
            said.namespace,
            said.released_at.isoformat(),
            release.index,
            generation,
        ),
    )
    store.db.executemany(
        "INSERT OR IGNORE INTO names VALUES (?, ?)",
        [(name.upper(), path) for name in {said.id, *names_in(release.bundle)}],
    )
    signed = [*((d, name) for name, d in said.documents.items())]
    signed += [(digest, f"{digest}.patch") for digest in said.patches]
    store.db.executemany(
        "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)",
        [(bytes.fromhex(digest), path, said.revision, name) for digest, name in signed],
    )


def names_in(bundle: ReleaseBundle) -> Iterator[str]:
    """Other names of the vulnerability: the OSV record's aliases, the CVE record's id."""
    for name, text in bundle.documents.items():
        if name.endswith(".osv.json"):
            aliases: Any = json.loads(text).get("aliases")
            yield from (each for each in aliases or () if isinstance(each, str))
        elif name.startswith("CVE-"):
            yield name.removesuffix(".json")
