"""Sending a report from the browser, and what became of one's reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from seawall.findings import access, actions
from seawall.findings.access import Known
from seawall.findings.models import Finding
from seawall.ledger.models import Outbox
from seawall.parties.access import own_parties
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import EvidenceLevel
from seawall.web.listing import keyset
from seawall.web.pages import actor_of, go_to, needs_login, page

_MOST_TEXT = 1_000_000
_MOST_FINDINGS = 200


class ReportForm(forms.Form):
    """A report as a file or as text; for whom, when there is a choice."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy(
            "A Seawall report, SARIF, OSV, CSAF or plain text; or a zip with proofs in it."
        ),
    )
    text = forms.CharField(
        label=gettext_lazy("Or paste it"),
        required=False,
        max_length=_MOST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )

    def __init__(self, parties: Sequence[Party], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if len(parties) > 1:
            self.fields["party"] = forms.TypedChoiceField(
                label=gettext_lazy("On behalf of"),
                choices=[(party.pk, party.name) for party in parties],
                coerce=int,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("text")
        if bool(file) == bool(text):
            raise forms.ValidationError(_("Choose a file or paste a report: one of the two."))
        return cleaned

    def sent(self) -> tuple[bytes, str]:
        """The bytes of the report and the name it came under."""
        file = self.cleaned_data.get("file")
        if isinstance(file, UploadedFile):
            return file.read(), file.name or ""
        return str(self.cleaned_data["text"]).encode(), ""


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def submit(request: HttpRequest) -> HttpResponse:
    """The form; by POST the report itself, with an answer at once."""
    by = actor_of(request)
    parties = _may_send_for(by)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ReportForm(parties, *given)
    context: dict[str, Any] = {"form": form, "parties": parties}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return page(request, "submit/submit.html", context, status=status)
    data, name = form.sent()
    party = form.cleaned_data.get("party") or (parties[0].pk if len(parties) == 1 else None)
    try:
        done = actions.submit(data, name=name, by=by, party=party, now=timezone.now())
    except BadInput as bad:
        context["bad"] = bad
        return page(request, "submit/submit.html", context, status=422)
    return go_to("report", done.report, sent="new" if done.is_new else "again")


@require_safe
@needs_login
def reports(request: HttpRequest) -> HttpResponse:
    """The reports of which whoever asks may know: for a finder, those of their own party."""
    by = actor_of(request)
    listed = keyset(access.reports(by), request.GET)
    return page(request, "submit/reports.html", {"listed": listed})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A finding of a report with what its sender learns of it."""

    finding: Finding
    level: EvidenceLevel
    known: Known | None
    """When the vulnerability was known before; None for a new one."""
    waits: bool


@require_safe
@needs_login
def report(request: HttpRequest, report_id: str) -> HttpResponse:
    """One report with what became of each finding."""
    return page(request, "submit/report.html", _report(request, report_id))


@require_safe
@needs_login
def report_part(request: HttpRequest, report_id: str) -> HttpResponse:
    """The part of the page of a report that changes while it is worked on."""
    return page(request, "submit/report_part.html", _report(request, report_id))


def _report(request: HttpRequest, report_id: str) -> dict[str, Any]:
    by, now = actor_of(request), timezone.now()
    found = access.report(by, report_id, now=now)
    tier = access.report_tiers(by, [found], now=now)[found.pk] or Tier.T0
    rows = list(
        access.findings(by, at_least=Tier.T1, now=now)
        .filter(report=found)
        .order_by("pk")[: _MOST_FINDINGS + 1]
    )
    known = access.known(rows)
    shown = [
        Row(
            finding=row,
            level=EvidenceLevel(row.level),
            known=known.get(row.pk),
            waits=bool(row.reproducer_id and not row.verdict and not row.reproducer_problem),
        )
        for row in rows[:_MOST_FINDINGS]
    ]
    return {
        "report": found,
        "rows": shown,
        "more": len(rows) > _MOST_FINDINGS,
        "detail": tier >= Tier.T2,
        "rejected": access.rejected_parts(by, found),
        "sent": request.GET.get("sent", ""),
        "moving": any(row.waits for row in shown) or _is_underway(found.pk),
        "crumbs": [(_("My reports"), reverse("reports")), (found.public_id, None)],
    }


def _is_underway(report_id: int) -> bool:
    rows = Outbox.objects.filter(done_at=None, failed_at=None, topic="findings.received")
    return rows.filter(ids__report_id=report_id).exists()


def _may_send_for(by: Actor) -> list[Party]:
    able = {seat.party for seat in by.seats if seat.role.rank >= MemberRole.MEMBER.rank}
    return [party for party in own_parties(by) if party.pk in able]
