"""What somebody who wants to follow the feed must know, read from the tree that is given out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from seawall.distribution import feeds
from seawall.feed.tree import Tree
from seawall.feed.tuf.files import newest_root_version, read_file, read_targets
from seawall.feed.tuf.roles import METADATA, TRUST, target_path
from seawall.formats.feed_trust import Trust, read_trust
from seawall.ledger import checkpoints
from seawall.ledger.models import Checkpoint

_PROVIDER = "csaf/provider-metadata.json"
_OSV = "osv/ecosystems.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The feed as it is given out now. `address` is "" while nobody said where it is reached."""

    address: str
    root_version: int
    root_digest: str
    """SHA-256 of the newest root metadata, hex: where a client's trust begins."""
    threshold: int
    """So many of the root's offline keys had to sign it."""
    root_keys: int
    fresh_until: datetime
    trust: Trust | None
    checkpoint: Checkpoint | None
    cosigned_by: tuple[str, ...]
    has_csaf: bool
    has_osv: bool

    def is_stale(self, now: datetime) -> bool:
        """Whether clients refuse it by now: nobody signed that it is the newest."""
        return self.fresh_until <= now


def following() -> Following | None:
    """The feed of this installation; None before its key ceremony."""
    tree = feeds.public().tree
    version = newest_root_version(tree)
    if version == 0 or not tree.exists(f"{METADATA}/timestamp.json"):
        return None
    raw = tree.read(f"{METADATA}/{version}.root.json")
    root = json.loads(raw)["signed"]
    signers = root["roles"]["root"]
    timestamp = json.loads(tree.read(f"{METADATA}/timestamp.json"))["signed"]
    newest = checkpoints.newest()
    return Following(
        address=settings.SEAWALL_FEED_URL,
        root_version=version,
        root_digest=hashlib.sha256(raw).hexdigest(),
        threshold=signers["threshold"],
        root_keys=len(signers["keyids"]),
        fresh_until=_moment(timestamp),
        trust=_trust(tree, timestamp),
        checkpoint=newest,
        cosigned_by=tuple(newest.cosignatures.values_list("witness", flat=True)) if newest else (),
        has_csaf=tree.exists(_PROVIDER),
        has_osv=tree.exists(_OSV),
    )


def _moment(signed: Mapping[str, Any]) -> datetime:
    return datetime.strptime(signed["expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _trust(tree: Tree, timestamp: Mapping[str, Any]) -> Trust | None:
    """trust.json as the newest targets name it; None when it cannot be read."""
    snapshot = read_file(tree, "snapshot", timestamp["meta"]["snapshot.json"]["version"])["signed"]
    targets = read_targets(tree, "targets", snapshot["meta"]["targets.json"]["version"]).signed
    named = targets.targets.get(TRUST)
    if named is None:
        return None
    return read_trust(tree.read(target_path(TRUST, named.hashes["sha256"])))
