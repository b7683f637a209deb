"""Keeping validations: recorded, signed and weighed in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from seawall.core.plain import to_plain
from seawall.findings.models import Finding
from seawall.findings.triage import weighed
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import sealing
from seawall.signing.keys import FileKeys, Signer
from seawall.signing.statements import sign_statement
from seawall.validation.best import best_of
from seawall.validation.models import Validation
from seawall.vocab.actors import Actor
from seawall.vocab.evidence import EvidenceLevel, ValidationRecord, Verdict


def signer() -> Signer:
    """The key of this installation for attestations."""
    return FileKeys(Path(settings.SEAWALL_HOME) / "keys").ensure("attestation")


@transaction.atomic
def record(
    result: ValidationRecord,
    *,
    finding: Finding,
    statement: Mapping[str, Any],
    by: Actor,
    now: datetime,
    job_key: str | None = None,
) -> Validation:
    """Keep a graded run with its signed in-toto `statement`, and weigh the finding's evidence.

    With the `job_key` of an earlier call this changes nothing and gives that call's row. Raises
    Shredded when the finding was shredded while its proof ran.
    """
    finding = (
        Finding.objects.select_for_update(of=("self",)).select_related("report").get(pk=finding.pk)
    )
    if job_key and (known := Validation.objects.filter(job_key=job_key).first()):
        return known
    if finding.shredded_at is not None:
        raise sealing.Shredded(finding.shredded_at)
    row = Validation.objects.create(
        finding=finding,
        reproducer_digest=result.reproducer_digest,
        verdict=result.verdict.value,
        level=int(result.level),
        record=to_plain(result),
        attestation=sign_statement(statement, signers=[signer()]).to_json(),
        recorded_at=now,
        job_key=job_key,
    )
    _weigh(finding)
    facts = {
        "finding": finding.public_id,
        "reproducer": sealing.commitment(finding.report.key_id, result.reproducer_digest),
        "verdict": result.verdict.value,
        "level": result.level.name,
    }
    ledger.record(by=by, what="validation.recorded", on=row, facts=facts, at=now)
    outbox.send("validation.recorded", due_at=now, validation_id=row.pk, finding_id=finding.pk)
    return row


def _weigh(finding: Finding) -> None:
    rows = Validation.objects.filter(finding=finding)
    best = best_of(rows)
    if best is None or best.is_best:
        return
    rows.filter(is_best=True).update(is_best=False)
    rows.filter(pk=best.pk).update(is_best=True)
    weighed(finding, level=EvidenceLevel(best.level), verdict=Verdict(best.verdict))
