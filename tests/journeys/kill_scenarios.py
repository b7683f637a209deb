"""What is done when a process is killed in `killing`, and how one sees what is left of it.

Imported by the server process after Django was set up.
"""

import shutil
import subprocess
from datetime import datetime, timedelta
from hashlib import new, sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from django.conf import settings
from django.db import connection

from cases.casework import finding, prove
from distribution.founded import published, revised
from seawall.advisories.actions import draft, publish
from seawall.advisories.models import Advisory, Patch, Release, Revision
from seawall.advisories.releases import public_release_key
from seawall.cases import fixes
from seawall.cases.actions import open_case
from seawall.client.fetching import FolderSource
from seawall.client.store import Store
from seawall.client.sync import sync
from seawall.client.trusted import trust_root
from seawall.config.bootstrap import setup
from seawall.distribution import feeds
from seawall.distribution.ceremonies import found_quickly
from seawall.distribution.models import Published
from seawall.distribution.publishing import publish_due
from seawall.formats.release_bundle import check_bundle, read_bundle
from seawall.ledger import checkpoints, queries
from seawall.ledger.models import Checkpoint, Event, Outbox
from seawall.signing.dsse import Envelope
from seawall.signing.statements import open_statement
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from seawall_verify import VerificationFailed, VerifierKey, verify_log, verify_proof
from validation.records import NOON

HOUR = timedelta(hours=1)
DIFF = b"--- a/jinja2/sandbox.py\n+++ b/jinja2/sandbox.py\n@@ -1 +1 @@\n-import a\n+import b\n"


class Publishing:
    """Publishing the first release of an installation, keys included."""

    def prepare(self) -> None:
        """A drafted advisory with a patch."""
        setup()
        row = finding("Template text escapes the sandbox", identifiers=["CVE-2024-56326"])
        prove(row)
        case = open_case(row, by=LOCAL, now=NOON)
        fix = fixes.add_fix(case, diff=DIFF, by=LOCAL, now=NOON)
        result = FixVerification(
            outcome=FixOutcome.VERIFIED,
            reasons=("Silent.",),
            checks=(),
            silenced=("ab" * 32,),
            started_at=NOON,
            finished_at=NOON,
        )
        fixes.record_verification(fix, result, by=LOCAL, now=NOON)
        draft(case, by=LOCAL, now=NOON)
        connection.close()

    def deed(self) -> None:
        publish(Advisory.objects.get(), by=LOCAL, now=NOON + timedelta(hours=1))

    def look(self) -> dict[str, Any]:
        """Every trace of the release, and what is wrong with what is there."""
        revision, advisory = Revision.objects.get(), Advisory.objects.get()
        topics = ("advisory.released", "advisory.published")
        return {
            "traces": {
                "revision": revision.published_at is not None,
                "documents": revision.public_documents is not None,
                "fixes": revision.public_fixes is not None,
                "advisory": advisory.published_at is not None,
                "case": advisory.case.public_aware,
                "release": Release.objects.count() == 1,
                "patch": Patch.objects.count() == 1,
                "event": Event.objects.filter(what="advisory.published").count() == 1,
                "checkpoint": Checkpoint.objects.exists(),
                "work": all(Outbox.objects.filter(topic=t).count() == 1 for t in topics),
            },
            "wrong": [*_database_problems(), *queries.verify().problems],
            "verified": [_verified(each) for each in Release.objects.all()],
        }


