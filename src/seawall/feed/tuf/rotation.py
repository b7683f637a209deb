"""Papers for what changes in the life of a feed: keys replaced, lives renewed, trust altered.

    plan = Plan(repository.current(), now=now)
    plan.online("snapshot", key)
    papers = plan.papers("Another key for snapshots")

Nothing is changed before the offline holders signed the papers and they are taken in.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Metadata, Root, Targets

from seawall.feed.tuf.founding import Holders, name_trust, set_holders
from seawall.feed.tuf.keys import tuf_key
from seawall.feed.tuf.papers import Current, Papers
from seawall.feed.tuf.publishers import delegated_roles
from seawall.feed.tuf.roles import Lifetimes
from seawall.formats.feed_trust import ReleaseKey, Trust, read_trust, write_trust
from seawall.signing.keys import PublicKey
from seawall.vocab.errors import BadInput

HELD = ("root", "targets")
_SHORTEST_ID = 4


class Plan:
    """What is to change; several changes may go into the same papers."""

    def __init__(
        self, current: Current, *, now: datetime, lifetimes: Lifetimes | None = None
    ) -> None:
        if current.root is None or current.targets is None or current.trust is None:
            raise BadInput("there is no feed yet", mend="`seawall feed ceremony` founds one")
        self.trust: Trust = read_trust(current.trust)
        self._current = current
        self._now = now
        self._lives = lifetimes or Lifetimes()
        self._root: Root = Root.from_dict(_copied(current.root.signed))
        self._targets: Targets = Targets.from_dict(_copied(current.targets.signed))
        self._changed: set[str] = set()

    def renew(self) -> None:
        """Root and targets as they are, with new lives."""
        self._changed |= set(HELD)

    def holders(
        self,
        role: str,
        *,
        add: Sequence[SSlibKey] = (),
        remove: Collection[str] = (),
        threshold: int | None = None,
    ) -> None:
        """Other offline keys for "root" or "targets"; `remove` are key ids or their beginnings."""
        held = self._root.roles[role]
        gone = {_one_of(held.keyids, id) for id in remove}
        kept = [self._root.get_key(id) for id in held.keyids if id not in gone]
        keys = [key for key in kept if isinstance(key, SSlibKey)]
        new = Holders(keys=[*keys, *add], threshold=threshold or held.threshold)
        set_holders(self._root, role, new)
        self._changed |= {"root", role}

    def remove_holder(self, id: str, *, add: Sequence[SSlibKey] = ()) -> None:
        """Take an offline key out of every role that it may sign, and put others in its place."""
        roles = [role for role in HELD if _found(self._root.roles[role].keyids, id)]
        if not roles:
            raise BadInput("no holder's key has an id that begins so", where=id)
        for role in roles:
            self.holders(role, add=add, remove=[id])

    def online(self, role: str, key: PublicKey) -> None:
        """Another online key for "snapshot", "timestamp" or "publisher"."""
        new = tuf_key(key)
        if role != "publisher":
            set_holders(self._root, role, Holders(keys=[new], threshold=1))
            self._changed.add("root")
            return
        delegations = self._targets.delegations
        if delegations is None:
            raise BadInput("these targets entrust nobody")
        delegations.keys = {new.keyid: new}
        for entrusted in delegated_roles(self._targets):
            entrusted.keyids, entrusted.threshold = [new.keyid], 1
        self._changed.add("targets")

    def release_key(self, slug: str, key: PublicKey, *, until: datetime) -> None:
        """Another key for releases from now on. Releases of the keys before it count when they
        were made before `until`: the end of the handover, or the moment of a theft."""
        publisher = self.trust.publisher(slug)
        if publisher is None:
            raise BadInput(f"no publisher is called {slug}")
        new = ReleaseKey(key=key.raw.hex(), starts_at=self._now)
        old = [_ended(one, until) for one in publisher.release_keys if one.key != new.key]
        changed = replace(publisher, release_keys=(*old, new))
        others = (one for one in self.trust.publishers if one.slug != slug)
        self.trust = replace(self.trust, publishers=(*others, changed))

    def log_key(self, vkey: str) -> None:
        """Another key for the log's checkpoints. The old ones still vouch for the proofs inside
        releases, which count only where a bin names them, and for no newest checkpoint."""
        log = self.trust.log
        if log is None:
            raise BadInput("this feed names no log")
        former = dict.fromkeys((*log.former_keys, log.key))
        kept = tuple(key for key in former if key != vkey)
        self.trust = replace(self.trust, log=replace(log, key=vkey, former_keys=kept))

    def papers(self, why: str) -> Papers:
        """The papers; BadInput when nothing would change."""
        trust = write_trust(self.trust)
        if trust != self._current.trust:
            name_trust(self._targets, trust)
            self._changed.add("targets")
        if not self._changed:
            raise BadInput("nothing would change")
        return Papers(
            why=why,
            former=self._current,
            root=self._next(self._root, self._lives.root) if "root" in self._changed else None,
            targets=(
                self._next(self._targets, self._lives.targets)
                if "targets" in self._changed
                else None
            ),
            trust=trust if trust != self._current.trust else None,
        )

    def _next(self, signed: Any, life: Any) -> Metadata[Any]:
        signed.version += 1
        signed.expires = self._now + life
        return Metadata(signed)


def _copied(signed: Root | Targets) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(signed.to_dict()))
    return copied


def _ended(key: ReleaseKey, end: datetime) -> ReleaseKey:
    """The key with an end no later than `end`, and not before its beginning."""
    ends = end if key.ends_at is None else min(end, key.ends_at)
    return replace(key, ends_at=max(ends, key.starts_at))


def _found(ids: Sequence[str], begun: str) -> list[str]:
    return [id for id in ids if id.startswith(begun)] if len(begun) >= _SHORTEST_ID else []


def _one_of(ids: Sequence[str], begun: str) -> str:
    found = _found(ids, begun)
    if len(found) != 1:
        raise BadInput("no single key of this role has an id that begins so", where=begun)
    return found[0]
