"""Publishers' roles and their hash bins, verified one by one against who delegates to them.

What python-tuf's updater does for the top-level roles is done here for many bins at once, with
its public metadata API (TUF specification 5.6; TAP 15 for succinct bins). Stricter than TUF: a
publisher signs for nothing but its own folder, and only through bins that are named after it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from securesystemslib.signer import Signature
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    TOP_LEVEL_ROLE_NAMES,
    MetaFile,
    Snapshot,
    Targets,
)

from seawall.client.errors import FeedRefused
from seawall.formats.bounded import parse_json
from seawall.vocab.errors import BadInput

MAX_BITS = 16
MAX_PUBLISHERS = 64
MAX_METADATA = 1 << 20
"""Bins hold a few hundred files; this is enough for four thousand."""
MAX_TARGET = 64 << 20
_SIGNATURES = 32
_STAR = "[A-Za-z0-9_~+@-][A-Za-z0-9._~+@-]{0,199}"
"""What `*` in a pattern stands for: one component that leads nowhere else."""
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInfo:
    """What a file must be: `length` in bytes, `sha256` in hexadecimal digits."""

    length: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """As which a role was verified: its version, until when that holds, and (a digest) under
    which keys. A role that is known as the same again need not be read again."""

    version: int
    expires_at: datetime
    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One verified bin of a publisher and the files it vouches for."""

    role: str
    publisher: str
    seen: Seen
    targets: Mapping[str, TargetInfo] = field(repr=False)

    @property
    def version(self) -> int:
        return self.seen.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """Who must sign a role, in which version, and what it may speak of: paths like `paths`, and
    of a bin those whose hash begins with its number, in so many bits."""

    role: str
    by: Targets
    meta: MetaFile
    paths: re.Pattern[str]
    bits: int = 0
    number: int = 0

    @property
    def keys(self) -> str:
        """A digest of the keys and the threshold that count for the role."""
        role = self.by.get_delegated_role(self.role)
        known = self.by.delegations.keys if self.by.delegations else {}
        keys = [known[keyid].to_dict() for keyid in sorted(role.keyids) if keyid in known]
        return sha256(_canonical({"keys": keys, "threshold": role.threshold})).hexdigest()[:32]

    @property
    def limit(self) -> int:
        """The most bytes that the role's metadata may have."""
        return min(self.meta.length or MAX_METADATA, MAX_METADATA)

    def fits(self, path: str) -> bool:
        """Whether the role may name a file at `path` (TAP 15 for bins)."""
        if not self.paths.fullmatch(path):
            return False
        begins = int.from_bytes(sha256(path.encode()).digest()[:4], "big")
        return begins >> (32 - self.bits) == self.number


def delegation_of(targets: Targets, snapshot: Snapshot, role: str) -> Delegation | None:
    """How the offline role delegates to `role`; None when it does not.

    Raises FeedRefused when it may speak of more than its own folder.
    """
    if not _SLUG.fullmatch(role) or role in TOP_LEVEL_ROLE_NAMES:
        raise FeedRefused(f"{role!r:.80} cannot be the name of a publisher")
    found = (targets.delegations.roles or {}).get(role) if targets.delegations else None
    if found is None:
        return None
    paths = _paths(role, found.paths or [])
    return Delegation(role=role, by=targets, meta=_meta(snapshot, role), paths=paths)


def _paths(role: str, patterns: Iterable[str]) -> re.Pattern[str]:
    """The paths of a publisher's patterns: its own folder, then names or `*` for any name."""
    read = []
    for pattern in patterns:
        first, *parts = pattern.split("/")
        if first != role or not parts or any("*" in part and part != "*" for part in parts):
            raise FeedRefused(f"the publisher {role} is delegated more than its own folder")
        named = [_STAR if part == "*" else re.escape(part) for part in parts]
        read.append("/".join([re.escape(role), *named]))
    if not read:
        raise FeedRefused(f"the publisher {role} is delegated more than its own folder")
    return re.compile("|".join(read))


