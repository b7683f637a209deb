"""/duplicates: say that two findings are one vulnerability, or that they are not."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from seawall.api.auth import house_member
from seawall.api.openapi import refuses
from seawall.dedup.links import Strength
from seawall.findings import duplicates
from seawall.findings.access import finding, links_of
from seawall.findings.duplicates import LinkRefused, Reason
from seawall.findings.models import DuplicateLink, Finding
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor

router = Router(tags=["findings"])


class PairIn(Schema):
    """Two findings, and why they are, or are not, one vulnerability."""

    one: str
    other: str
    because: str = Field(min_length=1, max_length=2000)


class PairOut(Schema):
    """`joins`: whether the link holds the two together now."""

    earlier: str
    later: str
    signal: str
    explanation: str
    joins: bool
    made_by: str
    undone_by: str
    undone_because: str


@router.post("", response={201: PairOut}, openapi_extra=refuses())
def link(request: HttpRequest, body: PairIn) -> Any:
    """Link two findings; both stay, each with its finder's credit. For coordinators."""
    by = house_member(request)
    reason = Reason(signal="person", explanation=body.because, strength=Strength.CERTAIN)
    one, other = _both(by, body)
    return Status(201, _pair(duplicates.link(one, other, reason=reason, by=by, now=timezone.now())))


@router.post("/undo", response=PairOut, openapi_extra=refuses())
def undo(request: HttpRequest, body: PairIn) -> Any:
    """Undo the link between two findings; what only it held together falls apart again.

    For coordinators."""
    by = house_member(request)
    one, other = _both(by, body)
    pair = {one.pk, other.pk}
    links = [each for each in links_of(by, one) if {each.earlier_id, each.later_id} == pair]
    if not links:
        raise LinkRefused(f"{one.public_id} and {other.public_id} are not linked.")
    duplicates.undo(links[0], because=body.because, by=by, now=timezone.now())
    links[0].refresh_from_db()
    return _pair(links[0])


def _both(by: Actor, body: PairIn) -> tuple[Finding, Finding]:
    """The two findings, of both of which `by` may read the detail."""
    one = finding(by, body.one, at_least=Tier.T2)
    return one, finding(by, body.other, at_least=Tier.T2)


def _pair(row: DuplicateLink) -> dict[str, Any]:
    return {
        "earlier": row.earlier.public_id,
        "later": row.later.public_id,
        "signal": row.signal,
        "explanation": row.explanation,
        "joins": row.joins and row.undone_at is None,
        "made_by": row.made_by,
        "undone_by": row.undone_by,
        "undone_because": row.undone_because,
    }
