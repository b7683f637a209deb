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
from seawall.vocab.access import Tier
from seawall.vocab.evidence import EvidenceLevel

router = Router(tags=["validations"])


class ValidationOut(Schema):
    """`tier` says how much this token may read of the finding; below T2 `reproducer_digest`,
    `record` and `attestation` are null."""

    id: str
    tier: str
    finding: str
    verdict: str
    level: str
    word: str
    is_best: bool
    reproducer_digest: str | None
    recorded_at: datetime


class ValidationDetail(ValidationOut):
    """`record` says what each run did; `attestation` is a DSSE envelope of an in-toto statement."""

    record: dict[str, Any] | None
    attestation: dict[str, Any] | None


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
    tiers = access.tiers(by, found)
    return {"items": [_validation(row, tiers[row.pk]) for row in found], "next": following}


@router.get("/{id}", response=ValidationDetail)
def validation(request: HttpRequest, id: str) -> Any:
    """One validation with its runs and its attestation."""
    by = caller(request)
    row = access.validation(by, id)
    tier = access.tiers(by, [row])[row.pk]
    whole = tier >= Tier.T2
    return _validation(row, tier) | {
        "record": row.record if whole else None,
        "attestation": json.loads(row.attestation) if whole else None,
    }


def _validation(row: Validation, tier: Tier) -> dict[str, Any]:
    level = EvidenceLevel(row.level)
    return {
        "id": row.public_id,
        "tier": tier.name,
        "finding": row.finding.public_id,
        "verdict": row.verdict,
        "level": level.name,
        "word": level.word,
        "is_best": row.is_best,
        "reproducer_digest": row.reproducer_digest if tier >= Tier.T2 else None,
        "recorded_at": row.recorded_at,
    }
