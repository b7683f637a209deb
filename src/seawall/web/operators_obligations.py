"""What directives demand: the list by date, one obligation with all that decided it, and closing it
by evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from seawall.core.access import may_change_inventory
from seawall.directives import access, actions
from seawall.directives.actions import NoSuchObligation
from seawall.directives.models import Obligation
from seawall.directives.policies import directive
from seawall.vocab.decisions import Allowed
from seawall.vocab.directives import Directive
from seawall.vocab.errors import BadInput
from seawall.web.listing import NEWEST, Filter, Order, keyset
from seawall.web.operators_forms import EvidenceForm
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn

_BY_DATE = Order(
    key="due",
    label=gettext_lazy("due first"),
    column="due_at",
    descending=False,
    read=datetime.fromisoformat,
)


class ObligationFilter(Filter):
    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[
            ("", gettext_lazy("with a date")),
            ("overdue", gettext_lazy("overdue")),
            ("upgrade", gettext_lazy("on the next upgrade")),
            ("closed", gettext_lazy("closed")),
        ],
    )
    system = forms.CharField(label=gettext_lazy("System"), max_length=200)


def most_urgent(rows: QuerySet[Obligation], count: int) -> list[Obligation]:
    """The first `count` by date, those without a date last; two queries."""
    dated = list(rows.filter(due_at__isnull=False).order_by("due_at", "pk")[:count])
    return dated + list(rows.filter(due_at=None).order_by("pk")[: max(1, count - len(dated))])


@require_safe
@needs_login
def obligations(request: HttpRequest) -> HttpResponse:
    """Obligations of one's own systems, the most urgent first; of all for an authority."""
    form = ObligationFilter(request.GET)
    wanted = form.wanted
    when = wanted.get("when", "")
    rows = access.obligations(
        actor_of(request), asset=wanted.get("system", ""), include_closed=when == "closed"
    )
    match when:
        case "upgrade":
            listed = keyset(rows.filter(due_at=None), request.GET)
        case "closed":
            listed = keyset(rows.filter(closed_at__isnull=False), request.GET, (NEWEST,))
        case "overdue":
            listed = keyset(rows.filter(due_at__lt=timezone.now()), request.GET, (_BY_DATE,))
        case _:
            listed = keyset(rows.filter(due_at__isnull=False), request.GET, (_BY_DATE,))
    return page(request, "operators/obligations.html", {"form": form, "listed": listed})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One input of the decision: its value, who says so, and whether it was assumed."""

    label: str
    value: str
    source: str
    assumed: bool


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def obligation(request: HttpRequest, obligation_id: str) -> HttpResponse:
    """One obligation with its row, its clauses and its clocks; by POST it is closed."""
    by = actor_of(request)
    found = access.obligation(by, obligation_id)
    form = EvidenceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        access.demand_close(by, found)
        if form.is_valid() and _close(request, found, form):
            return go_to("obligation", found.public_id)
    rule = _rule(found)
    owner = found.exposure.asset.owner_id
    context = {
        "obligation": found,
        "exposure": found.exposure,
        "rule": rule,
        "facts": _facts(found, rule),
        "clocks": [
            {"label": c["label"], "due_at": datetime.fromisoformat(c["due_at"])}
            for c in found.clocks
        ],
        "may_close": isinstance(may_change_inventory(by, owner=owner), Allowed),
        "form": form,
        "crumbs": [
            (_("Operator"), reverse("operator")),
            (_("Obligations"), reverse("obligations")),
            (found.public_id, None),
        ],
    }
    status = 422 if request.method == "POST" else 200
    return page(request, "operators/obligation.html", context, status=status)


def _close(request: HttpRequest, found: Obligation, form: EvidenceForm) -> bool:
    try:
        actions.close(
            found.pk,
            closed_as=Obligation.Closed(form.cleaned_data["closed_as"]),
            evidence=form.cleaned_data["evidence"],
            by=actor_of(request),
            now=timezone.now(),
        )
    except BadInput as bad:
        form.add_error("evidence", str(bad))
        return False
    except NoSuchObligation as error:
        warn(request, str(error))
    else:
        tell(request, _("It is closed; the evidence stays with it."))
    return True


def _rule(found: Obligation) -> Directive | None:
    """The directive as this installation has it; None when it does not any more."""
    try:
        return directive(found.directive)
    except LookupError:
        return None


def _facts(found: Obligation, rule: Directive | None) -> list[Fact]:
    labels: Mapping[str, str] = {p.key: p.label for p in rule.inputs} if rule else {}
    answers: Mapping[str, Any] = found.answers
    return [
        Fact(
            label=labels.get(key, key.replace("_", " ")),
            value=str(answer["value"]),
            source=str(answer["source"]),
            assumed=bool(answer["assumed"]),
        )
        for key, answer in answers.items()
    ]
