"""The intake queue: findings as they come in, sorted, narrowed, looked at without leaving the
list, and decided about many at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from seawall.findings import access
from seawall.findings.models import Finding, Receipt
from seawall.vocab.access import Tier
from seawall.vocab.evidence import EvidenceLevel
from seawall.web.finding_parts import of_score
from seawall.web.intake_filter import ORDERS, PAIRS, VIEWS, IntakeFilter, narrowed
from seawall.web.listing import Listed, Order, keyset, with_query
from seawall.web.pages import actor_of, needs_login, page
from seawall.web.proof_queue import proofs_underway
from seawall.web.roles import is_coordinator, is_house


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A finding as far as it may be shown: without tier T1 only that it exists."""

    finding: Finding
    summary: bool
    """Title, target, severity, evidence."""
    detail: bool
    """Who sent it."""

    @property
    def level(self) -> EvidenceLevel:
        return EvidenceLevel(self.finding.level)

    @property
    def severity(self) -> str:
        return of_score(self.finding.score)

    @property
    def sender(self) -> str:
        """Who sent it, without an address."""
        return self.finding.sender.partition(" <")[0]

    @property
    def waits(self) -> bool:
        """Whether a proof is still to be run."""
        found = self.finding
        return bool(found.reproducer_id and not found.verdict and not found.reproducer_problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a column: where a click leads, and which way it is sorted now."""

    label: Any
    address: str
    sorted: str
    """"ascending", "descending" or ""."""
    key: str


@require_safe
@needs_login
def intake(request: HttpRequest) -> HttpResponse:
    """The queue, one page of it."""
    by, now = actor_of(request), timezone.now()
    form = IntakeFilter(request.GET)
    wanted = form.wanted
    order = next((o for o in ORDERS if o.key == request.GET.get("sort")), ORDERS[0])
    found = access.findings(by, at_least=form.least_tier(order), now=now)
    lean = found.select_related(None).prefetch_related(None).defer("sealed")
    if wanted.get("case") == "no" and not is_house(by):
        # Without a case only who sent a finding, and the house, know of it.
        sent = Receipt.objects.filter(reporter__in=by.parties).order_by().values("report")
        lean = lean.filter(report__in=sent) if sent.exists() else lean.none()
    found = narrowed(lean, wanted, order)
    listed = keyset(found, request.GET, ORDERS)
    context = {
        "form": form,
        "listed": listed,
        "rows": rows_of(by, listed.rows),
        "heads": list(_heads(request, listed)),
        "views": [(view, dict(wanted) == dict(view.query)) for view in VIEWS],
        "can_decide": is_coordinator(by),
        "in_house": is_house(by),
        "underway": proofs_underway(by),
        "link": request.build_absolute_uri(with_query(request.GET, after=None)),
    }
    return page(request, "intake/list.html", context)


def rows_of(by: Any, findings: Sequence[Finding]) -> list[Row]:
    """How much of each of these findings may be shown."""
    tiers = access.tiers(by, findings)
    return [
        Row(
            finding=each,
            summary=tiers[each.pk] >= Tier.T1,
            detail=tiers[each.pk] >= Tier.T2,
        )
        for each in findings
    ]


def _heads(request: HttpRequest, listed: Listed[Finding]) -> Iterator[Head]:
    for first, second in PAIRS:
        here = listed.order
        other = second if here.key == first.key else first
        yield Head(
            label=first.label,
            key=first.key,
            address=with_query(request.GET, sort=other.key, after=None),
            sorted=_direction(here) if here in (first, second) else "",
        )


def _direction(order: Order) -> str:
    return "descending" if order.descending else "ascending"
