"""Genuine release bundles: real documents, signatures, log entries and inclusion proofs, with keys
in memory. `Maker` is one publisher with one growing log; `make_bundle` a single release of one."""

import base64
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from formats.releases import RELEASE
from seawall.formats.release_bundle import ReleaseBundle, write_bundle
from seawall.formats.release_documents import document_text, file_name, write_documents
from seawall.formats.release_statement import ReleaseStatement, fixes_told, write_statement
from seawall.ledger.entries import canonical
from seawall.signing.keys import Ed25519Signer
from seawall.signing.merkle import Frontier, inclusion_proof, leaf_hash, subtree_root
from seawall.signing.statements import sign_statement
from seawall.vocab.release import AdvisoryRelease, Revision, VerifiedFix

RELEASED = datetime(2026, 3, 9, 9, tzinfo=UTC)
ORIGIN = "clearinghouse.example/log"
PATCH = b"--- a/jinja2/sandbox.py\n+++ b/jinja2/sandbox.py\n@@ -1 +1 @@\n-import old\n+import new\n"
PATCH_SHA256 = hashlib.sha256(PATCH).hexdigest()


def signer(seed: str) -> Ed25519Signer:
    """An Ed25519 key that is the same for the same seed."""
    return Ed25519Signer(
        Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
    )


RELEASE_KEY, LOG_KEY = signer("release"), signer("log")


def a_release(number: int, *, revision: int = 1, **fields: Any) -> AdvisoryRelease:
    """RELEASE as advisory `number`, in so many revisions, mended by PATCH."""
    tracking = f"SEAWALL-2026-{number:04d}"
    history = tuple(
        Revision(number=n, at=RELEASED + timedelta(days=n - 1), summary=f"Revision {n}.")
        for n in range(1, revision + 1)
    )
    advisory = replace(RELEASE.advisory, id=tracking, summary=f"Weakness number {number}")
    made = replace(
        RELEASE,
        advisory=advisory,
        tracking_id=tracking,
        revisions=history,
        cve=f"CVE-2026-{10_000 + number}",
        fixes=(VerifiedFix(version="3.1.5", patch_sha256=PATCH_SHA256),),
        canonical_url="",
    )
    return replace(made, **fields)


def documents_of(release: AdvisoryRelease) -> dict[str, str]:
    """File name → exact text."""
    made = write_documents(release).documents
    return {file_name(name, release): document_text(made[name]) for name in made}


@dataclass(kw_only=True)
class Maker:
    """A publisher: each bundle's publication is one more leaf of its log."""

    release_key: Ed25519Signer = RELEASE_KEY
    log_key: Ed25519Signer = LOG_KEY
    origin: str = ORIGIN
    entries: list[bytes] = field(default_factory=list)
    payloads: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """(number, revision) → the signed payload."""
    _frontier: Frontier = field(default_factory=Frontier)
    _nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def append(self, what: str, on: str, facts: dict[str, Any], at: datetime = RELEASED) -> str:
        """One more public event; gives its entry."""
        entry = canonical(
            index=len(self.entries), at=at, by="person:ada", what=what, on=on, facts=facts
        )
        leaf = leaf_hash(entry.encode())
        self._nodes[0, len(self.entries)] = leaf
        self.entries.append(entry.encode())
        self._frontier, made = self._frontier.append(leaf)
        self._nodes.update({(node.level, node.index): node.hash for node in made})
        return entry

    def bundle(self, number: int, *, revision: int = 1, **fields: Any) -> bytes:
        """Release SEAWALL-2026-<number> in that revision; `fields` change its AdvisoryRelease."""
        release = a_release(number, revision=revision, **fields)
        return self.signed(release, documents_of(release))[0]

    def signed(self, release: AdvisoryRelease, documents: dict[str, str]) -> tuple[bytes, bytes]:
        """The bundle of a release with these documents, and the payload that is signed."""
        number, revision = int(release.tracking_id.rpartition("-")[2]), release.version
        statement = write_statement(self.statement(release, documents, number, revision))
        envelope = sign_statement(statement, signers=[self.release_key])
        digest = hashlib.sha256(envelope.payload).hexdigest()
        self.payloads[number, revision] = envelope.payload
        facts = {"revision": revision, "release": digest}
        entry = self.append("advisory.published", f"advisory:{release.tracking_id}", facts)
        bundle = ReleaseBundle(
            id=release.tracking_id,
            revision=revision,
            envelope=envelope.to_json(),
            entry=entry,
            proof=self.proof(len(self.entries) - 1),
            documents=documents,
        )
        return write_bundle(bundle), envelope.payload

    def statement(
        self, release: AdvisoryRelease, documents: dict[str, str], number: int, revision: int
    ) -> ReleaseStatement:
        former = self.payloads.get((number, revision - 1))
        patches = dict.fromkeys(fix.patch_sha256 for fix in release.fixes if fix.patch_sha256)
        return ReleaseStatement(
            id=release.tracking_id,
            revision=revision,
            publisher=release.publisher.name,
            namespace=release.publisher.namespace,
            released_at=release.current_at,
            tlp=release.advisory.tlp,
            documents={n: hashlib.sha256(documents[n].encode()).hexdigest() for n in documents},
            patches=tuple(patches),
            cve=release.cve,
            fixes=fixes_told(release),
            replaces=hashlib.sha256(former).hexdigest() if former else "",
        )

    def checkpoint(self, size: int | None = None) -> str:
        """The signed note over the first `size` entries (C2SP tlog-checkpoint, signed-note)."""
        size = len(self.entries) if size is None else size
        root = subtree_root(lambda level, index: self._nodes[level, index], 0, size)
        text = f"{self.origin}\n{size}\n{_base64(root)}\n"
        key = self.log_key.public.raw
        key_id = hashlib.sha256(self.origin.encode() + b"\n\x01" + key).digest()[:4]
        signature = _base64(key_id + self.log_key.sign(text.encode()))
        return f"{text}\n— {self.origin} {signature}\n"

    def proof(self, index: int, size: int | None = None) -> str:
        """C2SP tlog-proof of entry `index` under the checkpoint of `size`."""
        size = len(self.entries) if size is None else size
        path = inclusion_proof(lambda level, at: self._nodes[level, at], index=index, size=size)
        hashes = "".join(f"{_base64(each)}\n" for each in path)
        return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{self.checkpoint(size)}"

    @property
    def log_vkey(self) -> str:
        """The log's key as C2SP signed-note writes verifier keys."""
        key = b"\x01" + self.log_key.public.raw
        key_id = hashlib.sha256(self.origin.encode() + b"\n" + key).digest()[:4]
        return f"{self.origin}+{key_id.hex()}+{_base64(key)}"


def make_bundle(number: int, *, revision: int = 1, leaves_before: int = 0, **fields: Any) -> bytes:
    """One genuine bundle of RELEASE_KEY, whose publication stands in the log of LOG_KEY after
    `leaves_before` other events."""
    maker = Maker()
    for before in range(leaves_before):
        maker.append("feed.published", f"feed:{before}", {"version": before + 1})
    return maker.bundle(number, revision=revision, **fields)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
