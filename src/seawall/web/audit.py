"""The audit trail: events of the ledger, the proof that one is in it, and a check of the whole."""

import json
from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from seawall.cases import trail
from seawall.ledger import checks, queries
from seawall.ledger.leaves import leaf_of
from seawall.ledger.models import Event
from seawall.ledger.public_words import is_public
from seawall.signing.merkle import leaf_hash, verify_inclusion
from seawall.web.listing import Filter, Order, keyset
from seawall.web.pages import actor_of, go_to, needs, page
from seawall.web.roles import is_coordinator, is_house

NEWEST = Order(key="newest")


class AuditFilter(Filter):
    on = forms.CharField(
        label=gettext_lazy("About"),
        help_text=gettext_lazy("An id, such as C-2026-000001"),
        max_length=200,
    )
    what = forms.ChoiceField(label=gettext_lazy("What happened"))
    by = forms.CharField(
        label=gettext_lazy("Who"), help_text=gettext_lazy("Such as operator:local"), max_length=120
    )
    since = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"})
    )


@require_safe
@needs(is_house)
def audit(request: HttpRequest) -> HttpResponse:
    """Events, newest first."""
    form = AuditFilter(request.GET)
    form.fields["what"].choices = [("", _("Everything")), *((w, w) for w in queries.words())]  # type: ignore[attr-defined]
    listed = keyset(_narrowed(trail.events(actor_of(request)), form), request.GET, (NEWEST,))
    context = {
        "form": form,
        "listed": listed,
        "root": queries.root(),
        "check": checks.newest_check(),
        "may_check": is_coordinator(actor_of(request)),
    }
    return page(request, "audit/list.html", context)


@require_safe
@needs(is_house)
def event(request: HttpRequest, index: int) -> HttpResponse:
    """One event with the proof that the ledger holds it, recomputed for this page."""
    found = trail.event(actor_of(request), index)
    root = queries.root()
    path = queries.inclusion_proof(index, size=root.size)
    leaf = leaf_of(found)
    hashed = leaf_hash(leaf)
    context = {
        "event": found,
        "entry": json.dumps(json.loads(found.entry), indent=2, ensure_ascii=False),
        "root": root,
        "leaf": leaf.decode(),
        "is_public": is_public(found.what),
        "salt": bytes(found.salt).hex(),
        "leaf_hash": hashed.hex(),
        "path": [each.hex() for each in path],
        "is_sound": verify_inclusion(
            leaf=hashed, index=index, size=root.size, proof=path, root=root.hash
        ),
        "crumbs": [(_("Audit trail"), reverse("audit")), (f"{index} {found.what}", None)],
    }
    return page(request, "audit/event.html", context)


@require_POST
@needs(is_coordinator)
def start_check(request: HttpRequest) -> HttpResponse:
    """Ask for a check of the whole ledger and show how far it is."""
    made = checks.ask_for_check(by=actor_of(request), now=timezone.now())
    return go_to("audit-check", made.pk)


@require_safe
@needs(is_house)
def check(request: HttpRequest, check_id: int) -> HttpResponse:
    """One check of the whole ledger; as a part of a page when htmx asks."""
    found = checks.check_of(check_id)
    if found is None:
        raise Http404
    context = {
        "check": found,
        "crumbs": [(_("Audit trail"), reverse("audit")), (found.public_id, None)],
    }
    is_part = request.headers.get("HX-Request") == "true"
    return page(request, "audit/check_part.html" if is_part else "audit/check.html", context)


def _narrowed(rows: QuerySet[Event], form: AuditFilter) -> QuerySet[Event]:
    wanted = form.wanted
    if on := wanted.get("on"):
        rows = rows.filter(trail.ids_of(on.strip()))
    if what := wanted.get("what"):
        rows = rows.filter(what=what)
    if by := wanted.get("by"):
        rows = rows.filter(by=by.strip())
    if since := wanted.get("since"):
        rows = rows.filter(at__gte=_midnight(since))
    if until := wanted.get("until"):
        rows = rows.filter(at__lt=_midnight(until + timedelta(days=1)))
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
