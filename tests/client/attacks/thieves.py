"""Somebody who runs a mirror and has stolen some keys, named one by one.

    thief = Thief(house, folder, "timestamp", "snapshot")
    thief.push({"snapshot": older})          # signs with what was stolen, else with own keys
    thief.replace("log/checkpoint", data)

Works on a copy of what the house gives out, in the files themselves: no code of Seawall's that
writes a repository, and no client, takes part.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

from securesystemslib.exceptions import FormatError
from securesystemslib.formats import encode_canonical

from feed.house import SLUG, House
from formats.bundles import signer
from seawall.feed.tuf.keys import key_id
from seawall.signing.keys import Ed25519Signer

Signed = dict[str, Any]
Change = Callable[[Signed], None]


def nothing(signed: Signed) -> None:
    """A new version with the same content."""


class Thief:
    """Owner of a mirror in `folder`. Keys that can be stolen: timestamp, snapshot, publisher,
    and those of the offline holders: ana, ben, cleo."""

    def __init__(self, house: House, folder: Path, *stolen: str, of: Path | None = None) -> None:
        shutil.copytree(of or house.folder, folder)
        self.house = house
        self.folder = folder
        self.stolen = {name: self._key(name) for name in stolen}
        self.own = signer("the thief's own")

    def _key(self, name: str) -> Ed25519Signer:
        return self.house.offline.get(name) or self.house.keys.get(name)

    # What the mirror gives out.

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def replace(self, path: str, data: bytes) -> None:
        place = self.folder / path
        place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def put_target(self, path: str, data: bytes) -> dict[str, Any]:
        """Give out a target, and what metadata says of it."""
        digest = sha256(data).hexdigest()
        folder, _, name = path.rpartition("/")
        self.replace(f"tuf/targets/{folder}/{digest}.{name}", data)
        return {"length": len(data), "hashes": {"sha256": digest}}

    # Metadata.

    def version(self, role: str) -> int:
        if role == "timestamp":
            return int(self._document("timestamp.json")["signed"]["version"])
        if role == "snapshot":
            meta = self._document("timestamp.json")["signed"]["meta"]
        elif role == "root":
            return max(int(p.name.split(".")[0]) for p in self._metadata.glob("*.root.json"))
        else:
            meta = self.signed("snapshot")["meta"]
        return int(meta[f"{role}.json"]["version"])

    def place(self, role: str, version: int = 0) -> str:
        """The path of a role's metadata, in its present version or another."""
        name = (
            f"{role}.json"
            if role == "timestamp"
            else f"{version or self.version(role)}.{role}.json"
        )
        return f"tuf/metadata/{name}"

    def signed(self, role: str, version: int = 0) -> Signed:
        signed: Signed = json.loads(self.read(self.place(role, version)))["signed"]
        return signed

    def bin_of(self, path: str) -> str:
        """The bin that names a target now."""
        for role in self.signed("snapshot")["meta"]:
            name = role.removesuffix(".json")
            if name.startswith(f"{SLUG}-") and path in self.signed(name)["targets"]:
                return name
        raise LookupError(path)

    def bins(self) -> list[str]:
        names = [role.removesuffix(".json") for role in self.signed("snapshot")["meta"]]
        return [name for name in names if name.startswith(f"{SLUG}-") and "packs" not in name]

    def push(
        self, changes: Mapping[str, Change], *, bump: bool = True, upward: bool = True
    ) -> None:
        """Change roles, sign them, and name them in a new snapshot and timestamp (`upward`).

        Each is signed by the stolen keys that may, or else by the thief's own key.
        """
        snapshot = deepcopy(self.signed("snapshot"))
        timestamp = deepcopy(self.signed("timestamp"))
        for role, change in changes.items():
            if role in ("snapshot", "timestamp", "root"):
                continue
            signed = deepcopy(self.signed(role))
            signed["version"] += bump
            change(signed)
            data = self.write(role, signed)
            if upward:
                _name(snapshot["meta"], role, signed["version"], data)
        changes.get("snapshot", nothing)(snapshot)
        if upward:
            if set(changes) - {"timestamp"}:
                snapshot["version"] += 1
                data = self.write("snapshot", snapshot)
                _name(timestamp["meta"], "snapshot", snapshot["version"], data)
            timestamp["version"] += 1
            changes.get("timestamp", nothing)(timestamp)
            self.write("timestamp", timestamp)

    def write(self, role: str, signed: Signed, *keys: Ed25519Signer) -> bytes:
        """Sign metadata and give it out; gives its bytes."""
        message = _canonical(signed)
        signatures = [
            {"keyid": key_id(key.public), "sig": key.sign(message).hex()}
            for key in keys or self._signers(role)
        ]
        data = json.dumps(
            {"signatures": signatures, "signed": signed}, separators=(",", ":")
        ).encode()
        self.replace(self.place(role, signed["version"]), data)
        return data

    def _signers(self, role: str) -> list[Ed25519Signer]:
        if role in ("root", "targets"):
            names = [name for name in ("ana", "ben", "cleo") if name in self.stolen]
        else:
            name = role if role in ("snapshot", "timestamp") else "publisher"
            names = [name] if name in self.stolen else []
        return [self.stolen[name] for name in names] or [self.own]

    @property
    def _metadata(self) -> Path:
        return self.folder / "tuf" / "metadata"

    def _document(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self._metadata / name).read_bytes())
        return document


def _canonical(signed: Signed) -> bytes:
    try:
        return str(encode_canonical(signed)).encode()
    except FormatError:  # a fraction, which nobody signs but a thief
        return json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()


def _name(meta: dict[str, Any], role: str, version: int, data: bytes) -> None:
    """Name a role's new version; with length and hashes where they were named before."""
    entry = dict(meta.get(f"{role}.json", {}))
    entry["version"] = version
    if "length" in entry:
        entry["length"] = len(data)
    if "hashes" in entry:
        entry["hashes"] = {"sha256": sha256(data).hexdigest()}
    meta[f"{role}.json"] = entry
