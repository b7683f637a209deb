"""The maintainer's view: few, proven, ready reports, at the pace that the maintainer can bear."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from seawall.cases import access, budgets, handovers
from seawall.cases.clocks import longest_embargoes
from seawall.cases.models import CandidateFix, CapacityBudget, Case, Handover
from seawall.cases.reading import FOR_FACTS, embargo_holds
from seawall.cases.refusals import CaseRefused
from seawall.core.embargo_length import Length
from seawall.core.room_rules import may_set_budget
from seawall.findings.access import findings
from seawall.findings.models import Finding
from seawall.parties.access import NotPermitted, is_house, own_parties
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed
from seawall.vocab.errors import BadInput
from seawall.vocab.fixes import FixOutcome
from seawall.web.finding_parts import bundle_name
from seawall.web.listing import keyset
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.rooms_forms import MomentField

_MOST = 10
"""Cases shown at once."""


class BudgetForm(forms.Form):
    """How much the maintainer takes."""

    per_week = forms.IntegerField(
        label=gettext_lazy("Cases a week"), min_value=1, max_value=budgets.MOST
    )
    open_at_once = forms.IntegerField(
        label=gettext_lazy("Open at once"), min_value=1, max_value=budgets.MOST
    )
    batch = forms.IntegerField(
        label=gettext_lazy("In batches of"),
        min_value=1,
        max_value=budgets.MOST,
        help_text=gettext_lazy("Ready cases wait for each other, a week at most."),
    )
    paused_until = MomentField(
        label=gettext_lazy("Pause until (UTC)"),
        required=False,
        help_text=gettext_lazy("30 days at most. What is under attack comes nevertheless."),
    )
    raw_feed = forms.BooleanField(
        label=gettext_lazy("Show unproven findings on my products too"), required=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One case that the maintainer was handed, as far as the reader may see it."""

    row: Handover
    case: Case
    tier: Tier
    deadline: datetime | None
    proofs: Sequence[tuple[Finding, str]]
    """With the file name of the reproducer."""
    fixes: Sequence[CandidateFix]
    next: str

    @property
    def summary(self) -> bool:
        return self.tier >= Tier.T1

    @property
    def is_new(self) -> bool:
        return self.row.state == Handover.State.HANDED_OVER


@require_safe
@needs_login
def maintainer(request: HttpRequest) -> HttpResponse:
    """What was handed to one of the visitor's parties, and what it takes."""
    by, now = actor_of(request), timezone.now()
    vendors = _vendors(by)
    vendor = _chosen(by, vendors, request.GET.get("vendor", ""))
    if vendor is None:
        return page(request, "maintainers/none.html", {"in_house": is_house(by)})
    row = budgets.row_of(vendor)
    rows = (
        access.handovers(by, now=now)
        .filter(vendor=vendor, state__in=budgets.OPEN)
        .select_related("case__finding", "case__merged_into", "vendor")
        .prefetch_related(
            "case__fixes__verifications",
            "case__policies",
            "case__moments",
            *(f"case__{name}" for name in FOR_FACTS),
        )
    )
    cards = sorted(
        _cards(list(rows[:_MOST]), by, now),
        key=lambda card: (not card.row.urgent, not card.is_new, card.row.pk),
    )
    context: dict[str, Any] = {
        "vendor": vendor,
        "vendors": vendors,
        "cards": cards,
        "budget": row,
        "paused": row.paused_until is not None and row.paused_until > now,
        "open_now": budgets.open_handovers(vendor).count(),
        "this_week": len(budgets.handed_over_lately(vendor, now=now)),
        "waiting": _waiting(vendor, by),
        "form": _form(row) if _may_set(by, vendor) else None,
        "listed": keyset(budgets.raw_feed(vendor), request.GET, size=20) if row.raw_feed else None,
    }
    return page(request, "maintainers/maintainer.html", context)


@require_POST
@needs_login
def answer(request: HttpRequest, handover_id: str) -> HttpResponse:
    """Acknowledge or decline a case."""
    by, now = actor_of(request), timezone.now()
    row = access.handover(by, handover_id, now=now)
    words = request.POST.get("words", "")
    try:
        if request.POST.get("answer") == "decline":
            handovers.decline(row, because=words, by=by, now=now)
            tell(request, _("The case was declined; the coordinators are told why."))
        else:
            handovers.acknowledge(row, note=words, by=by, now=now)
            tell(request, _("Thank you: the others in the case know that you work on it."))
    except (CaseRefused, BadInput, NotPermitted) as error:
        warn(request, str(error))
    return go_to("maintainer", vendor=row.vendor.public_id)


