"""A page that shows all parts, for whoever makes pages; only with SEAWALL_DEBUG."""

from datetime import datetime, timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from seawall.vocab.evidence import EvidenceLevel, Verdict
from seawall.vocab.tlp import Tlp
from seawall.web.listing import Filter, Listed, Order
from seawall.web.pages import page
from seawall.web.pictures import Mark, Row, Series, Span, Stage, funnel, ladder, schedule, trend


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
            "pictures": _pictures(now),
            "now": now,
            "soon": now + timedelta(days=2, hours=1),
            "past": now - timedelta(days=5),
            "moments": [
                {"at": now - timedelta(days=5), "title": "Report received", "by": "Example Lab"},
                {"at": now, "title": "Proof ran", "tone": "good", "text": "Fired in 3 of 3 runs."},
            ],
        },
    )


def _pictures(now: datetime) -> list[str]:
    days = [now.date() + timedelta(days=i) for i in range(-29, 1)]
    stages = [("Reported", 48), ("Distinct", 31), ("Proven", 22), ("Fixed", 12), ("Published", 9)]
    hours = timedelta(hours=1)
    return [
        funnel([[Stage(label=label, count=count) for label, count in stages]]),
        trend(
            "trend",
            "Cases by state",
            days,
            [
                Series(label="closed", values=[i // 2 for i in range(30)], colour=3),
                Series(label="open", values=[20 - i // 3 for i in range(30)], colour=1),
            ],
        ),
        ladder(3),
        schedule(
            "clocks",
            "Clocks of the case",
            [
                Row(
                    label="Vendor answers",
                    spans=[Span(start=now - 90 * hours, end=now - 40 * hours, label="5 days")],
                    marks=[Mark(at=now - 60 * hours, label="Answered")],
                ),
                Row(
                    label="Embargo",
                    spans=[
                        Span(
                            start=now - 80 * hours,
                            end=now + 900 * hours,
                            label="45 days by agreement",
                            css="p-2",
                            href="#embargo",
                        )
                    ],
                ),
            ],
            now=now,
        ),
    ]
