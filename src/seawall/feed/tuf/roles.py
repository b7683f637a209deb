"""Roles of the repository: their names, how long they live, where their files lie."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

METADATA = "tuf/metadata"
TARGETS = "tuf/targets"
TRUST = "trust.json"
PACKS_SUFFIX = "-packs"
FIRST_BITS = 5
"""32 bins: a first sync asks for few files, and 8,192 targets fit before the bins grow."""
STEP_BITS = 3
"""Bins grow eightfold, so that the snapshot (which may never forget a role) stays short."""
MOST_PER_BIN = 256

_BIN = re.compile(r"(?P<prefix>.+-(?P<bits>[0-9]{1,2}))-(?P<number>[0-9a-f]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long a newly signed file of a role is good for."""

    root: timedelta = timedelta(days=365)
    targets: timedelta = timedelta(days=365)
    publisher: timedelta = timedelta(days=90)
    bins: timedelta = timedelta(days=90)
    snapshot: timedelta = timedelta(days=7)
    timestamp: timedelta = timedelta(days=1)

    def of_bin(self, role: str) -> timedelta:
        """A bin's life, up to a third shorter, by its name: so not all are due on one day."""
        share = int.from_bytes(sha256(role.encode()).digest()[:4], "big") / 2**32
        return self.bins - share * self.bins / 3


def metadata_path(role: str, version: int) -> str:
    """Where a version of a role lies in the tree; the timestamp has one place for all."""
    if role == "timestamp":
        return f"{METADATA}/timestamp.json"
    return f"{METADATA}/{version}.{role}.json"


def target_path(path: str, digest: str) -> str:
    """Where the content of a target lies in the tree (consistent snapshots: TUF 1.0 §6.2)."""
    folder, slash, name = path.rpartition("/")
    return f"{TARGETS}/{folder}{slash}{digest}.{name}"


def packs_role(publisher: str) -> str:
    """The role that signs a publisher's packs."""
    return f"{publisher}{PACKS_SUFFIX}"


def is_packs_role(role: str) -> bool:
    """Whether the role signs packs."""
    return role.endswith(PACKS_SUFFIX)


def bins_prefix(publisher: str, bits: int) -> str:
    """What the names of a publisher's bins begin with."""
    return f"{publisher}-{bits}"


def is_bin_of(role: str, prefix: str) -> bool:
    """Whether `role` is one of the bins whose names begin with `prefix`."""
    found = _BIN.fullmatch(role)
    return found is not None and found["prefix"] == prefix


def timestamp_text(at: datetime) -> str:
    """A moment as TUF writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
