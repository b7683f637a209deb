"""An installation of before contents were sealed is sealed when it is opened; nothing is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

CANARY = "kakapo-heron"

# What an installation of then held: each part says CANARY.
_BEFORE = """
import datetime, os, sys
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "seawall.config.settings"
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from seawall.blobs.store import FolderBlobs

AT = datetime.datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=datetime.UTC)
C = "kakapo-heron"
executor = MigrationExecutor(connection)
state = executor.migrate([
    ("ledger", "0002_seal"), ("inventory", "0001_initial"),
    ("findings", "0002_what_intake_sorts_by"), ("validation", "0002_best_beside_findings"),
    ("cases", "0003_clocks_and_handovers"), ("advisories", "0001_initial"),
])
def make(app, model, **values):
    plain = {k + "_id" if hasattr(v, "pk") else k: getattr(v, "pk", v) for k, v in values.items()}
    return state.apps.get_model(app, model).objects.create(**plain)

blobs = FolderBlobs(folder=Path(os.environ["SEAWALL_HOME"]) / "blobs")
raw, proof, diff = ((C + each).encode() for each in ("-raw", "-proof", "-diff"))
report = make("findings", "Report", digest=blobs.put(raw), format="seawall", size_bytes=len(raw),
              provenance={"reporter": "Ann"}, extra={"more": C}, received_at=AT)
attachment = make("findings", "Attachment", report=report, name="proof.zip", media_type="x/y",
                  digest=blobs.put(proof), size_bytes=len(proof))
lost = make("findings", "Attachment", report=report, name="lost", media_type="x/y",
            digest="0" * 64, size_bytes=1)
def finding(key, title, description=C):
    return make("findings", "Finding", report=report, key=key, title=title, target="pkg:pypi/x",
                component="x", severity="", received_at=AT, reproducer=attachment,
                content={"key": key, "title": title, "description": description})
one, two = finding(C + "-key", "One"), finding("2", "Two")
for number in range(3, 300):
    finding(str(number), "More", C * 50)
make("findings", "Report", digest=blobs.put(b"an SBOM"), format="text", size_bytes=7,
     provenance={}, received_at=AT)  # the same bytes as an SBOM, which stays as it is
make("findings", "DuplicateLink", earlier=one, later=two, signal="text", explanation=C,
     strength=1, joins=False, made_by="local", made_at=AT)
make("findings", "RejectedPart", report=report, where=C + "-where", reason=C)
make("validation", "Validation", finding=one, reproducer_digest="ab" * 32, verdict="confirmed",
     level=3, record={"reasons": [C]}, attestation=C, recorded_at=AT, is_best=True)
case = make("cases", "Case", finding=one, title="One", opened_at=AT, report_state="received",
            embargo_state="none")
fix = make("cases", "CandidateFix", case=case, label="patch", diff_digest=blobs.put(diff),
           added_by="local", added_at=AT)
make("cases", "Verification", fix=fix, outcome="verified", record={"reasons": [C]}, recorded_at=AT)
advisory = make("advisories", "Advisory", case=case, year=2026, number=1, created_at=AT)
make("advisories", "Revision", advisory=advisory, number=1, summary="1", facts_digest="0" * 64,
     documents={"published.json": "open"}, made_at=AT, published_at=AT)
make("advisories", "Revision", advisory=advisory, number=2, summary="2", facts_digest="1" * 64,
     documents={"draft.json": C}, made_at=AT)
owner = make("parties", "Party", name="Agency")
asset = make("inventory", "Asset", owner=owner, name="portal", created_at=AT)
make("inventory", "Sbom", asset=asset, digest=blobs.put(b"an SBOM"), format="cyclonedx",
     spec_version="1.5", imported_at=AT)
"""

_AFTER = """
import json
from seawall.config.bootstrap import setup
setup()
from seawall.advisories.models import Revision
from seawall.blobs.store import FolderBlobs
from seawall.cases.keys import diff_of
from seawall.cases.models import CandidateFix, Case
from seawall.findings import files
from seawall.findings.models import Attachment, DuplicateLink, Finding, RejectedPart, Report
from seawall.inventory.models import Sbom
from seawall.parties import sealing
from seawall.validation.models import Validation

report, second = Report.objects.order_by("pk")
fix = CandidateFix.objects.get()
attachment, lost = Attachment.objects.order_by("pk")
one, two = Finding.objects.order_by("pk")[:2]
try:
    files.content(lost)
except sealing.BlobMissing:
    missing = True
run = Validation.objects.get()
print(json.dumps({
    "raw": files.received(report).decode(), "extra": report.extra,
    "proof": files.content(attachment).decode(), "lost": missing,
    "findings": [one.content, two.content], "keys": [one.key, two.key],
    "rejected": RejectedPart.objects.get().said,
    "link": DuplicateLink.objects.get().explanation,
    "run": [run.record, run.attestation],
    "diff": diff_of(fix).decode(), "verification": fix.verifications.get().record,
    "documents": [row.documents for row in Revision.objects.order_by("number")],
    "second": files.received(second).decode(),
    "sbom": sealing.blobs().get(Sbom.objects.get().digest).decode(),
    "blobs": len(list(sealing.blobs().digests())),
    "state": sealing.keyring().state().keys,
}))
"""


def run(code: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "SEAWALL_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def readable(home: Path) -> list[str]:
    """Names of files in which the canary lies."""
    return sorted(
        path.name
        for path in home.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    )


def test_it_is_sealed_when_it_is_opened_and_loses_nothing(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    run(_BEFORE, home)
    assert len(readable(home)) >= 4  # the database and three blobs
    told = json.loads(run(_AFTER, home))
    keys = told.pop("keys")
    assert told == {
        "raw": "kakapo-heron-raw",
        "extra": {"more": CANARY},
        "proof": "kakapo-heron-proof",
        "lost": True,
        "findings": [
            {"key": "kakapo-heron-key", "title": "One", "description": CANARY},
            {"key": "2", "title": "Two", "description": CANARY},
        ],
        "rejected": ["kakapo-heron-where", CANARY],
        "link": CANARY,
        "run": [{"reasons": [CANARY]}, CANARY],
        "diff": "kakapo-heron-diff",
        "verification": {"reasons": [CANARY]},
        "documents": [{"published.json": "open"}, {"draft.json": CANARY}],
        "second": "an SBOM",
        "sbom": "an SBOM",
        "blobs": 5,
        "state": 3,
    }
    assert {len(key) for key in keys} == {64}
    assert readable(home) == []


def test_opening_it_again_changes_nothing(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    run(_BEFORE, home)
    assert json.loads(run(_AFTER, home)) == json.loads(run(_AFTER, home))
