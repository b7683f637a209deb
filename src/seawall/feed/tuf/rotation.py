"""Papers for what changes in the life of a feed: keys replaced, lives renewed, trust altered.

Every function takes what clients trust now and gives papers for the offline holders; nothing is
changed before these are signed and taken in.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

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

_LIVES = Lifetimes()


def renew(current: Current, *, now: datetime, lifetimes: Lifetimes = _LIVES) -> Papers:
    """Root and targets as they are, with new lives."""
    return Papers(
        why="Root and targets live on",
        former=current,
        root=_next_root(current, now, lifetimes),
        targets=_next_targets(current, now, lifetimes),
    )


def replace_holders(
    current: Current,
    role: str,
    *,
    add: Sequence[SSlibKey],
    remove: Collection[str],
    threshold: int | None,
    now: datetime,
    lifetimes: Lifetimes = _LIVES,
) -> Papers:
    """Other offline keys for "root" or "targets"; `remove` are key ids or their beginnings."""
    root = _next_root(current, now, lifetimes)
    held = root.signed.roles[role]
    gone = {_one_of(held.keyids, id) for id in remove}
    kept = [root.signed.get_key(id) for id in held.keyids if id not in gone]
    keys = [key for key in kept if isinstance(key, SSlibKey)]
    set_holders(
        root.signed,
        role,
        Holders(keys=[*keys, *add], threshold=threshold or held.threshold),
    )
    return Papers(
        why=f"Other keys for {role}",
        former=current,
        root=root,
        targets=_next_targets(current, now, lifetimes) if role == "targets" else None,
    )


def replace_online(
    current: Current,
    role: str,
    key: PublicKey,
    *,
    now: datetime,
    lifetimes: Lifetimes = _LIVES,
) -> Papers:
    """Another online key for "snapshot", "timestamp" or "publisher"."""
    why = f"Another online key for {role}"
    if role == "publisher":
        targets = _next_targets(current, now, lifetimes)
        _delegate_to(targets.signed, tuf_key(key))
        return Papers(why=why, former=current, targets=targets)
    root = _next_root(current, now, lifetimes)
    new = tuf_key(key)
    set_holders(root.signed, role, Holders(keys=[new], threshold=1))
    return Papers(why=why, former=current, root=root)


def replace_release_key(
    current: Current,
    slug: str,
    key: PublicKey,
    *,
    now: datetime,
    until: datetime | None = None,
    lifetimes: Lifetimes = _LIVES,
) -> Papers:
    """Another key for releases from `now` on; the keys of before count for releases made before
    `until` (default: now, a planned change; the moment of the theft when one was stolen)."""
    end = until or now
    new = ReleaseKey(key=key.raw.hex(), starts_at=now)

    def altered(trust: Trust) -> Trust:
        publisher = trust.publisher(slug)
        if publisher is None:
            raise BadInput(f"no publisher is called {slug}")
        kept = [_ended(old, end) for old in publisher.release_keys if old.key != new.key]
        changed = replace(publisher, release_keys=(*kept, new))
        others = (one for one in trust.publishers if one.slug != slug)
        return replace(trust, publishers=(*others, changed))

    return _trust(current, altered, "Another key for releases", now, lifetimes)


def replace_log_key(
    current: Current,
    vkey: str,
    *,
    keep_former: bool,
    now: datetime,
    lifetimes: Lifetimes = _LIVES,
) -> Papers:
    """Another key for the log's checkpoints. `keep_former` lets the old one vouch for the proofs
    inside releases of before; without it these releases must be given new proofs."""

    def altered(trust: Trust) -> Trust:
        if trust.log is None:
            raise BadInput("this feed names no log")
        former = (*trust.log.former_keys, trust.log.key) if keep_former else ()
        kept = tuple(dict.fromkeys(key for key in former if key != vkey))
        return replace(trust, log=replace(trust.log, key=vkey, former_keys=kept))

    return _trust(current, altered, "Another key for the log", now, lifetimes)


def set_trust(
    current: Current, trust: Trust, *, now: datetime, lifetimes: Lifetimes = _LIVES
) -> Papers:
    """Another trust.json: witnesses, OpenPGP keys, addresses."""
    return _trust(current, lambda _: trust, "Another trust.json", now, lifetimes)


def _trust(
    current: Current,
    altered: Callable[[Trust], Trust],
    why: str,
    now: datetime,
    lifetimes: Lifetimes,
) -> Papers:
    data = write_trust(altered(read_trust(current.trust or b"null")))
    if data == current.trust:
        raise BadInput("nothing would change in trust.json")
    targets = _next_targets(current, now, lifetimes)
    name_trust(targets.signed, data)
    return Papers(why=why, former=current, targets=targets, trust=data)


def _ended(key: ReleaseKey, end: datetime) -> ReleaseKey:
    """The key with an end no later than `end`; never before its beginning."""
    ends = end if key.ends_at is None else min(end, key.ends_at)
    return replace(key, ends_at=max(ends, key.starts_at))


def _delegate_to(targets: Targets, key: SSlibKey) -> None:
    if targets.delegations is None:
        raise BadInput("these targets entrust nobody")
    targets.delegations.keys = {key.keyid: key}
    for role in delegated_roles(targets):
        role.keyids = [key.keyid]


def _next_root(current: Current, now: datetime, lifetimes: Lifetimes) -> Metadata[Root]:
    root: Root = Root.from_dict(_copy(current.root))
    root.version += 1
    root.expires = now + lifetimes.root
    return Metadata(root)


def _next_targets(current: Current, now: datetime, lifetimes: Lifetimes) -> Metadata[Targets]:
    targets: Targets = Targets.from_dict(_copy(current.targets))
    targets.version += 1
    targets.expires = now + lifetimes.targets
    return Metadata(targets)


def _copy(metadata: Metadata[Root] | Metadata[Targets] | None) -> dict[str, object]:
    if metadata is None:
        raise BadInput("there is no feed yet", mend="`seawall feed ceremony begin` comes first")
    copied: dict[str, object] = json.loads(json.dumps(metadata.signed.to_dict()))
    return copied


def _one_of(ids: Sequence[str], begun: str) -> str:
    found = [id for id in ids if id.startswith(begun)] if len(begun) >= 4 else []
    if len(found) != 1:
        raise BadInput("no single key of this role has an id that begins so", where=begun)
    return found[0]
