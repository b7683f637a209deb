"""The state of a repository: versions, expiries, counts, and what is due by whom."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tuf.api.metadata import Role, Root, Targets

from seawall.feed.tuf.edit import COUNTS
from seawall.feed.tuf.files import (
    Reader,
    newest_root_version,
    read_expiry,
    read_file,
    read_root,
    read_targets,
)
from seawall.feed.tuf.publishers import bins_of, delegated_roles
from seawall.feed.tuf.roles import METADATA, TRUST, is_packs_role, metadata_path, target_path

SOON = timedelta(days=30)
"""Offline holders are called so long before a role ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleState:
    """The newest version of a role, and who may sign it."""

    name: str
    version: int
    expires_at: datetime
    keys: tuple[str, ...]
    threshold: int
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BinsState:
    """A publisher's bins."""

    publisher: str
    prefix: str
    bits: int
    bins: int
    targets: int
    ends_at: datetime
    """When the first of them ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A role that must be signed anew: by whom, until when, with which command."""

    role: str
    by: str
    until: datetime
    over: bool
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryState:
    """All of it; roles are empty before the first ceremony."""

    roles: tuple[RoleState, ...] = ()
    bins: tuple[BinsState, ...] = ()
    packs: int = 0
    root: Root | None = None
    targets: Targets | None = None
    trust: bytes | None = None

    def role(self, name: str) -> RoleState | None:
        """The state of one role."""
        return next((role for role in self.roles if role.name == name), None)

    def due(self, *, now: datetime) -> tuple[Due, ...]:
        """What must be signed anew: by the offline holders in good time, by this installation
        when its job fell behind."""
        found = [_due_role(role, now) for role in self.roles]
        found += [_due_bins(bins, now) for bins in self.bins]
        return tuple(due for due in found if due is not None)


def read_state(files: Reader) -> RepositoryState:
    """The state of the repository in a tree."""
    number = newest_root_version(files)
    if number == 0:
        return RepositoryState()
    root = read_root(files, number).signed
    roles = [_root_state(root)]
    if not files.exists(f"{METADATA}/timestamp.json"):
        return RepositoryState(roles=tuple(roles), root=root)
    timestamp = json.loads(files.read(f"{METADATA}/timestamp.json"))["signed"]
    version = timestamp["meta"]["snapshot.json"]["version"]
    snapshot = read_file(files, "snapshot", version)["signed"]
    meta = snapshot["meta"]
    targets = read_targets(files, "targets", meta["targets.json"]["version"]).signed
    roles += [
        _state("targets", _plain(targets), root.roles["targets"], offline=True),
        _state("snapshot", snapshot, root.roles["snapshot"]),
        _state("timestamp", timestamp, root.roles["timestamp"]),
    ]
    bins, packs = [], 0
    for role in delegated_roles(targets):
        one = read_targets(files, role.name, meta[f"{role.name}.json"]["version"]).signed
        roles.append(_state(role.name, _plain(one), role))
        if is_packs_role(role.name):
            packs += len(one.targets)
        else:
            bins.append(_bins(files, meta, role.name, one, snapshot.get(COUNTS, {})))
    return RepositoryState(
        roles=tuple(roles),
        bins=tuple(bins),
        packs=packs,
        root=root,
        targets=targets,
        trust=_trust(files, targets),
    )


def _root_state(root: Root) -> RoleState:
    return _state("root", _plain(root), root.roles["root"], offline=True)


def _plain(signed: Root | Targets) -> dict[str, Any]:
    return {"version": signed.version, "expires": signed.expires.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _state(name: str, signed: dict[str, Any], role: Role, *, offline: bool = False) -> RoleState:
    return RoleState(
        name=name,
        version=signed["version"],
        expires_at=_moment(signed["expires"]),
        keys=tuple(role.keyids),
        threshold=role.threshold,
        offline=offline,
    )


def _bins(
    files: Reader, meta: dict[str, Any], name: str, publisher: Targets, counts: dict[str, int]
) -> BinsState:
    roles = bins_of(publisher)
    ends = min(
        read_expiry(files.read(metadata_path(bin, meta[f"{bin}.json"]["version"])))
        for bin in roles.get_roles()
    )
    return BinsState(
        publisher=name,
        prefix=roles.name_prefix,
        bits=roles.bit_length,
        bins=roles.number_of_bins,
        targets=counts.get(name, 0),
        ends_at=_moment(ends),
    )


def _trust(files: Reader, targets: Targets) -> bytes | None:
    target = targets.targets.get(TRUST)
    if target is None:
        return None
    return files.read(target_path(TRUST, target.hashes["sha256"]))


def _due_role(role: RoleState, now: datetime) -> Due | None:
    if role.offline:
        if role.expires_at - SOON > now:
            return None
        how = "seawall feed rotate renew"
        return _due(role.name, f"{role.threshold} holders of its keys", role.expires_at, now, how)
    return _due_online(role.name, role.expires_at, now)


def _due_bins(bins: BinsState, now: datetime) -> Due | None:
    return _due_online(f"bins {bins.prefix}", bins.ends_at, now)


def _due_online(name: str, ends: datetime, now: datetime) -> Due | None:
    if ends > now:
        return None
    return _due(name, "this installation", ends, now, "seawall feed refresh")


def _due(name: str, by: str, until: datetime, now: datetime, how: str) -> Due:
    return Due(role=name, by=by, until=until, over=until <= now, how=how)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
