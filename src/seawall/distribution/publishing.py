"""Bringing releases into the public tree, with the log that holds them, in one change.

The tree is the truth: what is in it is published, whatever the rows say, and they follow. So a
process that is killed anywhere leaves the tree before or after a change, and the next run ends
where this one would have. Until the first key ceremony releases wait, and nothing is lost.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from seawall.advisories.drafts import publisher
from seawall.advisories.models import Release
from seawall.advisories.releases import patches_of
from seawall.core.feed_paths import patch_path, publisher_slug, release_path
from seawall.distribution import feeds, trust_events
from seawall.distribution.log_files import LogRefused, checkpoint_to_publish, write_log
from seawall.distribution.models import FeedState, Published
from seawall.distribution.shown import published_release
from seawall.feed.provider import Provider
from seawall.feed.published_tree import NotPublic, render
from seawall.feed.tree import Draft, TreeConflict
from seawall.feed.tuf.edit import NotFounded
from seawall.feed.tuf.places import Feed
from seawall.feed.tuf.roles import metadata_path, target_path
from seawall.ledger import actions as ledger
from seawall.ledger import checkpoints
from seawall.ledger.models import Checkpoint
from seawall.signing.keys import KeyUnusable
from seawall.signing.openpgp import OpenPgpKey
from seawall.vocab.actors import LOCAL, Actor
from seawall.vocab.errors import BadInput

BATCH = 200
"""Releases in one change of the tree."""
_NAMED = 100
"""Releases that one event names at most."""
_MENDABLE = (NotFounded, KeyUnusable, BadInput, NotPublic, LogRefused, TreeConflict, OSError)


class FeedWaits(RuntimeError):
    """Nothing was published; the message says what to mend. Releases wait, none is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run did: which releases came into the tree ("SEAWALL-2026-0001 revision 1"), which
    roles were signed, and how many releases still wait (for witnesses)."""

    published: tuple[str, ...]
    roles: tuple[str, ...]
    waiting: int


def publish_due(*, by: Actor = LOCAL, now: datetime, force: bool = False) -> Report:
    """Publish every release that is not in the tree and sign anew what ends soon (`force`: all
    of it). Raises FeedWaits, or TreeBusy, after which retrying helps."""
    try:
        report = _publish_due(by=by, now=now, force=force)
    except _MENDABLE as error:
        _note(now=now, problem=str(error))
        raise FeedWaits(str(error)) from error
    return report


def is_founded(feed: Feed) -> bool:
    """Whether a key ceremony founded the feed."""
    return feed.tree.exists(metadata_path("timestamp", 0))


def waiting() -> QuerySet[Release]:
    """Releases of which no row says that they were published, oldest first."""
    return Release.objects.filter(published=None).order_by("event_index")


def _publish_due(*, by: Actor, now: datetime, force: bool) -> Report:
    feed = feeds.public()
    if not is_founded(feed):
        raise NotFounded
    with transaction.atomic():
        trust_events.catch_up(feed, opaque=False, by=by, now=now)
    provider = provider_here()
    checkpoint = checkpoint_to_publish(feed.repository.current().trust)
    rows = _due(feed, covered=checkpoint.size if checkpoint else 0)
    batches = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)] or [[]]
    roles: list[str] = []
    for batch in batches:
        with feed.tree.change() as draft:
            roles += _write(feed, draft, batch, provider, checkpoint, now=now)
            if batch is batches[-1]:
                roles += feed.repository.refresh(draft=draft, now=now, force=force).roles
        _follow(feed, batch, by=by, now=now)
    feed.promote()
    return Report(
        published=tuple(_name(release) for release in rows),
        roles=tuple(dict.fromkeys(roles)),
        waiting=waiting().count(),
    )


def _due(feed: Feed, *, covered: int) -> list[Release]:
    """The newest release of each advisory that is not in the tree and that the log's published
    checkpoint will cover. When somebody else changed the tree, all are looked up in it."""
    state = FeedState.objects.first()
    rows = Release.objects.select_related("revision__advisory", "published")
    if state is not None and state.tree_version == feed.tree.version:
        rows = rows.filter(published=None)
    newer = Release.objects.filter(
        revision__advisory=OuterRef("revision__advisory"),
        revision__number__gt=OuterRef("revision__number"),
        event_index__lt=covered,
    )
    rows = rows.filter(~Exists(newer), event_index__lt=covered).order_by("event_index")
    return [row for row in rows.iterator() if not (_is_marked(row) and _is_in(feed, row))]


def _write(
    feed: Feed,
    draft: Draft,
    batch: Sequence[Release],
    provider: Provider,
    checkpoint: Checkpoint | None,
    *,
    now: datetime,
) -> tuple[str, ...]:
    """Write releases, the log and every view of them into a change; the roles that were signed."""
    targets: dict[str, bytes | None] = {}
    for release in batch:
        slug = _slug(release)
        targets[_path(release)] = release.bundle.encode()
        for digest, content in patches_of(release).items():
            targets[patch_path(slug, digest)] = content
    roles = feed.repository.change(targets, draft=draft, now=now).roles
    if checkpoint is not None:
        write_log(draft, checkpoint)

    def read(path: str) -> bytes | None:
        return draft.read(path) if draft.exists(path) else None

    shown = [published_release(release) for release in batch]
    for path, data in render(shown, provider=provider, read=read, now=now).items():
        if data is None:
            draft.remove(path)
        else:
            draft.put(path, data)
    return roles


@transaction.atomic
def _follow(feed: Feed, batch: Sequence[Release], *, by: Actor, now: datetime) -> None:
    """Let the rows say what the tree shows now, and the ledger that it was published."""
    state = feed.repository.state()
    snapshot, timestamp = state.role("snapshot"), state.role("timestamp")
    fresh = []
    for release in batch:
        versions = {
            "snapshot_version": snapshot.version if snapshot else 0,
            "timestamp_version": timestamp.version if timestamp else 0,
            "target_digest": _digest(release),
        }
        _, is_new = Published.objects.update_or_create(
            release=release, defaults=versions, create_defaults=versions | {"at": now}
        )
        fresh += [release] if is_new else []
        _mark_replaced(release, versions, now)
    if fresh:
        facts = {
            "releases": [_name(release) for release in fresh[:_NAMED]],
            "count": len(fresh),
            "snapshot": snapshot.version if snapshot else 0,
            "timestamp": timestamp.version if timestamp else 0,
        }
        ledger.record(
            by=by, what="feed.published", on=f"feed:{_slug(fresh[0])}", facts=facts, at=now
        )
    _note(now=now, tree_version=feed.tree.version)


def _mark_replaced(release: Release, versions: dict[str, int | str], now: datetime) -> None:
    """Earlier revisions that never came into the tree need not come any more."""
    earlier = Release.objects.filter(
        revision__advisory=release.revision.advisory,
        revision__number__lt=release.revision.number,
        published=None,
    )
    for row in earlier:
        more = versions | {"target_digest": _digest(row), "replaced": True}
        Published.objects.create(release=row, at=now, **more)


def _note(*, now: datetime, problem: str = "", tree_version: int | None = None) -> None:
    """Remember what this attempt came to."""
    row = FeedState.objects.first() or FeedState(tried_at=now)
    if tree_version is not None and tree_version != row.tree_version:
        row.tree_version, row.changed_at = tree_version, now
    row.tried_at, row.problem = now, problem
    row.save()


def provider_here() -> Provider:
    """Who provides the tree, as the settings say; the OpenPGP key is made with the first."""
    who = publisher()
    user = f"{who.name} <{address}>" if (address := _address(who.contact)) else who.name
    key = OpenPgpKey.ensure(Path(settings.SEAWALL_HOME) / "keys" / "openpgp.asc", user)
    return Provider(
        publisher=who,
        url=settings.SEAWALL_FEED_URL,
        key=key,
        log_key=checkpoints.log_key().text,
    )


def _address(contact: str) -> str:
    words = contact.replace("mailto:", " ").split()
    return next((word.strip("<>,;.") for word in words if "@" in word), "")


def _is_marked(release: Release) -> bool:
    return hasattr(release, "published")


def _is_in(feed: Feed, release: Release) -> bool:
    return feed.tree.exists(target_path(_path(release), _digest(release)))


def _path(release: Release) -> str:
    return release_path(_slug(release), release.revision.advisory.public_id)


def _slug(release: Release) -> str:
    return publisher_slug(settings.SEAWALL_PUBLISHER_NAME)


def _digest(release: Release) -> str:
    return hashlib.sha256(release.bundle.encode()).hexdigest()


def _name(release: Release) -> str:
    revision = release.revision
    return f"{revision.advisory.public_id} revision {revision.number}"
