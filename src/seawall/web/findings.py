"""One finding: what was said, what its proof showed, who found it, what it is part of."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from seawall.cases import access as case_access
from seawall.cases.models import Case
from seawall.core.plain import NotThisType
from seawall.findings import access
from seawall.findings.access import Known
from seawall.findings.models import DuplicateLink, Finding
from seawall.findings.queries import in_groups
from seawall.findings.triage import is_waiting
from seawall.parties.access import NotPermitted
from seawall.parties.sealing import Damaged, KeyMissing, Shredded
from seawall.validation import access as validation_access
from seawall.validation.models import BULKY
from seawall.vocab import findings as vocab
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.web.finding_parts import bundle_name, of_score, score_text
from seawall.web.finding_record import shown
from seawall.web.intake import rows_of
from seawall.web.pages import actor_of, needs_login, page
from seawall.web.pictures.ladder import ladder
from seawall.web.roles import is_coordinator, is_house

_MOST_VALIDATIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A link of the finding, seen from it."""

    link: DuplicateLink
    other: Finding
    holds: bool


@require_safe
@needs_login
def finding(request: HttpRequest, finding_id: str) -> HttpResponse:
    """The finding, as far as whoever asks may read it."""
    by, now = actor_of(request), timezone.now()
    row = access.finding(by, finding_id, now=now)
    tier = access.tiers(by, [row], now=now)[row.pk]
    context = {
        "finding": row,
        "tier": tier,
        "summary": tier >= Tier.T1,
        "detail": tier >= Tier.T2,
        "crumbs": crumbs(row),
    }
    if tier >= Tier.T1:
        context |= _summary(by, row, tier)
    if tier >= Tier.T2:
        context |= _detail(by, row)
    return page(request, "findings/finding.html", context)


@require_safe
@needs_login
def preview(request: HttpRequest, finding_id: str) -> HttpResponse:
    """A part of a page: the finding in short, beside the queue."""
    by = actor_of(request)
    row = access.finding(by, finding_id)
    (shown_row,) = rows_of(by, [row])
    content = content_of(row) if shown_row.detail else None
    best = None
    if shown_row.summary:
        best = validation_access.validations(by, finding_id=row.pk).filter(is_best=True).first()
    context = {
        "row": shown_row,
        "content": content,
        "best": shown(best, with_record=shown_row.detail) if best else None,
        "can_decide": is_coordinator(by),
        "next": request.headers.get("HX-Current-URL", ""),
    }
    return page(request, "findings/preview.html", context)


@require_safe
@needs_login
def progress(request: HttpRequest, finding_id: str) -> HttpResponse:
    """A part of a page: whether the finding's proof is being run."""
    row = access.finding(actor_of(request), finding_id, at_least=Tier.T1)
    return page(request, "findings/progress.html", {"finding": row, "waits": is_waiting(row)})


@require_safe
@needs_login
def attestation(request: HttpRequest, validation_id: str) -> HttpResponse:
    """The signed statement about one validation, as a file."""
    by = actor_of(request)
    row = validation_access.validation(by, validation_id)
    if validation_access.tiers(by, [row])[row.pk] < Tier.T2:
        raise NotPermitted("This takes tier T2.")
    text = json.dumps(json.loads(row.attestation), indent=2)
    response = HttpResponse(text, content_type="application/vnd.in-toto+json")
    response["Content-Disposition"] = f'attachment; filename="{row.public_id}.intoto.json"'
    response["Cache-Control"] = "no-store"
    return response


def crumbs(row: Finding) -> list[tuple[Any, str | None]]:
    """The trail above a page about a finding."""
    return [(_("Intake queue"), reverse("intake")), (row.public_id, None)]


def content_of(row: Finding) -> vocab.Finding | str:
    """What the report says of the finding, or why that cannot be read."""
    try:
        return row.value()
    except (Shredded, KeyMissing, Damaged, NotThisType) as error:
        return str(error)


def case_of(by: Actor, row: Finding) -> Case | None:
    """The case of the finding's group, if there is one of which `by` may know."""
    lead = row.lead_id or row.pk
    rows = case_access.cases(by).prefetch_related(None)
    return rows.filter(in_groups([lead])).first()


def _summary(by: Actor, row: Finding, tier: Tier) -> dict[str, Any]:
    runs = validation_access.validations(by, finding_id=row.pk).order_by("-is_best", "-pk")
    if tier < Tier.T2:
        runs = runs.defer(*BULKY)
    found = list(runs[:_MOST_VALIDATIONS])
    return {
        "level": row.level,
        "ladder": ladder(row.level if row.verdict else None),
        "severity": of_score(row.score),
        "score": score_text(row),
        "validations": [shown(each, with_record=tier >= Tier.T2) for each in found],
        "waits": is_waiting(row),
        "case": case_of(by, row),
        "known": _known(by, row),
        "can_decide": is_coordinator(by),
        "in_house": is_house(by),
    }


def _known(by: Actor, row: Finding) -> Known | None:
    return access.known([row]).get(row.pk) if row.lead_id else None


def _detail(by: Actor, row: Finding) -> dict[str, Any]:
    content = content_of(row)
    provenance = row.report.provenance_value()
    return {
        "content": content if isinstance(content, vocab.Finding) else None,
        "unreadable": content if isinstance(content, str) else "",
        "provenance": provenance,
        "finders": row.report.finders(),
        "command": f"seawall reproduce {bundle_name(row)}",
        "links": _links(by, row),
    }


def _links(by: Actor, row: Finding) -> Sequence[Linked]:
    return [
        Linked(
            link=each,
            other=each.later if each.earlier_id == row.pk else each.earlier,
            holds=each.joins and each.undone_at is None,
        )
        for each in access.links_of(by, row)
    ]
