"""A page that shows all parts, for whoever makes pages; only with SEAWALL_DEBUG."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from seawall.vocab.evidence import EvidenceLevel, Verdict
from seawall.vocab.tlp import Tlp
from seawall.web.listing import Filter, Listed, Order
from seawall.web.pages import page


class _Filter(Filter):
    q = forms.CharField(label="Words", help_text="Part of the title.")
    state = forms.ChoiceField(
        label="State", choices=[("", "All"), ("open", "Open"), ("closed", "Closed")]
    )


class _Form(forms.Form):
    name = forms.CharField(label="Name", help_text="As the party writes it.")
    text = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}))
    kind = forms.ChoiceField(label="Kind", choices=[("a", "One"), ("b", "Two")])
    sure = forms.BooleanField(label="I have read it")


def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    now = timezone.now()
    orders = (Order(key="newest", label="Newest"), Order(key="due", label="Due"))
    return page(
        request,
        "styleguide/styleguide.html",
        {
            "crumbs": [("Start", "/"), ("Parts", None)],
            "filter": _Filter(request.GET),
            "form": _Form({"name": ""}),
            "markings": list(Tlp),
            "levels": list(EvidenceLevel),
            "verdicts": list(Verdict),
            "listed": Listed(rows=[], order=orders[0], orders=orders, first="?", next="?after=1"),
            "pairs": [("Target", "pkg:pypi/jinja2@3.1.4"), ("CVE", "CVE-2024-56326")],
            "rows": range(1, 4),
            "now": now,
            "soon": now + timedelta(days=2, hours=1),
            "past": now - timedelta(days=5),
            "moments": [
                {"at": now - timedelta(days=5), "title": "Report received", "by": "Example Lab"},
                {"at": now, "title": "Proof ran", "tone": "good", "text": "Fired in 3 of 3 runs."},
            ],
        },
    )
