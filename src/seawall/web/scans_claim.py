"""One scan claim: what it covers, what it overlaps, and renewing, releasing or finishing it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seawall.claims import access, actions
from seawall.claims.actions import ClaimRefused
from seawall.claims.models import ScanClaim
from seawall.claims.overlaps import overlaps
from seawall.core.claim_rules import is_open, may_act_for, may_end
from seawall.findings.access import report
from seawall.parties.access import NotFound
from seawall.vocab.decisions import Allowed
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.scans_forms import FinishForm, RenewForm


@require_safe
@needs_login
def claim(request: HttpRequest, claim_id: str) -> HttpResponse:
    """One claim with what it overlaps now."""
    by, now = actor_of(request), timezone.now()
    row = access.claim(by, claim_id, now=now)
    lease, shown = row.lease(), access.view(by, row, now=now)
    is_ours = isinstance(may_act_for(by, row.party_id), Allowed)
    opened = is_open(lease, now=now)
    found = ()
    if opened:
        found = overlaps(
            row.scope(), lease, party=row.party, exclusive=row.exclusive, by=by, now=now
        )
    context = {
        "row": row,
        "claim": shown,
        "overlaps": found if shown is not None and (shown.is_own or is_ours) else (),
        "is_open": opened,
        "may_change": is_ours,
        "may_finish": is_ours and isinstance(may_end(lease, finished=True, now=now), Allowed),
        "renewing": RenewForm(),
        "finishing": FinishForm(),
        "crumbs": [(_("Scan map"), "/scans"), (row.public_id, None)],
    }
    return page(request, "scans/claim.html", context)


@require_POST
@needs_login
def renew(request: HttpRequest, claim_id: str) -> HttpResponse:
    """Move the end of a claim later."""
    form, now = RenewForm(request.POST), timezone.now()

    def do(row: ScanClaim, by: Any) -> str:
        until = now + timedelta(days=form.cleaned_data["days"])
        row = actions.renew(row, until_at=until, by=by, now=now)
        return _("It now ends on %(day)s.") % {"day": f"{row.until_at:%Y-%m-%d %H:%M} UTC"}

    return _change(request, claim_id, form, do)


@require_POST
@needs_login
def release(request: HttpRequest, claim_id: str) -> HttpResponse:
    """Give a claim up before its end."""

    def do(row: ScanClaim, by: Any) -> str:
        actions.release(row, by=by, now=timezone.now())
        return _("The target is free again.")

    return _change(request, claim_id, forms.Form(request.POST), do)


@require_POST
@needs_login
def finish(request: HttpRequest, claim_id: str) -> HttpResponse:
    """Say that the scan is done, and name the report that came of it."""
    form = FinishForm(request.POST)

    def do(row: ScanClaim, by: Any) -> str:
        given = form.cleaned_data
        named = report(by, given["report"]).public_id if given["report"] else ""
        actions.finish(row, report=named, because=given["because"], by=by, now=timezone.now())
        return _("The scan is done.")

    return _change(request, claim_id, form, do)


def _change(
    request: HttpRequest, claim_id: str, form: forms.Form, do: Callable[[ScanClaim, Any], str]
) -> HttpResponse:
    """Do something to a claim of one's own, and say so, or why not."""
    by = actor_of(request)
    row = access.own_claim(by, claim_id)
    if not form.is_valid():
        for errors in form.errors.values():
            warn(request, " ".join(errors))
        return go_to("claim", row.public_id)
    try:
        tell(request, do(row, by))
    except ClaimRefused as refused:
        warn(request, str(refused))
    except NotFound as missing:
        warn(request, str(missing))
    return go_to("claim", row.public_id)
