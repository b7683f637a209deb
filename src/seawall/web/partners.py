"""Trusted partners: applications, what was found of the criteria, and who chose them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seawall.core.partners import Application, PartnerStep, may_take
from seawall.core.review_access import may_apply, may_change_grant, may_speak
from seawall.parties.access import NotPermitted, own_parties
from seawall.parties.models import Approval, Party
from seawall.reviews import access, partners, shown
from seawall.reviews.models import Partner
from seawall.reviews.partners import Finding, PartnerRefused
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.errors import BadInput
from seawall.vocab.reviews import PartnerKind, PartnerState, Voice
from seawall.web.listing import keyset
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.reviews import refuse
from seawall.web.reviews_forms import ReasonForm
from seawall.web.words import word

_TEXT = forms.Textarea(attrs={"rows": 3})


class ApplyForm(forms.Form):
    """An application."""

    kind = forms.ChoiceField(label=gettext_lazy("What your organisation is"))
    statement = forms.CharField(
        label=gettext_lazy("What you want the model for"),
        max_length=4000,
        widget=_TEXT,
        help_text=gettext_lazy("Whom you defend, what you will scan, and who will have access."),
    )
    contact = forms.CharField(label=gettext_lazy("Whom to ask"), required=False, max_length=200)

    def __init__(self, parties: list[Party], labs: list[Party], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._parties, self._labs = parties, labs
        eligible = partners.rulebook().eligible
        kinds = [(each, word(each)) for each in eligible]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        for name, label, choices in (
            ("lab", _("Lab"), labs),
            ("party", _("On behalf of"), parties),
        ):
            if len(choices) > 1:
                self.fields[name] = forms.TypedChoiceField(
                    label=label, choices=[(each.pk, each.name) for each in choices], coerce=int
                )

    def chosen(self, name: str) -> Party:
        rows = self._labs if name == "lab" else self._parties
        wanted = self.cleaned_data.get(name)
        return next((each for each in rows if each.pk == wanted), rows[0])


class CriterionForm(forms.Form):
    """What was found of a criterion."""

    id = forms.CharField(max_length=60)
    met = forms.ChoiceField(choices=[("yes", gettext_lazy("met")), ("no", gettext_lazy("not met"))])
    note = forms.CharField(required=False, max_length=4000)


class SelectForm(forms.Form):
    """A yes or a no."""

    voice = forms.ChoiceField(choices=[(v.value, v.value) for v in Voice])
    yes = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
    because = forms.CharField(required=False, max_length=4000)


@require_safe
@needs_login
def partners_list(request: HttpRequest) -> HttpResponse:
    """The applications that one may see."""
    by = actor_of(request)
    listed = keyset(access.partners(by).prefetch_related("selections"), request.GET)
    context = {
        "listed": listed,
        "rows": [shown.partner(row) for row in listed.rows],
        "may_apply": bool(_applicants(by)),
    }
    return page(request, "partners/list.html", context)


def _applicants(by: Actor) -> list[Party]:
    return [
        each
        for each in own_parties(by)
        if "lab" not in each.roles and isinstance(may_apply(by, party=each.pk), Allowed)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def apply(request: HttpRequest) -> HttpResponse:
    """The form to apply."""
    by, labs = actor_of(request), access.labs()
    parties = _applicants(by)
    if not parties:
        raise NotPermitted(_("It takes a lead of the organisation that applies."))
    form = ApplyForm(parties, labs, request.POST or None)
    if request.method == "POST" and labs and form.is_valid():
        try:
            row = partners.apply(
                party=form.chosen("party"),
                lab=form.chosen("lab"),
                kind=PartnerKind(form.cleaned_data["kind"]),
                statement=form.cleaned_data["statement"],
                contact=form.cleaned_data["contact"],
                by=by,
                now=timezone.now(),
            )
        except PartnerRefused as refused:
            form.add_error(None, str(refused))
        except BadInput as bad:
            refuse(form, bad)
        else:
            tell(request, _("You have applied. The lab and the official see it now."))
            return go_to("partner", row.public_id)
    context = {
        "form": form,
        "labs": labs,
        "criteria": partners.rulebook().criteria,
        "crumbs": [(_("Trusted partners"), reverse("partners")), (_("Apply"), None)],
    }
    return page(request, "partners/apply.html", context, status=422 if form.errors else 200)


@require_safe
@needs_login
def partner(request: HttpRequest, partner_id: str) -> HttpResponse:
    """One application: its criteria, who says yes, and what became of it."""
    by, now = actor_of(request), timezone.now()
    row = access.partner(by, partner_id)
    application = partners.application_of(row)
    answers = {
        step: may_take(step, application, partners.rulebook(), now=now) for step in PartnerStep
    }
    asked = Approval.objects.filter(on=row.public_id, used_at=None, withdrawn_at=None)
    context = {
        "row": row,
        "one": shown.partner(row),
        "voices": [
            voice
            for voice in Voice
            if isinstance(may_speak(by, voice, lab=row.lab_id, party=row.party_id), Allowed)
        ],
        "said": [{"voice": voice, "yes": voice in application.yes} for voice in Voice],
        "can": {step.name.lower() for step, said in answers.items() if isinstance(said, Allowed)},
        "why_not": _why_not(application, answers[PartnerStep.SELECT]),
        "is_applicant": isinstance(may_apply(by, party=row.party_id), Allowed),
        "is_government": isinstance(
            may_speak(by, Voice.GOVERNMENT, lab=row.lab_id, party=row.party_id), Allowed
        ),
        "may_revoke": isinstance(may_change_grant(by, lab=row.lab_id), Allowed)
        and row.party_id not in by.parties,
        "approval": asked.filter(expires_at__gt=now).order_by("-pk").first(),
        "grants": [
            shown.grant(by, each)
            for each in access.grants(by).filter(partner=row).prefetch_related("keys")[:20]
        ],
        "reason_form": ReasonForm(auto_id="revoke_%s"),
        "appeal_form": ReasonForm(auto_id="appeal_%s"),
        "crumbs": [(_("Trusted partners"), reverse("partners")), (row.public_id, None)],
    }
    return page(request, "partners/partner.html", context)


def _why_not(application: Application, answer: Decision) -> str:
    """Why nobody can say yes yet, while it is still to be decided."""
    open_ones = (PartnerState.APPLIED, PartnerState.APPEALED)
    return answer.reason if application.state in open_ones and isinstance(answer, Refused) else ""


@require_POST
@needs_login
def criterion(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Record what was found of one criterion."""
    form = CriterionForm(request.POST)

    def do(row: Partner, how: dict[str, Any]) -> str:
        given = form.cleaned_data
        found = Finding(id=given["id"], met=given["met"] == "yes", note=given["note"])
        partners.record_criterion(row, found, **how)
        return _("It is recorded.")

    return _take(request, lambda by: access.partner_for(by, Voice.GOVERNMENT, partner_id), form, do)


