"""One change of the repository: roles are written into a draft, then snapshot and timestamp."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from tuf.api.metadata import Root, Targets

from seawall.feed.tuf.files import (
    SPEC_VERSION,
    Writer,
    newest_root_version,
    read_file,
    read_root,
    read_signed,
    read_targets,
    signed_by,
    signed_file,
)
from seawall.feed.tuf.keys import OnlineKeys
from seawall.feed.tuf.roles import METADATA, Lifetimes, metadata_path, timestamp_text

COUNTS = "x-seawall-targets"
"""Field of the snapshot that says how many targets each publisher has."""


class NotFounded(RuntimeError):
    """The tree has no root yet: a key ceremony comes first. Retrying does not help."""

    def __init__(self) -> None:
        super().__init__(
            "There is no signed feed here yet: `seawall feed ceremony --help` says how it begins."
        )


class Edit:
    """A change under way. `close` writes snapshot and timestamp when they need to be."""

    def __init__(
        self, draft: Writer, keys: OnlineKeys, *, lifetimes: Lifetimes, now: datetime
    ) -> None:
        version = newest_root_version(draft)
        if version == 0:
            raise NotFounded
        self.draft = draft
        self.lifetimes = lifetimes
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.root: Root = read_root(draft, version).signed
        self.written: list[str] = []
        self._keys = keys
        self._timestamp = _read_timestamp(draft)
        self._snapshot = self._read_snapshot()
        self.meta: dict[str, dict[str, Any]] = self._snapshot.get("signed", {}).get("meta", {})
        self.counts: dict[str, int] = self._snapshot.get("signed", {}).get(COUNTS, {})

    def version(self, role: str) -> int:
        """The newest version of a role; 0 when it has none."""
        found: int = self.meta.get(f"{role}.json", {}).get("version", 0)
        return found

    @property
    def snapshot_version(self) -> int:
        """The newest version of the snapshot; 0 before there is one."""
        found: int = self._snapshot["signed"]["version"] if self._snapshot else 0
        return found

    def read(self, role: str) -> dict[str, Any]:
        """What is signed in the newest version of a role."""
        return read_signed(self.draft, role, self.version(role))

    def read_targets(self, role: str) -> Targets:
        """The newest version of targets or of a publisher."""
        return read_targets(self.draft, role, self.version(role)).signed

    def is_signed_by(self, role: str, ids: Iterable[str]) -> bool:
        """Whether the newest version of a role has a signature by one of `ids`."""
        return bool(signed_by(read_file(self.draft, role, self.version(role))) & set(ids))

    def take(self, role: str, version: int, data: bytes) -> None:
        """Take in a version of a role that was signed elsewhere."""
        self.draft.add(metadata_path(role, version), data)
        self._note(role, version, data)

    def write(
        self,
        role: str,
        body: Mapping[str, Any],
        *,
        ids: Iterable[str],
        need: int,
        life: timedelta,
        hashed: bool = False,
    ) -> None:
        """Sign the next version of a targets role and add it to the draft; `hashed` lets the
        snapshot name its digest too."""
        version = self.version(role) + 1
        data = self._sign(role, "targets", version, body, ids=ids, need=need, life=life)
        self.draft.add(metadata_path(role, version), data)
        self._note(role, version, data if hashed else b"")

    def close(self) -> None:
        """Write a snapshot when a role changed or it is due, and a timestamp when it changed or
        is due itself."""
        snapshot = self.root.roles["snapshot"]
        if self.written or self._is_due(self._snapshot, snapshot.keyids, self.lifetimes.snapshot):
            self._write_snapshot()
        timestamp = self.root.roles["timestamp"]
        if self.written or self.timestamp_is_due(timestamp.keyids):
            self._write_timestamp()

    def timestamp_is_due(self, ids: Iterable[str]) -> bool:
        """Whether more than half of the timestamp's life is over, or its key was replaced."""
        return self._is_due(self._timestamp, ids, self.lifetimes.timestamp)

    def is_over(self, expires: str, life: timedelta, *, share: float) -> bool:
        """Whether less than `share` of a file's life is left."""
        return not expires or expires < timestamp_text(self.now + life * share)

    def _is_due(self, document: Mapping[str, Any], ids: Iterable[str], life: timedelta) -> bool:
        if not document or not signed_by(document) & set(ids):
            return True
        return self.is_over(document["signed"]["expires"], life, share=0.5)

    def _write_snapshot(self) -> None:
        version = self._snapshot["signed"]["version"] + 1 if self._snapshot else 1
        role = self.root.roles["snapshot"]
        data = self._sign(
            "snapshot",
            "snapshot",
            version,
            {"meta": self.meta, COUNTS: self.counts},
            ids=role.keyids,
            need=role.threshold,
            life=self.lifetimes.snapshot,
        )
        self.draft.add(metadata_path("snapshot", version), data)
        self._snapshot = json.loads(data)
        self._snapshot_meta = _meta(version, data)
        self.written.append("snapshot")

    def _write_timestamp(self) -> None:
        version = self._timestamp["signed"]["version"] + 1 if self._timestamp else 1
        role = self.root.roles["timestamp"]
        data = self._sign(
            "timestamp",
            "timestamp",
            version,
            {"meta": {"snapshot.json": self._snapshot_meta}},
            ids=role.keyids,
            need=role.threshold,
            life=self.lifetimes.timestamp,
        )
        self.draft.put(metadata_path("timestamp", version), data)
        self._timestamp = json.loads(data)
        self.written.append("timestamp")

    def _sign(
        self,
        role: str,
        kind: str,
        version: int,
        body: Mapping[str, Any],
        *,
        ids: Iterable[str],
        need: int,
        life: timedelta,
    ) -> bytes:
        signed = {
            **body,
            "_type": kind,
            "expires": timestamp_text(self.now + life),
            "spec_version": SPEC_VERSION,
            "version": version,
        }
        return signed_file(signed, self._keys.for_ids(ids, need=need, role=role))

    def _note(self, role: str, version: int, data: bytes) -> None:
        self.meta[f"{role}.json"] = _meta(version, data)
        self.written.append(role)

    def _read_snapshot(self) -> dict[str, Any]:
        if not self._timestamp:
            return {}
        self._snapshot_meta = self._timestamp["signed"]["meta"]["snapshot.json"]
        return read_file(self.draft, "snapshot", self._snapshot_meta["version"])


def _read_timestamp(draft: Writer) -> dict[str, Any]:
    path = f"{METADATA}/timestamp.json"
    if not draft.exists(path):
        return {}
    document: dict[str, Any] = json.loads(draft.read(path))
    return document


def _meta(version: int, data: bytes) -> dict[str, Any]:
    """How a file is named by snapshot and timestamp; no data, no digest."""
    if not data:
        return {"version": version}
    digest = {"sha256": sha256(data).hexdigest()}
    return {"version": version, "length": len(data), "hashes": digest}
