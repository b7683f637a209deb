"""Bins: a publisher's targets spread by the hash of their path (TAP 15, succinct roles)."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from tuf.api.metadata import SuccinctRoles

from seawall.feed.tuf.roles import MOST_PER_BIN, STEP_BITS

MAX_BITS = 16


class Target(NamedTuple):
    """What metadata says of a target."""

    length: int
    digest: str

    @classmethod
    def of(cls, data: bytes) -> "Target":
        return cls(len(data), sha256(data).hexdigest())


Targets = dict[str, Target]


def read_bin(signed: Mapping[str, Any]) -> Targets:
    """The targets of a bin."""
    return {
        path: Target(one["length"], one["hashes"]["sha256"])
        for path, one in signed["targets"].items()
    }


def write_bin(targets: Mapping[str, Target]) -> dict[str, Any]:
    """The targets as the metadata of a bin lists them."""
    return {
        path: {"hashes": {"sha256": one.digest}, "length": one.length}
        for path, one in targets.items()
    }


def by_bin(paths: Iterable[str], roles: SuccinctRoles) -> dict[str, list[str]]:
    """Bin → those of `paths` that belong into it."""
    sorted_out: dict[str, list[str]] = {}
    for path in paths:
        sorted_out.setdefault(roles.get_role_for_target(path), []).append(path)
    return sorted_out


def spread(targets: Mapping[str, Target], roles: SuccinctRoles) -> Iterator[tuple[str, Targets]]:
    """Every bin of `roles`, empty ones too, with its targets."""
    filled = by_bin(targets, roles)
    for role in roles.get_roles():
        yield role, {path: targets[path] for path in filled.get(role, ())}


def bits_for(count: int, *, bits: int, most: int = MOST_PER_BIN) -> int:
    """How many bits `count` targets need when there are `bits` now: more when bins hold more than
    `most` on average, never fewer."""
    while count > most << bits and bits < MAX_BITS:
        bits += STEP_BITS
    return min(bits, MAX_BITS)
