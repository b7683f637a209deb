"""The restricted lane for tests: a case with everything, a recipient, copies read back."""

import hashlib
import io
import tarfile
from datetime import datetime
from typing import Any

import pyrage

from cases.casework import prove, reload
from distribution.founded import DAY
from findings.reports import report_with_proof
from parties.members import actor, lead, party
from seawall.advisories.actions import draft
from seawall.cases import fixes
from seawall.cases.actions import open_case
from seawall.cases.models import Case
from seawall.cases.participants import bring_in
from seawall.distribution import feeds, parts, recipients
from seawall.distribution.deliveries import deliver
from seawall.distribution.models import Delivery, Recipient
from seawall.feed.tuf.roles import target_path
from seawall.findings.actions import submit
from seawall.findings.models import Finding
from seawall.formats.archives import pack_zip
from seawall.parties import approvals
from seawall.parties.models import ApprovalSignature, Party
from seawall.vocab.access import Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from validation.records import NOON

KEY = pyrage.x25519.Identity.generate()
MANIFEST = "format = 1\n" + "".join(f"# step {n}\n" for n in range(40))
REPRODUCER = pack_zip({"reproducer.toml": MANIFEST.encode(), "input.txt": b"a\nb\n" * 40})
DIFF = b"--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"


def case_with_everything(vendor: Party) -> Case:
    """A proven case with a reproducer, a verified patch and a draft; the vendor takes part."""
    lab = party("Ann Lab", Party.Role.FINDER)
    lead("Fay", lab)
    submit(report_with_proof(REPRODUCER), name="r.json", by=LOCAL, now=NOON)
    row = Finding.objects.get()
    prove(row)
    made = open_case(row, by=LOCAL, now=NOON)
    _verified(made, diff=DIFF)
    bring_in(reload(made), vendor, Part.VENDOR, tier=Tier.T3, by=LOCAL, now=NOON)
    draft(reload(made), by=LOCAL, now=NOON)
    return reload(made)


def verified_version(case: Case) -> None:
    """A verified fix that is a version, with no patch."""
    _verified(case, version="3.1.6")


def _verified(case: Case, **what: Any) -> None:
    fix = fixes.add_fix(case, **what, by=LOCAL, now=NOON)
    result = FixVerification(
        outcome=FixOutcome.VERIFIED, reasons=("Silent.",), checks=(), silenced=("ab" * 32,),
        started_at=NOON, finished_at=NOON,
    )  # fmt: skip
    fixes.record_verification(fix, result, by=LOCAL, now=NOON)


def recipient(of: Party, tier: Tier = Tier.T2, **change) -> Recipient:
    given = {
        "age_key": str(KEY.to_public()),
        "tier": tier,
        "sponsor": "U-1",
        "reason": "Fixes it.",
        "expires_at": NOON + 30 * DAY,
    }
    return recipients.add(of, **(given | change), by=LOCAL, now=NOON)


def approve(case: Case, to: Recipient, *, now: datetime = NOON) -> None:
    """Two people of two parties let the reproducer go to the recipient's party."""
    [row] = parts.ask_exports(case, to, by=LOCAL, now=now)
    lab, house = Party.objects.get(name="Ann Lab"), Party.objects.get(name="House")
    for who, of in ((lead("Ann", house), house), (lead("Fee", lab), lab)):
        approvals.sign(
            row, party=of.pk, digest=row.digest, how=ApprovalSignature.How.CONFIRMED,
            evidence={}, by=actor(who), now=now,
        )  # fmt: skip


def made(case: Case, to: Recipient, *, at=NOON, **more) -> Delivery:
    return deliver(case, to, by=LOCAL, now=at, **more)


def plain(row: Delivery) -> bytes:
    sealed = feeds.restricted().tree.read(target_path(row.path, row.ciphertext_digest))
    assert hashlib.sha256(sealed).hexdigest() == row.ciphertext_digest
    assert len(sealed) == row.ciphertext_bytes and len(sealed) % 4096 == 0
    data = pyrage.decrypt(sealed, [KEY])
    assert hashlib.sha256(data).hexdigest() == row.plaintext_digest
    return data


def files(row: Delivery) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(plain(row))) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive}
