"""Shredding validations with their findings, and moving those that stay under another key."""

from collections.abc import Collection, Sequence

from seawall.findings.models import Finding
from seawall.ledger.actions import require_transaction
from seawall.parties import sealing
from seawall.validation.models import Validation
from seawall.vocab.evidence import Verdict


def shred_validations(finding_ids: Collection[int]) -> None:
    """Leave of the runs for these findings that they were, and when."""
    require_transaction()
    rows = Validation.objects.filter(finding__in=finding_ids).select_related("finding__report")
    for row in rows:
        remains = sealing.remains_of(sealing.key_of(bytes(row.sealed_record)))
        row.sealed_record = row.sealed_attestation = remains
        row.verdict, row.level, row.is_best = Verdict.ERROR.value, 0, False
        row.reproducer_digest = ""
        row.save()


def seal_anew(findings: Sequence[Finding]) -> None:
    """Seal the runs for these findings under their report's key of now, which
    `findings.shredding` has just changed."""
    require_transaction()
    by_id = {finding.pk: finding for finding in findings}
    with sealing.opening():
        for row in Validation.objects.filter(finding__in=by_id):
            record, attestation = row.record, row.attestation
            row.finding = by_id[row.finding_id]
            row.record, row.attestation = record, attestation
            row.save(update_fields=["sealed_record", "sealed_attestation"])