@require_POST
@needs_login
def budget(request: HttpRequest, party_id: str) -> HttpResponse:
    """Say how much the maintainer takes; pause and resume."""
    by, now = actor_of(request), timezone.now()
    vendor = access.vendor(by, party_id)
    form = BudgetForm(request.POST)
    try:
        if request.POST.get("resume"):
            budgets.set_budget(vendor, budgets.Wanted(resume=True), by=by, now=now)
            tell(request, _("The pause is over."))
        elif form.is_valid():
            budgets.set_budget(vendor, budgets.Wanted(**form.cleaned_data), by=by, now=now)
            tell(request, _("From now on you get as much as you said."))
        else:
            problems = (
                f"{form.fields[name].label}: {' '.join(map(str, errors))}"
                for name, errors in form.errors.items()
            )
            warn(request, " ".join(problems))
    except (BadInput, NotPermitted) as error:
        warn(request, str(error))
    return go_to("maintainer", vendor=vendor.public_id)


def _vendors(by: Actor) -> list[Party]:
    """The visitor's parties that make software, or were handed something."""
    mine = own_parties(by)
    handed = set(
        Handover.objects.filter(vendor__in=mine)
        .exclude(state__in=[Handover.State.WAITING, Handover.State.WITHDRAWN])
        .values_list("vendor", flat=True)
    )
    return [each for each in mine if "vendor" in each.roles or each.pk in handed]


def _chosen(by: Actor, vendors: Sequence[Party], wanted: str) -> Party | None:
    if wanted:
        return access.vendor(by, wanted)
    return vendors[0] if vendors else None


def _cards(rows: Any, by: Actor, now: datetime) -> Iterator[Card]:
    proofs_of = _proofs(rows, by, now)
    limits = longest_embargoes([row.case for row in rows])
    for row in rows:
        case = row.case
        tier = access.tier(by, case, now=now)
        proofs = proofs_of.get(_lead(case), [])[:3] if tier >= Tier.T1 else []
        yield Card(
            row=row,
            case=case,
            tier=tier,
            deadline=_deadline(case, limits[case.pk], now),
            proofs=[(each, bundle_name(each)) for each in proofs],
            fixes=_verified(case) if tier >= Tier.T2 else (),
            next=_next(row, case, tier),
        )


def _proofs(rows: Any, by: Actor, now: datetime) -> dict[int, list[Finding]]:
    """The findings with a reproducer of all these cases, the best first, by the group's lead."""
    leads = {_lead(row.case) for row in rows if row.case.merged_into_id is None}
    members = Finding.objects.filter(Q(pk__in=leads) | Q(lead__in=leads)).order_by()
    ids = list(members.filter(reproducer__isnull=False).values_list("pk", flat=True))
    seen = findings(by, at_least=Tier.T1, now=now, many=True).filter(pk__in=ids)
    found: dict[int, list[Finding]] = {}
    for each in seen.defer("sealed").order_by("-level", "pk"):
        found.setdefault(each.lead_id or each.pk, []).append(each)
    return found


def _lead(case: Case) -> int:
    return case.finding.lead_id or case.finding_id


def _verified(case: Case) -> list[CandidateFix]:
    """Fixes whose newest verification, as prefetched, says "verified"."""
    runs = ((fix, next(iter(fix.verifications.all()), None)) for fix in case.fixes.all())
    return [fix for fix, run in runs if run and run.outcome == FixOutcome.VERIFIED]


def _next(row: Handover, case: Case, tier: Tier) -> str:
    """What the maintainer does next, in a sentence."""
    if tier == Tier.T0:
        return _("Consent to the embargo in the case room; until then nothing more is shown.")
    if row.state == Handover.State.HANDED_OVER:
        return _("Say that you have it, or decline it with a reason.")
    if case.fix_ready:
        return _("The fix is ready. Release it when the embargo ends.")
    if case.fix_promised_at is None:
        return _("Run the reproducer, then say when a fix will be out.")
    return _("Make the fix and add it to the case: it is run against every proof.")


def _deadline(case: Case, limit: Length | None, now: datetime) -> datetime | None:
    if embargo_holds(case, now=now):
        return case.embargo_ends_at
    return limit.ends_at if limit else None


def _waiting(vendor: Party, by: Actor) -> int | None:
    """How many cases wait for the vendor; told to the coordinators alone."""
    if not is_house(by, at_least=MemberRole.MEMBER):
        return None
    return Handover.objects.filter(vendor=vendor, state=Handover.State.WAITING).count()


def _may_set(by: Actor, vendor: Party) -> bool:
    return isinstance(may_set_budget(by, vendor=vendor.pk, products=False), Allowed)


def _form(row: CapacityBudget) -> BudgetForm:
    names = ("per_week", "open_at_once", "batch", "raw_feed")
    return BudgetForm(initial={name: getattr(row, name) for name in names})
