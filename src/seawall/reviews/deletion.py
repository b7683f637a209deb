"""Deleting what a submission holds, and the evidence that it was deleted.

What was sealed is gone when its keys are destroyed, in backups as well. The evidence is a signed
statement that names each key by a digest, counts what was under it, and says where the ledger
recorded it; it can be shown to the lab without showing anything of the model.
"""

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction

from seawall.core import submissions as rules
from seawall.core.submissions import Step
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import sealing
from seawall.reviews.models import Call, Grant, ItemRun, Submission
from seawall.reviews.regimes import regime
from seawall.reviews.submissions import demand, standing_of
from seawall.signing.statements import STATEMENT_TYPE, sign_statement
from seawall.validation.actions import signer
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Refused

DELETE = "reviews.delete"
PREDICATE_TYPE = "urn:seawall:attestation:deletion:v1"


@transaction.atomic
def delete(row: Submission, *, by: Actor, now: datetime) -> Submission:
    """Destroy the keys of a submission and of its grants' transcripts. Raises StepRefused.

    The keys go after the transaction, at once and once more by the job `reviews.delete`, so that
    no crash leaves something readable that is said to be deleted.
    """
    row = Submission.objects.select_for_update().get(pk=row.pk)
    demand(rules.may_take(Step.DELETE, standing_of(row), regime(row.regime), now=now))
    grants = list(Grant.objects.filter(submission=row))
    keys = [key for key in (row.key_id, *(grant.key_id for grant in grants)) if key]
    calls = Call.objects.filter(grant__in=grants).exclude(transcript="")
    blobs = list(calls.values_list("transcript", flat=True))
    counts = {
        "keys": len(keys),
        "call_transcripts": len(blobs),
        "item_transcripts": ItemRun.objects.filter(evaluation__submission=row)
        .exclude(sealed_transcript=b"")
        .count(),
    }
    event = ledger.record(by=by, what="submission.deleted", on=row, facts=counts, at=now)
    calls.update(transcript="")
    ItemRun.objects.filter(evaluation__submission=row).update(sealed_transcript=b"")
    statement = _statement(row, keys=keys, counts=counts, index=event.index, at=now)
    row.sealed, row.deleted_at = b"", now
    row.deletion = {
        **counts,
        "ledger_index": event.index,
        "envelope": sign_statement(statement, signers=[signer()]).to_json(),
    }
    row.save(update_fields=["sealed", "deleted_at", "deletion"])
    sealing.destroy_at_commit(keys, blobs=blobs, at=now)
    outbox.send(
        DELETE,
        key=f"delete:{row.pk}",
        due_at=now,
        submission_id=row.pk,
        key_ids=keys,
        blobs=blobs,
        at=now.isoformat(),
    )
    return row


@transaction.atomic
def delete_when_due(row: Submission, *, by: Actor, now: datetime) -> bool:
    """Delete what the terms no longer let be kept; whether there was something. Safe to call
    again."""
    row = Submission.objects.select_for_update().get(pk=row.pk)
    said = rules.may_take(Step.DELETE, standing_of(row), regime(row.regime), now=now)
    if isinstance(said, Refused):
        return False
    delete(row, by=by, now=now)
    return True


def _statement(
    row: Submission, *, keys: list[str], counts: dict[str, int], index: int, at: datetime
) -> dict[str, Any]:
    digests = [hashlib.sha256(key.encode()).hexdigest() for key in keys]
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": f"key {number}", "digest": {"sha256": digest}}
            for number, digest in enumerate(digests, 1)
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "submission": row.public_id,
            "codename": row.codename,
            "withdrawn": row.withdrawn_at is not None,
            "destroyed": counts,
            "ledgerIndex": index,
            "at": at.isoformat(),
            "means": "data keys destroyed; what was sealed under them cannot be read any more",
        },
    }
