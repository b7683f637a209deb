"""What is done when a process is killed in `killing`, and how one sees what is left of it.

Imported by the server process after Django was set up.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from cases.casework import finding, prove
from seawall.advisories.actions import draft, publish
from seawall.advisories.models import Advisory, Patch, Release, Revision
from seawall.advisories.releases import public_release_key
from seawall.cases import fixes
from seawall.cases.actions import open_case
from seawall.config.bootstrap import setup
from seawall.formats.release_bundle import check_bundle, read_bundle
from seawall.ledger import checkpoints, queries
from seawall.ledger.models import Checkpoint, Event, Outbox
from seawall.signing.dsse import Envelope
from seawall.signing.statements import open_statement
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from seawall_verify import VerifierKey, verify_proof
from validation.records import NOON

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


class TornPublishing(Publishing):
    """The same in two transactions, which the sweep must notice."""

    def deed(self) -> None:
        Advisory.objects.update(published_at=NOON)
        super().deed()


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
