"""Removing what no client can ask for: files that only snapshots of the past name.

A snapshot is followed until it ends, so a client may be under way with one that was replaced.
When it has ended, the versions of roles that it names and its successor does not are of no use to
anybody, nor are the contents that only they name. Versions of root and targets stay.
"""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from tuf.api.metadata import SuccinctRoles

from seawall.feed.tuf.bins import Target, read_bin
from seawall.feed.tuf.edit import Edit
from seawall.feed.tuf.files import read_signed
from seawall.feed.tuf.publishers import bins_of, publishers
from seawall.feed.tuf.roles import (
    is_packs_role,
    metadata_path,
    target_path,
    timestamp_text,
)

AT_ONCE = 200
"""Snapshots removed in one run."""


def prune(edit: Edit) -> int:
    """Remove what ended; gives how many snapshots it removed."""
    live = _Live(edit)
    removed = 0
    for version in _ended(edit)[:AT_ONCE]:
        old = read_signed(edit.draft, "snapshot", version)["meta"]
        new = read_signed(edit.draft, "snapshot", version + 1)["meta"]
        for name, meta in old.items():
            role = name.removesuffix(".json")
            if role != "targets" and new.get(name, {}).get("version") != meta["version"]:
                _remove(edit, live, role, meta["version"])
        edit.draft.remove(metadata_path("snapshot", version))
        removed += 1
    return removed


def _ended(edit: Edit) -> list[int]:
    """Versions of the snapshot that nobody may follow any more, oldest first."""
    version = edit.snapshot_version - 1
    while version > 0 and edit.draft.exists(metadata_path("snapshot", version)):
        version -= 1
    kept = range(version + 1, edit.snapshot_version)

    def expires(version: int) -> str:
        return str(read_signed(edit.draft, "snapshot", version)["expires"])

    return list(kept[: bisect_right(kept, timestamp_text(edit.now), key=expires)])


class _Live:
    """What the newest bins and packs name."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._read: dict[str, Mapping[str, Target]] = {}
        top = edit.read_targets("targets")
        self._bins: list[tuple[SuccinctRoles, Any]] = [
            (bins_of(edit.read_targets(role.name)), role)
            for role in publishers(top)
            if edit.version(role.name)
        ]

    def role_of(self, role: str, path: str) -> str:
        """The role that names `path` today."""
        if is_packs_role(role):
            return role
        for roles, delegated in self._bins:
            if delegated.is_delegated_path(path):
                return roles.get_role_for_target(path)
        return role

    def names(self, role: str, path: str, target: Target) -> bool:
        """Whether this very content of `path` is still given out."""
        name = self.role_of(role, path)
        if name not in self._read:
            version = self._edit.version(name)
            self._read[name] = read_bin(self._edit.read(name)) if version else {}
        return self._read[name].get(path) == target


def _remove(edit: Edit, live: _Live, role: str, version: int) -> None:
    path = metadata_path(role, version)
    if not edit.draft.exists(path):
        return
    for name, target in read_bin(read_signed(edit.draft, role, version)).items():
        if not live.names(role, name, target):
            edit.draft.remove(target_path(name, target.digest))
    edit.draft.remove(path)
