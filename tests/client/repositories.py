"""A feed's TUF repository made with python-tuf alone, every key of which a test holds.

Independent of `seawall.feed`: what the client takes is decided by the specification, not by what
our own writer happens to write.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOP = ("root", "targets", "snapshot", "timestamp")


def _keys() -> dict[str, list[CryptoSigner]]:
    counts = {"root": 3, "targets": 3, "snapshot": 1, "timestamp": 1, "acme": 1, "bravo": 1}
    return {role: [CryptoSigner.generate_ed25519() for _ in range(n)] for role, n in counts.items()}


@dataclass(kw_only=True)
class Repository:
    """Metadata in memory; `save` signs and writes it into `folder` as the layout of a feed.

    `signers` may be narrowed by a test: then only those keys sign that a thief holds.
    """

    folder: Path
    bits: int = 2
    slugs: tuple[str, ...] = ("acme",)
    now: datetime = NOW
    keys: dict[str, list[CryptoSigner]] = field(default_factory=_keys)
    roles: dict[str, Metadata] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.metadata = self.folder / "tuf" / "metadata"
        self.metadata.mkdir(parents=True)
        self.signers = dict(self.keys)
        root = Root(expires=self.now + timedelta(days=365), consistent_snapshot=True)
        for role in TOP:
            for key in self.keys[role]:
                root.add_key(key.public_key, role)
        root.roles["root"].threshold = root.roles["targets"].threshold = 2
        self.roles["root"] = Metadata(root)
        self.roles["targets"] = Metadata(Targets(expires=self.now + timedelta(days=365)))
        for slug in self.slugs:
            self._delegate(slug)
        self.roles["snapshot"] = Metadata(Snapshot(expires=self.now + timedelta(days=7)))
        self.roles["timestamp"] = Metadata(Timestamp(expires=self.now + timedelta(days=1)))
        self.say_trust()
        for role in self.delegated:
            self.name_in_snapshot(role)
        self.save(*TOP, *self.delegated)

    @property
    def delegated(self) -> list[str]:
        return [role for role in self.roles if role not in TOP]

    def _delegate(self, slug: str) -> None:
        [key] = self.keys[slug]
        targets = self.roles["targets"].signed
        if targets.delegations is None:
            targets.delegations = Delegations({}, {})
        assert targets.delegations.roles is not None
        targets.delegations.roles[slug] = DelegatedRole(slug, [], 1, True, [f"{slug}/*/*/*/*"])
        targets.add_key(key.public_key, slug)
        bins = SuccinctRoles([], 1, self.bits, f"{slug}-{self.bits}")
        made = Targets(
            expires=self.now + timedelta(days=90), delegations=Delegations({}, None, bins)
        )
        made.add_key(key.public_key)
        self.roles[slug] = Metadata(made)
        for name in bins.get_roles():
            self.roles[name] = Metadata(Targets(expires=self.now + timedelta(days=90)))

    def say_trust(self, **changes: object) -> None:
        """Write trust.json as a top-level target."""
        key = {"key": "00" * 32, "from": "2026-01-01T00:00:00Z", "until": None}
        said: dict[str, object] = {
            "format": "seawall-trust/1",
            "publishers": {
                slug: {"name": slug, "namespace": f"https://{slug}.test", "release_keys": [key]}
                for slug in self.slugs
            },
            "log": {"origin": "o.test/log", "key": "k", "url": "", "witnesses": [], "need": 0},
            "openpgp": [],
        }
        data = json.dumps(said | changes).encode()
        self.roles["targets"].signed.targets["trust.json"] = self.put("trust.json", data)

    def put(self, path: str, data: bytes) -> TargetFile:
        """Write a target's bytes under its consistent name."""
        folder, _, name = path.rpartition("/")
        place = self.folder / "tuf" / "targets" / folder / f"{sha256(data).hexdigest()}.{name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return TargetFile.from_data(path, data, ["sha256"])

    def bin_of(self, path: str) -> str:
        slug = path.partition("/")[0]
        succinct = self.roles[slug].signed.delegations.succinct_roles
        name: str = succinct.get_role_for_target(path)
        return name

    def change(self, files: Mapping[str, bytes], *, into: str = "") -> set[str]:
        """Publish files through their bins (or all through `into`); gives the changed bins."""
        changed = set()
        for path, data in files.items():
            role = into or self.bin_of(path)
            self.roles[role].signed.targets[path] = self.put(path, data)
            changed.add(role)
        self.bump(*changed)
        return changed

    def bump(self, *changed: str) -> None:
        """New versions of roles, named in a new snapshot and timestamp, all signed and written."""
        for role in changed:
            self.roles[role].signed.version += 1
            if role != "root":
                self.name_in_snapshot(role)
        self.roles["snapshot"].signed.version += 1
        self.roles["timestamp"].signed.version += 1
        self.save(*changed, "snapshot", "timestamp")

    def name_in_snapshot(self, role: str) -> None:
        version = self.roles[role].signed.version
        self.roles["snapshot"].signed.meta[f"{role}.json"] = MetaFile(version)

    def save(self, *roles: str) -> None:
        """Sign and write these roles as they are; the timestamp names the snapshot."""
        self.name_in_snapshot("targets")
        snapshot, timestamp = self.roles["snapshot"].signed, self.roles["timestamp"].signed
        timestamp.snapshot_meta.version = snapshot.version
        for role in roles:
            self.write(role, self.signed(role))

    def signed(self, role: str, keys: Iterable[CryptoSigner] | None = None) -> bytes:
        """The role's metadata, signed by `keys`, or by those that may."""
        made = self.roles[role]
        made.signatures.clear()
        for key in self.signers_of(role) if keys is None else keys:
            made.sign(key, append=True)
        return made.to_bytes(JSONSerializer(compact=True))

    def signers_of(self, role: str) -> list[CryptoSigner]:
        itself = role in TOP or role in self.slugs
        name = role if itself else next(s for s in self.slugs if role.startswith(f"{s}-"))
        return self.signers.get(name, [])

    def write(self, role: str, data: bytes) -> None:
        """Put a role's bytes where clients look for its present version."""
        version = self.roles[role].signed.version
        name = "timestamp.json" if role == "timestamp" else f"{version}.{role}.json"
        (self.metadata / name).write_bytes(data)

    @property
    def first_root(self) -> bytes:
        return (self.metadata / "1.root.json").read_bytes()