@require_POST
@needs_login
def select(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Say yes or no."""
    form = SelectForm(request.POST)
    voice = Voice(request.POST["voice"]) if request.POST.get("voice") in list(Voice) else Voice.LAB

    def do(row: Partner, how: dict[str, Any]) -> str:
        given = form.cleaned_data
        row = partners.select(
            row, voice=voice, yes=given["yes"] == "yes", because=given["because"], **how
        )
        if row.state == "selected":
            return _("Both say yes. Its designation now waits for two signatures.")
        return _("It is recorded.")

    return _take(request, lambda by: access.partner_for(by, voice, partner_id), form, do)


@require_POST
@needs_login
def appeal(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Ask that a refusal is looked at anew."""
    form = ReasonForm(request.POST)

    def do(row: Partner, how: dict[str, Any]) -> str:
        partners.appeal(row, because=form.cleaned_data["because"], **how)
        return _("The lab and the official look at it anew.")

    return _take(request, lambda by: access.own_partner(by, partner_id), form, do)


@require_POST
@needs_login
def renew(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Renew a designation for another year."""

    def do(row: Partner, how: dict[str, Any]) -> str:
        partners.renew(row, **how)
        return _("It is renewed for another year.")

    return _take(request, lambda by: access.partner_for(by, Voice.GOVERNMENT, partner_id), None, do)


@require_POST
@needs_login
def revoke(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Take a designation back."""
    form = ReasonForm(request.POST)

    def do(row: Partner, how: dict[str, Any]) -> str:
        partners.revoke(row, because=form.cleaned_data["because"], **how)
        return _("The designation is taken back, and its grants have ended.")

    return _take(request, lambda by: access.partner_to_revoke(by, partner_id), form, do)


@require_POST
@needs_login
def withdraw(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Take one's application back."""

    def do(row: Partner, how: dict[str, Any]) -> str:
        partners.withdraw(row, **how)
        return _("It is withdrawn.")

    return _take(request, lambda by: access.own_partner(by, partner_id), None, do)


def _take(
    request: HttpRequest,
    find: Callable[[Actor], Partner],
    form: forms.Form | None,
    do: Callable[[Partner, dict[str, Any]], str],
) -> HttpResponse:
    by = actor_of(request)
    row = find(by)
    if form is not None and not form.is_valid():
        warn(request, "; ".join(str(said) for part in form.errors.values() for said in part))
        return go_to("partner", row.public_id)
    try:
        tell(request, do(row, {"by": by, "now": timezone.now()}))
    except (PartnerRefused, BadInput) as refused:
        warn(request, str(refused))
    return go_to("partner", row.public_id)
