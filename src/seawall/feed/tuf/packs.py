"""Packs: many releases of a publisher in one compressed file, for clients that sync first.

A pack holds the releases whose paths hash into a range of bins, as zstd of JSON lines with "path"
and "text". It is made anew when a quarter of it has changed since, so a pack may be older than the
bins: clients take from it what the bins still name, by digest, and fetch the rest alone.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import zstandard
from tuf.api.metadata import DelegatedRole, SuccinctRoles

from seawall.core.feed_paths import release_of_path
from seawall.feed.tuf.bins import Target, read_bin
from seawall.feed.tuf.edit import Edit
from seawall.feed.tuf.files import read_expiry
from seawall.feed.tuf.publishers import RENEW, bins_of
from seawall.feed.tuf.roles import PACKS_SUFFIX, metadata_path, target_path

FROM = 64
"""Fewer targets than this are fetched one by one."""
PER_PACK = 2048
STALE = 1 / 4
AT_ONCE = 8
"""Packs made in one run: a change of the tree stays short."""
_LEVEL = 10


def renew(edit: Edit, role: DelegatedRole) -> None:
    """Make what is stale anew, at most so many packs in one run, and sign the role when it
    changed, ends soon, or its key was replaced."""
    publisher = role.name.removesuffix(PACKS_SUFFIX)
    old = edit.read(role.name)["targets"] if edit.version(role.name) else None
    packs = dict(old or {})
    if edit.version(publisher):
        _rebuild(edit, publisher, packs)
    if old is None or packs != old or _is_due(edit, role):
        edit.write(
            role.name,
            {"targets": packs},
            ids=role.keyids,
            need=role.threshold,
            life=edit.lifetimes.publisher,
            hashed=True,
        )


def _rebuild(edit: Edit, publisher: str, packs: dict[str, Any]) -> None:
    """Bring `packs` up to date with the publisher's bins, in place."""
    roles = bins_of(edit.read_targets(publisher))
    count = edit.counts.get(publisher, 0)
    bits = min(roles.bit_length, _bits(count))
    wanted = _ranges(publisher, roles, bits) if count >= FROM else {}
    stale = [path for path in wanted if _is_stale(edit, packs.get(path), roles, wanted[path])]
    for path in stale[:AT_ONCE]:
        packs[path] = _make(edit, path, roles, wanted[path])
    if len(stale) <= AT_ONCE:
        for path in packs.keys() - wanted.keys():
            del packs[path]


def _bits(count: int) -> int:
    """How many packs `count` targets need, as a power of two."""
    return max(0, (count - 1) // PER_PACK).bit_length()


def _ranges(publisher: str, roles: SuccinctRoles, bits: int) -> dict[str, list[str]]:
    """Path of a pack → its bins."""
    bins = list(roles.get_roles())
    size = len(bins) >> bits
    return {
        f"{publisher}{PACKS_SUFFIX}/{bits}-{number:04x}.jsonl.zst": bins[at : at + size]
        for number, at in enumerate(range(0, len(bins), size))
    }


def _is_stale(edit: Edit, pack: Any, roles: SuccinctRoles, bins: list[str]) -> bool:
    """Whether so many bins got new versions since that it is worth making the pack anew."""
    if pack is None or pack["custom"]["bins"] != roles.name_prefix:
        return True
    since = _versions(edit, bins) - pack["custom"]["versions"]
    return bool(since > max(FROM, pack["custom"]["releases"]) * STALE)


def _versions(edit: Edit, bins: list[str]) -> int:
    return sum(edit.version(name) for name in bins)


def _make(edit: Edit, path: str, roles: SuccinctRoles, bins: list[str]) -> dict[str, Any]:
    """Write a pack; gives what the role says of it."""
    squeeze = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
    parts = []
    releases = 0
    for line in _lines(edit, bins):
        parts.append(squeeze.compress(line))
        releases += 1
    data = b"".join((*parts, squeeze.flush()))
    target = Target.of(data)
    edit.draft.add(target_path(path, target.digest), data)
    custom = {
        "bins": roles.name_prefix,
        "releases": releases,
        "versions": _versions(edit, bins),
    }
    return {"custom": custom, "hashes": {"sha256": target.digest}, "length": target.length}


def _lines(edit: Edit, bins: list[str]) -> Iterator[bytes]:
    for name in bins:
        targets: Mapping[str, Target] = read_bin(edit.read(name))
        for path in sorted(targets):
            if release_of_path(path):
                text = edit.draft.read(target_path(path, targets[path].digest)).decode()
                line = json.dumps({"path": path, "text": text}, ensure_ascii=False)
                yield f"{line}\n".encode()


def _is_due(edit: Edit, role: DelegatedRole) -> bool:
    if not edit.is_signed_by(role.name, role.keyids):
        return True
    data = edit.draft.read(metadata_path(role.name, edit.version(role.name)))
    return edit.is_over(read_expiry(data), edit.lifetimes.publisher, share=RENEW)
