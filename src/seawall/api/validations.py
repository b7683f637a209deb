"""/validations: graded runs and their signed attestations."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from seawall.api.auth import caller
from seawall.api.paging import Paging, page
from seawall.findings.access import finding
from seawall.validation import access
from seawall.validation.models import BULKY, Validation
from seawall.vocab.evidence import EvidenceLevel

router = Router(tags=["validations"])


class ValidationOut(Schema):
    id: str
    finding: str
    verdict: str
    level: str
    word: str
    is_best: bool
    reproducer_digest: str
    recorded_at: datetime


class ValidationDetail(ValidationOut):
    """`record` says what each run did; `attestation` is a DSSE envelope of an in-toto statement."""

    record: dict[str, Any]
    attestation: dict[str, Any]


class ValidationPage(Schema):
    items: list[ValidationOut]
    next: int | None


class ValidationQuery(Paging):
    finding: str = ""


@router.get("", response=ValidationPage)
def validations(request: HttpRequest, asked: Query[ValidationQuery]) -> Any:
    """Validations, newest first; of one finding if asked."""
    by = caller(request)
    finding_id = finding(by, asked.finding).pk if asked.finding else None
    rows = access.validations(by, finding_id=finding_id).defer(*BULKY)
    found, following = page(rows, asked)
    return {"items": [_validation(row) for row in found], "next": following}


@router.get("/{id}", response=ValidationDetail)
def validation(request: HttpRequest, id: str) -> Any:
    """One validation with its runs and its attestation."""
    row = access.validation(caller(request), id)
    return _validation(row) | {"record": row.record, "attestation": json.loads(row.attestation)}


def _validation(row: Validation) -> dict[str, Any]:
    level = EvidenceLevel(row.level)
    return {
        "id": row.public_id,
        "finding": row.finding.public_id,
        "verdict": row.verdict,
        "level": level.name,
        "word": level.word,
        "is_best": row.is_best,
        "reproducer_digest": row.reproducer_digest,
        "recorded_at": row.recorded_at,
    }
