"""Grants: partners' access to models under review; a partner's keys and use."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

from django import forms
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seawall.core.partners import GrantStep, may_take_grant
from seawall.core.review_access import may_change_grant, may_use_grant
from seawall.findings.access import report
from seawall.parties.access import NotFound
from seawall.reviews import access, gateway_control, grants, shown
from seawall.reviews.grants import GrantRefused, Quotas
from seawall.reviews.models import AbuseSignal, BoundKey, Call, Grant
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed
from seawall.vocab.errors import BadInput
from seawall.vocab.reviews import PartnerState
from seawall.web.listing import keyset
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.reviews import refuse
from seawall.web.reviews_forms import BecauseForm, ReasonForm

_SHOWN = 20


class GrantForm(forms.Form):
    """What a partner is given."""

    partner = forms.ChoiceField(label=gettext_lazy("Partner"))
    purpose = forms.CharField(
        label=gettext_lazy("Purpose"),
        max_length=500,
        help_text=gettext_lazy("What it may be used for; use for something else is a signal."),
    )
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=30, initial=14)
    requests_per_minute = forms.IntegerField(
        label=gettext_lazy("Requests in a minute"), min_value=1, max_value=100_000, initial=60
    )
    tokens_per_day = forms.IntegerField(
        label=gettext_lazy("Tokens in a day"), min_value=1, max_value=10**12, initial=10_000_000
    )
    concurrent = forms.IntegerField(
        label=gettext_lazy("Requests at once"), min_value=1, max_value=1000, initial=8
    )
    retain_days = forms.IntegerField(
        label=gettext_lazy("Days for which transcripts are kept"),
        min_value=0,
        max_value=3650,
        initial=30,
    )


class KeyForm(forms.Form):
    """A key of the partner."""

    key = forms.CharField(
        label=gettext_lazy("Your public key"),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        max_length=20_000,
        help_text=gettext_lazy(
            "A public JWK (for DPoP), or a certificate in PEM (for mutual TLS). "
            "Never paste a private key."
        ),
    )


class MadeWithForm(forms.Form):
    """A report that was made with the model."""

    report = forms.CharField(
        label=gettext_lazy("Report"),
        max_length=60,
        help_text=gettext_lazy("Its id, such as R-2026-000123."),
    )


@require_safe
@needs_login
def grants_list(request: HttpRequest) -> HttpResponse:
    """The grants that one may see."""
    by = actor_of(request)
    listed = keyset(access.grants(by).prefetch_related("keys"), request.GET)
    rows = [shown.grant(by, row) for row in listed.rows]
    return page(request, "partners/grants.html", {"listed": listed, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def new(request: HttpRequest) -> HttpResponse:
    """The form to give a partner access to a model."""
    by, now = actor_of(request), timezone.now()
    submission = access.submission_to_grant(by, request.GET.get("submission", ""))
    partners = access.partners(by).filter(lab=submission.lab, state=PartnerState.DESIGNATED.value)
    form = GrantForm(request.POST or None)
    form.fields["partner"].choices = [  # type: ignore[attr-defined]
        (each.public_id, each.party.name) for each in partners
    ]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        starts = max(now, submission.opens_at or now)
        closes = submission.closes_at or submission.partner_release_at
        try:
            row = grants.request(
                submission=submission,
                partner=access.partner(by, given["partner"]),
                purpose=given["purpose"],
                starts_at=starts,
                ends_at=min(starts + timedelta(days=given["days"]), closes),
                quotas=Quotas(
                    requests_per_minute=given["requests_per_minute"],
                    tokens_per_day=given["tokens_per_day"],
                    concurrent=given["concurrent"],
                ),
                retain_days=given["retain_days"],
                by=by,
                now=now,
            )
        except GrantRefused as refused:
            form.add_error(None, str(refused))
        except BadInput as bad:
            refuse(form, bad)
        else:
            tell(request, _("It is asked for; it works once it is approved and a key is bound."))
            return go_to("grant", row.public_id)
    context = {
        "form": form,
        "submission": submission,
        "partners": partners,
        "crumbs": [
            (_("Reviews"), reverse("reviews")),
            (submission.public_id, reverse("review", args=[submission.public_id])),
            (_("Give a partner access"), None),
        ],
    }
    return page(request, "partners/grant_new.html", context, status=422 if form.errors else 200)


@require_safe
@needs_login
def grant(request: HttpRequest, grant_id: str) -> HttpResponse:
    """One grant: what it allows, how it is used, and how to connect."""
    return _page(request, actor_of(request), grant_id)


def _page(
    request: HttpRequest,
    by: Actor,
    grant_id: str,
    *,
    key_form: KeyForm | None = None,
    token: str = "",
) -> HttpResponse:
    now = timezone.now()
    row = access.grant(by, grant_id)
    changes = isinstance(
        may_change_grant(by, lab=row.submission.lab_id, partner=row.partner.party_id), Allowed
    )
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Call.objects.filter(grant=row, started_at__gte=day).aggregate(
        calls=Count("pk"), read=Sum("input_tokens"), written=Sum("output_tokens")
    )
    tokens = (today["read"] or 0) + (today["written"] or 0)
    signals = AbuseSignal.objects.filter(grant=row) if changes else AbuseSignal.objects.none()
    uses = isinstance(may_use_grant(by, partner=row.partner.party_id), Allowed)
    standing = grants.standing_of(row)
    context = {
        "row": row,
        "one": shown.grant(by, row),
        "keys": row.keys.filter(revoked_at=None),
        "calls_today": today["calls"],
        "tokens_today": tokens,
        "quota": str(row.tokens_per_day),
        "quota_used": str(min(tokens, row.tokens_per_day)),
        "calls": Call.objects.filter(grant=row)[:_SHOWN],
        "signals": signals[:_SHOWN],
        "may_change": changes,
        "may_use": uses,
        "can": {
            step.name.lower()
            for step in GrantStep
            if isinstance(may_take_grant(step, standing, now=now), Allowed)
        },
        "key_form": key_form or KeyForm(),
        "token": token,
        "because_form": BecauseForm(auto_id="suspend_%s"),
        "revoke_form": ReasonForm(auto_id="revoke_%s"),
        "crumbs": [(_("Access to models"), reverse("grants")), (row.public_id, None)],
    }
    status = 422 if key_form is not None and key_form.errors else 200
    return page(request, "partners/grant.html", context, status=status)


@require_POST
@needs_login
def bind(request: HttpRequest, grant_id: str) -> HttpResponse:
    """Bind a key; its token is shown on this answer and never again."""
    by, now = actor_of(request), timezone.now()
    row, form = access.grant_to_use(by, grant_id), KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, by, grant_id, key_form=form)
    text = form.cleaned_data["key"].strip()
    is_jwk = text.startswith("{")
    read = grants.thumbprint_of_jwk if is_jwk else grants.thumbprint_of_certificate
    try:
        bound = grants.bind_key(
            row,
            binding=BoundKey.Binding.DPOP if is_jwk else BoundKey.Binding.MTLS,
            thumbprint=read(text.encode()),
            certificate="" if is_jwk else text,
            by=by,
            now=now,
        )
    except GrantRefused as refused:
        form.add_error(None, str(refused))
        return _page(request, by, grant_id, key_form=form)
    except BadInput as bad:
        form.add_error("key", bad.what)
        return _page(request, by, grant_id, key_form=form)
    response = _page(request, by, grant_id, token=bound.token)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs_login
def made_with(request: HttpRequest, grant_id: str) -> HttpResponse:
    """Say that a report of one's own was made with the grant's model."""
    by = actor_of(request)
    row, form = access.grant_to_use(by, grant_id), MadeWithForm(request.POST)
    if not form.is_valid():
        warn(request, _("Name the report, such as R-2026-000123."))
        return go_to("grant", row.public_id)
    try:
        found = report(by, form.cleaned_data["report"])
        grants.attribute(found, row, by=by, now=timezone.now())
    except (GrantRefused, NotFound) as refused:
        warn(request, str(refused))
    else:
        tell(request, _("It counts for the head start of the model."))
    return go_to("grant", row.public_id)


@require_POST
@needs_login
def unbind(request: HttpRequest, grant_id: str, number: int) -> HttpResponse:
    """Revoke a key and its token."""
    by = actor_of(request)
    grants.unbind_key(access.bound_key(by, grant_id, number), by=by, now=timezone.now())
    tell(request, _("The key is revoked."))
    return go_to("grant", grant_id)


@require_POST
@needs_login
def approve(request: HttpRequest, grant_id: str) -> HttpResponse:
    """Say yes to a grant."""

    def do(row: Grant, how: dict[str, Any]) -> str:
        grants.approve(row, **how)
        return _("It is approved. Its partner can bind a key now.")

    return _change(request, grant_id, do)


@require_POST
@needs_login
def suspend(request: HttpRequest, grant_id: str) -> HttpResponse:
    """Stop a grant for the time being."""

    def do(row: Grant, how: dict[str, Any]) -> str:
        grants.suspend(row, because=request.POST.get("because", ""), **how)
        return _("It is suspended; streams are cut within a second.")

    return _change(request, grant_id, do)


@require_POST
@needs_login
def resume(request: HttpRequest, grant_id: str) -> HttpResponse:
    """Take a suspension back."""

    def do(row: Grant, how: dict[str, Any]) -> str:
        grants.resume(row, **how)
        return _("It works again.")

    return _change(request, grant_id, do)


@require_POST
@needs_login
def revoke(request: HttpRequest, grant_id: str) -> HttpResponse:
    """End a grant for good; its partner reads the reasons."""
    because = request.POST.get("because", "").strip()

    def do(row: Grant, how: dict[str, Any]) -> str:
        if not because:
            raise BadInput(_("missing: say why in a sentence"), where="because")
        grants.revoke(row, because=because, **how)
        return _("It is revoked; streams are cut within a second.")

    return _change(request, grant_id, do)


@require_POST
@needs_login
def seen(request: HttpRequest, grant_id: str, number: int) -> HttpResponse:
    """Say that one has looked at a signal."""
    by, now = actor_of(request), timezone.now()
    row = access.grant_to_change(by, grant_id)
    gateway_control.note_signal(row, number, by=by, now=now)
    tell(request, _("Noted."))
    return go_to("grant", row.public_id)


def _change(
    request: HttpRequest, grant_id: str, do: Callable[[Grant, dict[str, Any]], str]
) -> HttpResponse:
    by = actor_of(request)
    row = access.grant_to_change(by, grant_id)
    try:
        tell(request, do(row, {"by": by, "now": timezone.now()}))
    except (GrantRefused, BadInput) as refused:
        warn(request, str(refused))
    return go_to("grant", row.public_id)
