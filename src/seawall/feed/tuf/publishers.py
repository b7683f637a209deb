"""A publisher's role and its bins: founded, filled, moved to more bins, signed anew."""

from collections.abc import Mapping
from typing import Any

from tuf.api.metadata import DelegatedRole, Delegations, SuccinctRoles, Targets

from seawall.feed.tuf.bins import Target, bits_for, by_bin, read_bin, spread, write_bin
from seawall.feed.tuf.edit import Edit
from seawall.feed.tuf.files import read_expiry
from seawall.feed.tuf.roles import (
    FIRST_BITS,
    MOST_PER_BIN,
    bins_prefix,
    is_packs_role,
    metadata_path,
)

RENEW = 1 / 4
"""A publisher or a bin is signed anew when so much of its life is left."""


def delegated_roles(targets: Targets) -> list[DelegatedRole]:
    """The roles that the offline holders entrusted, publishers and packs."""
    roles = targets.delegations.roles if targets.delegations else None
    return list((roles or {}).values())


def publishers(targets: Targets) -> list[DelegatedRole]:
    """Those that have bins."""
    return [role for role in delegated_roles(targets) if not is_packs_role(role.name)]


def bins_of(publisher: Targets) -> SuccinctRoles:
    """How a publisher's targets are spread."""
    roles = publisher.delegations.succinct_roles if publisher.delegations else None
    if roles is None:
        raise ValueError("A publisher without bins.")
    return roles


def found(edit: Edit, role: DelegatedRole, keys: Mapping[str, Any], *, bits: int) -> None:
    """Make the role of a new publisher, with empty bins."""
    _write_all(edit, role, keys, {}, bits=bits or FIRST_BITS)
    edit.counts[role.name] = 0


def fill(
    edit: Edit,
    role: DelegatedRole,
    keys: Mapping[str, Any],
    changes: Mapping[str, Target | None],
    *,
    most: int = MOST_PER_BIN,
) -> None:
    """Put targets in and take them out (None); only bins that differ get a new version. When bins
    then hold more than `most` on average, the publisher moves to more bins at once."""
    roles = bins_of(edit.read_targets(role.name))
    altered, more = _altered(edit, roles, changes)
    if not altered:
        return
    edit.counts[role.name] = edit.counts.get(role.name, 0) + more
    bits = bits_for(edit.counts[role.name], bits=roles.bit_length, most=most)
    if bits == roles.bit_length:
        for name, targets in altered.items():
            _write_bin(edit, name, targets, roles)
    else:
        move(edit, role, keys, bits=bits, altered=altered)


def move(
    edit: Edit,
    role: DelegatedRole,
    keys: Mapping[str, Any],
    *,
    bits: int,
    altered: Mapping[str, Mapping[str, Target]] | None = None,
) -> None:
    """Spread a publisher's targets over 2**bits bins, those in `altered` as they are there."""
    everything: dict[str, Target] = {}
    for name in bins_of(edit.read_targets(role.name)).get_roles():
        changed = (altered or {}).get(name)
        everything |= read_bin(edit.read(name)) if changed is None else changed
    _write_all(edit, role, keys, everything, bits=bits)


def renew(edit: Edit, role: DelegatedRole, keys: Mapping[str, Any]) -> None:
    """Sign anew what ends soon, and everything when the role's key was replaced."""
    publisher = edit.read_targets(role.name)
    roles = bins_of(publisher)
    rekeyed = set(roles.keyids) != set(role.keyids)
    if rekeyed or _ends_soon(edit, role.name) or not edit.is_signed_by(role.name, role.keyids):
        roles = _write_publisher(edit, role, keys, bits=roles.bit_length)
    for name in roles.get_roles():
        if rekeyed or _ends_soon(edit, name):
            _write_bin(edit, name, read_bin(edit.read(name)), roles)


def _altered(
    edit: Edit, roles: SuccinctRoles, changes: Mapping[str, Target | None]
) -> tuple[dict[str, dict[str, Target]], int]:
    """The bins that differ, with their new targets, and how many targets there are more."""
    altered = {}
    more = 0
    for name, paths in by_bin(changes, roles).items():
        before = read_bin(edit.read(name))
        after = dict(before)
        for path in paths:
            if (target := changes[path]) is None:
                after.pop(path, None)
            else:
                after[path] = target
        if after != before:
            altered[name] = after
            more += len(after) - len(before)
    return altered, more


def _write_all(
    edit: Edit,
    role: DelegatedRole,
    keys: Mapping[str, Any],
    targets: Mapping[str, Target],
    *,
    bits: int,
) -> None:
    roles = _write_publisher(edit, role, keys, bits=bits)
    for name, part in spread(targets, roles):
        _write_bin(edit, name, part, roles)


def _write_publisher(
    edit: Edit, role: DelegatedRole, keys: Mapping[str, Any], *, bits: int
) -> SuccinctRoles:
    roles = SuccinctRoles(list(role.keyids), role.threshold, bits, bins_prefix(role.name, bits))
    named = {id: keys[id] for id in role.keyids}
    delegations = Delegations(keys=named, succinct_roles=roles)
    edit.write(
        role.name,
        {"targets": {}, "delegations": delegations.to_dict()},
        ids=role.keyids,
        need=role.threshold,
        life=edit.lifetimes.publisher,
        hashed=True,
    )
    return roles


def _write_bin(edit: Edit, name: str, targets: Mapping[str, Target], roles: SuccinctRoles) -> None:
    edit.write(
        name,
        {"targets": write_bin(targets)},
        ids=roles.keyids,
        need=roles.threshold,
        life=edit.lifetimes.of_bin(name),
    )


def _ends_soon(edit: Edit, role: str) -> bool:
    data = edit.draft.read(metadata_path(role, edit.version(role)))
    life = edit.lifetimes.publisher
    return edit.is_over(read_expiry(data), life, share=RENEW)
