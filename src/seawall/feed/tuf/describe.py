"""Papers in words: what a holder reads before signing."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from tuf.api.metadata import Root, Targets

from seawall.feed.tuf.keys import holder_of, words
from seawall.feed.tuf.papers import Papers, check_trust
from seawall.feed.tuf.publishers import delegated_roles
from seawall.feed.tuf.roles import TRUST
from seawall.formats.feed_trust import Trust, read_trust

_OFFLINE = {"root": "offline", "targets": "offline", "snapshot": "online", "timestamp": "online"}


def describe(papers: Papers) -> list[str]:
    """Lines that say all that the papers would make clients believe, changes against now first
    marked with + and -."""
    lines = [papers.why + "."]
    former_root = papers.former.root
    if former_root is not None:
        digest = sha256(former_root.to_bytes()).hexdigest()
        lines.append(f"It follows {former_root.signed.version}.root.json, sha256 {digest}")
    if papers.root is not None:
        lines += _root(papers.root.signed, former_root.signed if former_root else None)
    if papers.targets is not None:
        former = papers.former.targets.signed if papers.former.targets else None
        lines += _targets(papers.targets.signed, papers.next_root.signed, former)
        if not check_trust(papers.targets.signed, papers.trust or papers.former.trust):
            lines.append("WARNING: trust.json here is not the one that targets.json names.")
    if papers.trust is not None:
        new = list(_trust(read_trust(papers.trust)))
        old = list(_trust(read_trust(papers.former.trust))) if papers.former.trust else []
        lines += ["trust.json", *_compared(old, new)]
    return lines


def describe_root(root: Root) -> list[str]:
    """A root alone."""
    return _root(root, None)


def key_line(root: Root, id: str) -> str:
    """A key of a root: its id, its holder, its words."""
    key = root.keys.get(id)
    holder = holder_of(key) if key is not None else ""
    return f"{id[:16]} {holder or 'no name'} ({words(id)})"


def _root(root: Root, former: Root | None) -> list[str]:
    title = f"root version {root.version}, until {_day(root.expires)}"
    if former is not None:
        title += f" (now version {former.version}, until {_day(former.expires)})"
    old = list(_roles(former)) if former is not None else []
    return [title, *_compared(old, list(_roles(root)))]


def _roles(root: Root) -> Iterator[str]:
    for name, place in _OFFLINE.items():
        role = root.roles[name]
        yield f"{name}: {role.threshold} of {len(role.keyids)} {place} keys"
        for id in role.keyids:
            yield f"  {name} key {key_line(root, id)}"
    if not root.consistent_snapshot:
        yield "WARNING: consistent snapshots are off"
    yield from _unknown(root)


def _targets(targets: Targets, root: Root, former: Targets | None) -> list[str]:
    title = f"targets version {targets.version}, until {_day(targets.expires)}"
    if former is not None:
        title += f" (now version {former.version}, until {_day(former.expires)})"
    old = list(_entrusted(former)) if former is not None else []
    return [title, *_compared(old, list(_entrusted(targets)))]


def _entrusted(targets: Targets) -> Iterator[str]:
    for role in delegated_roles(targets):
        prefixes = [f"hashes beginning {prefix}" for prefix in role.path_hash_prefixes or ()]
        may = ", ".join([*(role.paths or ()), *prefixes])
        yield f"{role.name}: {role.threshold} of {len(role.keyids)} keys may sign {may}"
        for id in role.keyids:
            yield f"  {role.name} key {id[:16]} ({words(id)})"
    if targets.delegations is not None and targets.delegations.succinct_roles is not None:
        yield "WARNING: bins directly below targets may sign every path"
    for path in targets.targets:
        if path != TRUST:
            yield f"target {path}"
    yield from _unknown(targets)


def _unknown(signed: Root | Targets) -> Iterator[str]:
    for field in signed.unrecognized_fields:
        yield f"WARNING: a field of unknown meaning: {field}"


def _trust(trust: Trust) -> Iterator[str]:
    for publisher in trust.publishers:
        yield f"{publisher.slug} is {publisher.name}, {publisher.namespace}"
        for key in publisher.release_keys:
            until = f"until {_minute(key.ends_at)}" if key.ends_at else "still in use"
            yield f"  release key {key.key[:16]} from {_minute(key.starts_at)}, {until}"
    if trust.log is not None:
        yield f"log {trust.log.origin} at {trust.log.url or 'no address'}"
        yield f"  log key {trust.log.key}"
        for former in trust.log.former_keys:
            yield f"  former log key {former}"
        yield f"  {trust.log.need} of {len(trust.log.witnesses)} witnesses must have signed"
        for witness in trust.log.witnesses:
            yield f"  witness {witness.name} {witness.key}"
    for fingerprint in trust.openpgp:
        yield f"OpenPGP key {fingerprint}"


def _compared(old: list[str], new: list[str]) -> list[str]:
    """The new lines; those that are not among the old ones begin with +, those gone with -."""
    if not old:
        return [f"    {line}" for line in new]
    marked = [f"  {' ' if line in old else '+'} {line}" for line in new]
    return [*marked, *(f"  - {line}" for line in old if line not in new)]


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
