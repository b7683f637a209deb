"""The first root and targets of a feed, and their next versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from securesystemslib.signer import SSlibKey
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    Role,
    Root,
    TargetFile,
    Targets,
)

from seawall.feed.tuf.installation import Installation
from seawall.feed.tuf.keys import tuf_key
from seawall.feed.tuf.papers import Current, Papers
from seawall.feed.tuf.roles import TRUST, Lifetimes
from seawall.formats.feed_trust import write_trust
from seawall.vocab.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """Offline keys of a role, and how many of them must sign."""

    keys: Sequence[SSlibKey]
    threshold: int

    def __post_init__(self) -> None:
        count = len({key.keyid for key in self.keys})
        if count < len(self.keys):
            raise BadInput("the same key twice", mend="every holder has a key of its own")
        if not 1 <= self.threshold <= count:
            raise BadInput(
                f"{self.threshold} of {count} keys cannot be asked for",
                mend="name more keys or ask for fewer signatures",
            )


def found(
    installation: Installation,
    *,
    root: Holders,
    targets: Holders,
    now: datetime,
    lifetimes: Lifetimes | None = None,
) -> Papers:
    """Papers of the first ceremony: a root, targets that entrust the publisher, and trust.json."""
    lives = lifetimes or Lifetimes()
    online = installation.online
    first = Root(version=1, expires=now + lives.root, consistent_snapshot=True)
    for role, holders in (("root", root), ("targets", targets)):
        set_holders(first, role, holders)
    for role in ("snapshot", "timestamp"):
        first.roles[role] = Role([], 1)
        first.add_key(tuf_key(online[role]), role)
    trust = write_trust(installation.trust)
    top = Targets(version=1, expires=now + lives.targets)
    top.delegations = _delegations(installation.paths, tuf_key(online["publisher"]))
    name_trust(top, trust)
    return Papers(
        why="A new feed",
        former=Current(),
        root=Metadata(first),
        targets=Metadata(top),
        trust=trust,
    )


def set_holders(root: Root, role: str, holders: Holders) -> None:
    """Give a role to these keys alone; keys that no role needs any more are forgotten."""
    root.roles[role] = Role([key.keyid for key in holders.keys], holders.threshold)
    root.keys.update({key.keyid: key for key in holders.keys})
    used = {id for each in root.roles.values() for id in each.keyids}
    root.keys = {id: key for id, key in root.keys.items() if id in used}


def name_trust(targets: Targets, trust: bytes) -> None:
    """Let targets name this trust.json."""
    targets.targets[TRUST] = TargetFile.from_data(TRUST, trust)


def _delegations(paths: Mapping[str, list[str]], key: SSlibKey) -> Delegations:
    roles = {
        name: DelegatedRole(name, [key.keyid], 1, terminating=True, paths=list(patterns))
        for name, patterns in paths.items()
    }
    return Delegations({key.keyid: key}, roles)