class Distributing:
    """Bringing the second revision of an advisory into the public tree, in which the first is.

    A reader has synced the first one; it syncs again from what the dead process left.
    """

    def prepare(self) -> None:
        setup()
        found_quickly(now=NOON)
        release = published(now=NOON + HOUR)
        publish_due(now=NOON + 2 * HOUR)
        reader = _reader()
        trust_root(reader, feeds.public().tree.read("tuf/metadata/1.root.json"))
        _sync(reader, now=NOON + 2 * HOUR)
        revised(release, now=NOON + 3 * HOUR)
        connection.close()

    def deed(self) -> None:
        publish_due(now=NOON + 4 * HOUR)

    def look(self) -> dict[str, Any]:
        """The tree as readers see it, what does not verify in it, and what the reader gets."""
        files = _files()
        with TemporaryDirectory() as folder:
            reader = Path(folder) / "reader"
            shutil.copytree(_reader(), reader)
            _sync(reader, now=NOON + 5 * HOUR)
            with Store.open(reader) as store:
                (held,) = store.releases()
        said = [f"{path} {sha256(files[path]).hexdigest()}" for path in sorted(files)]
        plain = [line for line in said if ".asc " not in line]  # those hold when they were made
        return {
            "tree": sha256("\n".join(plain).encode()).hexdigest(),
            "revision": held.revision,
            "wrong": [*_file_problems(files), *_database_problems(), *queries.verify().problems],
            "rows": sorted(Published.objects.values_list("release__revision__number", flat=True)),
            "log": [*_log_problems(files)],
        }


class TornPublishing(Publishing):
    """The same in two transactions, which the sweep must notice."""

    def deed(self) -> None:
        Advisory.objects.update(published_at=NOON)
        super().deed()


def _reader() -> Path:
    """Where the reader keeps what it knows."""
    return Path(settings.SEAWALL_HOME) / "reader"


def _sync(reader: Path, *, now: datetime) -> None:
    with FolderSource(feeds.public().tree.current) as source:
        sync(reader, source, now=now)


def _files() -> dict[str, bytes]:
    tree = feeds.public().tree
    return {path: tree.read(path) for path in tree.files()}


def _file_problems(files: dict[str, bytes]) -> list[str]:
    """Digests and signatures that are not those of the file beside them, archives that lack what
    lies beside them."""
    found = []
    for path, data in files.items():
        name, _, kind = path.rpartition(".")
        digest = new(kind, files[name]).hexdigest() if _is_digest(kind, name, files) else ""
        if digest and data.split()[0].decode() != digest:
            found.append(f"{path} is not of {name}")
        if kind == "asc" and name in files and not _is_signed(files, name, data):
            found.append(f"{path} does not sign {name}")
        if path.endswith("/all.zip") and path.count("/") == 2:
            with ZipFile(BytesIO(data)) as archive:
                inside = {f"{path[:-7]}{each}": archive.read(each) for each in archive.namelist()}
            if inside.items() - files.items():
                found.append(f"{path} holds other records")
    return found


def _is_digest(kind: str, name: str, files: dict[str, bytes]) -> bool:
    return kind in ("sha256", "sha512") and name in files


def _is_signed(files: dict[str, bytes], name: str, signature: bytes) -> bool:
    (key,) = (files[p] for p in files if p.startswith("csaf/openpgp/") and p.endswith(".asc"))
    with TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "key.asc").write_bytes(key)
        (home / "signature").write_bytes(signature)
        (home / "document").write_bytes(files[name])
        gpg = ["gpg", "--batch", "--quiet", "--homedir", folder, "--no-autostart"]
        subprocess.run([*gpg, "--import", home / "key.asc"], check=True, capture_output=True)
        verify = [*gpg, "--verify", home / "signature", home / "document"]
        return subprocess.run(verify, capture_output=True, check=False).returncode == 0


def _log_problems(files: dict[str, bytes]) -> list[str]:
    """What the separate verifier says about the log in the tree."""
    key = VerifierKey.parse(checkpoints.log_key().text)
    try:
        verify_log(lambda path: files[f"log/{path}"], keys=[key])
    except VerificationFailed as failed:
        return [str(failed)]
    return []


def _database_problems() -> list[str]:
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        return [word for (word,) in cursor.fetchall() if word != "ok"]


def _verified(release: Release) -> int:
    """The log's index of a release, verified as whoever gets it does."""
    bundle = read_bundle(release.bundle.encode())
    envelope = Envelope.from_json(bundle.envelope)
    open_statement(envelope, trusted=[public_release_key()])
    check_bundle(bundle, envelope.payload)
    key = VerifierKey.parse(checkpoints.log_key().text)
    proven = verify_proof(
        bundle.proof,
        entry=bundle.entry.encode(),
        keys=[key],
        origin=settings.SEAWALL_LOG_ORIGIN,
    )
    return proven.index