def bins_of(
    publisher: Targets, snapshot: Snapshot, parent: Delegation
) -> tuple[list[Delegation], str]:
    """The bins that a verified publisher's role delegates to and the digest of their keys.

    Raises FeedRefused for anything but bins of its own name, or too many of them.
    """
    delegations = publisher.delegations
    succinct = delegations.succinct_roles if delegations else None
    if succinct is None:
        raise FeedRefused(f"the publisher {parent.role} does not delegate to bins")
    if succinct.bit_length > MAX_BITS:
        raise FeedRefused(f"the publisher {parent.role} has more than {2**MAX_BITS} bins")
    if succinct.name_prefix != f"{parent.role}-{succinct.bit_length}":
        raise FeedRefused(f"the bins of {parent.role} are not named after it")
    made = [
        Delegation(
            role=role,
            by=publisher,
            meta=_meta(snapshot, role),
            paths=parent.paths,
            bits=succinct.bit_length,
            number=number,
        )
        for number, role in enumerate(succinct.get_roles())
    ]
    return made, made[0].keys


def verified(data: bytes, of: Delegation, *, now: datetime) -> Targets:
    """The metadata of a delegated role, signed by enough of its keys, in the very version that
    the snapshot names, not expired. Raises FeedRefused."""
    name = of.role
    try:
        of.meta.verify_length_and_hashes(data)
        raw = parse_json(data, max_bytes=MAX_METADATA, max_depth=12, max_nodes=500_000)
        check_signed(raw, of)
        read = Targets.from_dict(raw["signed"])
    except BadInput as bad:
        raise FeedRefused(f"the metadata of {name} cannot be read: {bad.what}") from None
    except RepositoryError as error:
        raise FeedRefused(f"the metadata of {name} does not verify: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FeedRefused(f"the metadata of {name} cannot be read ({error!r:.80})") from None
    check_version(read, of)
    check_fresh(name, read.expires, now)
    return read


def check_signed(raw: Any, of: Delegation) -> None:
    """Raise unless the threshold of the role's keys has signed what `raw` says."""
    signed, signatures = raw["signed"], _signatures(raw["signatures"])
    of.by.verify_delegate(of.role, _canonical(signed), signatures)
    if signed["_type"] != Targets.type:
        raise FeedRefused(f"{of.role} is no targets metadata")


def check_version(read: Targets, of: Delegation) -> None:
    """Refuse another version than the snapshot names."""
    if read.version != of.meta.version:
        raise FeedRefused(
            f"{of.role} is version {read.version}, but the snapshot names {of.meta.version}"
        )


def check_fresh(role: str, expires_at: datetime, now: datetime) -> None:
    """Refuse what has expired."""
    if expires_at <= now:
        raise FeedRefused(
            f"the feed is out of date: {role} has expired on {expires_at:%Y-%m-%d %H:%M} UTC"
        )


def files_of(read: Targets, of: Delegation) -> dict[str, TargetInfo]:
    """The files that a verified role vouches for; raises FeedRefused for one of others."""
    files = {}
    for path, target in read.targets.items():
        if not of.fits(path):
            raise FeedRefused(f"{of.role} names {path!r:.120}, which is not its own to name")
        digest = target.hashes.get("sha256", "")
        if not _SHA256.fullmatch(digest) or not 0 <= target.length <= MAX_TARGET:
            raise FeedRefused(f"{of.role} says of {path!r:.120} neither length nor sha256 fully")
        check_patch(path, digest)
        files[path] = TargetInfo(length=target.length, sha256=digest)
    return files


def check_patch(path: str, digest: str) -> None:
    """Refuse a patch that is not the one it is named after; releases sign patches by that name."""
    if path.endswith(".patch") and path.rpartition("/")[2] != f"{digest}.patch":
        raise FeedRefused(f"{path} is offered with another patch than the one it is named after")


def _meta(snapshot: Snapshot, role: str) -> MetaFile:
    meta = snapshot.meta.get(f"{role}.json")
    if meta is None:
        raise FeedRefused(f"the snapshot does not name {role}, which is delegated to")
    return meta


def _signatures(raw: list[dict[str, Any]]) -> dict[str, Signature]:
    if len(raw) > _SIGNATURES:
        raise FeedRefused(f"metadata with more than {_SIGNATURES} signatures")
    read = {each.keyid: each for each in map(Signature.from_dict, raw)}
    if len(read) != len(raw):
        raise FeedRefused("metadata that a key has signed twice")
    return read


def _canonical(value: Any) -> bytes:
    """Canonical JSON as TUF signs it. Text with control characters, which TUF writes raw, comes
    out otherwise and so does not verify."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")
