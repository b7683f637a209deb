"""The scan map: who scans what, with which model, until when; overlaps are shown first."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seawall.claims import access, actions
from seawall.claims.actions import ClaimRefused
from seawall.claims.overlaps import AskedTooOften, Covered, ask, coverage
from seawall.claims.scan_map import Placed, ScanMap, scan_map
from seawall.claims.scope import read_scope
from seawall.core.claim_rules import may_act_for
from seawall.parties.access import own_parties
from seawall.parties.models import Party
from seawall.vocab.actors import Actor
from seawall.vocab.claims import ClaimState
from seawall.vocab.decisions import Allowed
from seawall.vocab.errors import BadInput
from seawall.web.listing import keyset
from seawall.web.pages import actor_of, go_to, needs_login, page, tell
from seawall.web.pictures import Row, Span, schedule
from seawall.web.scans_forms import ClaimForm, CoverageForm, MapFilter


@require_safe
@needs_login
def scans(request: HttpRequest) -> HttpResponse:
    """The map of open claims, and the list of all that one may see as one's own."""
    by, now = actor_of(request), timezone.now()
    form = MapFilter(request.GET)
    name, show = form.name, form.wanted.get("show", "")
    drawn = scan_map(by, now=now, name=name)
    rows = access.claims(by)
    if name:
        rows = rows.filter(component=name)
    if show != "all":
        rows = rows.filter(ended_at=None, until_at__gt=now)
    listed = keyset(rows, request.GET)
    meets = {placed.claim.id: placed.overlaps for placed in drawn.claims}
    context = {
        "form": form,
        "map": drawn,
        "picture": _picture(drawn, now),
        "overlapping": sum(bool(placed.overlaps) for placed in drawn.claims),
        "listed": listed,
        "rows": [
            (shown, len(meets.get(shown.id, ())))
            for row in listed.rows
            if (shown := access.view(by, row, now=now)) is not None
        ],
        "may_claim": bool(may_claim_for(by)),
    }
    return page(request, "scans/scans.html", context)


def _picture(drawn: ScanMap, now: datetime) -> str:
    """One row for each claim, those of one target together; nothing for an empty map."""
    if not drawn.claims:
        return ""
    rows = [
        Row(
            label=placed.claim.target.removeprefix("pkg:").removeprefix("https://"),
            href=reverse("claim", args=[placed.claim.id]),
            spans=[_span(placed)],
        )
        for placed in drawn.claims
    ]
    return schedule("scans", _("Who scans what until when"), rows, now=now)


def _span(placed: Placed) -> Span:
    claim = placed.claim
    said = f"{claim.party} · {claim.model}" if claim.model else claim.party
    if placed.overlaps:
        said = _("%(who)s (overlaps)") % {"who": said}
    return Span(
        start=claim.starts_at,
        end=claim.ends_at,
        label=said,
        css="p-warn" if placed.overlaps else "p-1" if claim.is_own else "p-2",
        href=reverse("claim", args=[claim.id]),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def new(request: HttpRequest) -> HttpResponse:
    """The form to claim a target. By POST it shows what overlaps, and claims only when asked to
    in so many words."""
    by, now = actor_of(request), timezone.now()
    parties = may_claim_for(by)
    form = ClaimForm(parties, request.POST or None, initial=_initial(request))
    context: dict[str, Any] = {"form": form, "parties": parties}
    if request.method != "POST" or not parties or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return page(request, "scans/new.html", context, status=status)
    try:
        wanted = form.wanted(now=now)
        actions.check(wanted, now=now)
        if request.POST.get("step") == "claim":
            made = actions.claim(wanted, party=form.party, by=by, now=now)
            tell(request, _("%(claim)s is yours.") % {"claim": made.claim.public_id})
            return go_to("claim", made.claim.public_id)
        asked = {"party": form.party, "exclusive": wanted.exclusive, "by": by, "now": now}
        context |= {
            "asked": True,
            "overlaps": ask(wanted.scope, wanted.lease, **asked),
            "wanted": wanted,
        }
    except (BadInput, ClaimRefused, AskedTooOften) as refused:
        _refuse(form, refused)
        return page(request, "scans/new.html", context, status=422)
    return page(request, "scans/new.html", context)


def _initial(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("target", "versions") if name in request.GET}


def _refuse(form: forms.Form, refused: Exception) -> None:
    """Put a refusal beside the field that it is about."""
    where = refused.where if isinstance(refused, BadInput) else ""
    said = str(refused)
    if isinstance(refused, BadInput):
        said = f"{refused.what} ({refused.mend})" if refused.mend else refused.what
    form.add_error(where if where in form.fields else None, said)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def covered(request: HttpRequest) -> HttpResponse:
    """Who scanned a target, in which versions, and when. Asking in the name of a party is counted
    as a question of it, so it is a POST; nothing else changes."""
    by, now = actor_of(request), timezone.now()
    parties = may_claim_for(by)
    form = CoverageForm(parties, request.POST or None)
    context: dict[str, Any] = {"form": form, "parties": parties}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return page(request, "scans/coverage.html", context, status=status)
    since = form.cleaned_data["since"]
    try:
        scope = read_scope(form.cleaned_data["target"], form.cleaned_data["versions"])
        found = coverage(
            scope,
            by=by,
            now=now,
            party=form.party if parties else None,
            since=datetime.combine(since, time(), UTC) if since else None,
        )
    except (BadInput, AskedTooOften) as refused:
        _refuse(form, refused)
        return page(request, "scans/coverage.html", context, status=422)
    context |= {"asked": True, "scope": scope, "scans": found, "picture": _covered(found, now)}
    return page(request, "scans/coverage.html", context)


def _covered(found: tuple[Covered, ...], now: datetime) -> str:
    if not found:
        return ""
    rows = [
        Row(
            label=each.claim.party,
            spans=[
                Span(
                    start=each.starts_at,
                    end=each.ends_at,
                    label=each.versions or _("versions not comparable"),
                    css="p-good" if each.claim.state is ClaimState.FINISHED else "p-2",
                )
            ],
        )
        for each in found
    ]
    return schedule("coverage", _("Who scanned it when"), rows, now=now)


def may_claim_for(by: Actor) -> list[Party]:
    """The parties in whose name `by` may claim."""
    return [p for p in own_parties(by) if isinstance(may_act_for(by, p.pk), Allowed)]
