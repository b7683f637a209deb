"""Receipts: what operators say arrived and is installed; keys that sign them; deliveries."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from seawall.advisories.models import Release
from seawall.distribution import access, deliveries, keys
from seawall.distribution.metrics import Overall, Timeline, overall, timelines
from seawall.formats.receipt import ReceiptKind
from seawall.vocab.actors import Actor
from seawall.web.downloads import attachment
from seawall.web.listing import Filter, keyset
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.pictures.arrivals import Arrivals, arrivals
from seawall.web.roles import is_house

_RELEASES = 100
"""The newest releases of which the house sees how they fared."""
_SHOWN = 20
_KINDS = {
    ReceiptKind.DELIVERED.value: gettext_lazy("delivered"),
    ReceiptKind.INSTALLED.value: gettext_lazy("installed"),
}


class ReceiptFilter(Filter):
    release = forms.CharField(
        label=gettext_lazy("Advisory"),
        help_text=gettext_lazy("Such as SEAWALL-2026-0001"),
        max_length=40,
    )


@require_safe
@needs_login
def receipts(request: HttpRequest) -> HttpResponse:
    """One's own parties' receipts, keys, deliveries; the house sees all, and how long it took."""
    who = actor_of(request)
    form = ReceiptFilter(request.GET)
    rows = access.receipts(who, release=form.wanted.get("release", "").strip())
    listed = keyset(rows.order_by("-pk"), request.GET)
    context = {
        "form": form,
        "listed": listed,
        "rows": [_line(who, each) for each in listed.rows],
        "keys": access.client_keys(who)[:_SHOWN],
        "deliveries": access.deliveries(who)[:_SHOWN],
        "ways": _ways() if is_house(who) else None,
    }
    return page(request, "receipts/receipts.html", context)


@require_POST
@needs_login
def revoke_key(request: HttpRequest, key_id: str) -> HttpResponse:
    """Take a client's key back for good."""
    who = actor_of(request)
    row = keys.revoke(access.client_key(who, key_id), by=who, now=timezone.now())
    tell(request, _("%(key)s is revoked; receipts that it signs are refused.") % {"key": row.name})
    return go_to("receipts")


@require_safe
@needs_login
def delivery_file(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """An encrypted delivery, for the party that it was made for."""
    who, now = actor_of(request), timezone.now()
    row = access.delivery_to_fetch(who, delivery_id)
    try:
        data = deliveries.fetch(row, by=who, now=now)
    except deliveries.DeliveryRefused as refused:
        warn(request, str(refused))
        return go_to("receipts")
    return attachment(data, name=f"{row.public_id}.tar.age")


def _line(who: Actor, row: Any) -> dict[str, Any]:
    shows = access.shows_asset(who, row)
    return {
        "id": row.public_id,
        "party": row.party.name,
        "release": row.release.revision.advisory.public_id,
        "revision": row.release.revision.number,
        "kind": _KINDS[row.kind],
        "asset": row.asset if shows else "",
        "component": row.component if shows else "",
        "after": row.after if shows else "",
        "at": row.at,
    }


def _ways() -> dict[str, Any]:
    """How the newest releases fared, in words, numbers and a picture."""
    newest = Release.objects.select_related("revision__advisory__case__finding")
    rows = timelines(list(newest.order_by("-event_index")[:_RELEASES]))
    return {"rows": rows[:_SHOWN], "told": _told(overall(rows)), "picture": _picture(rows)}


def _told(found: Overall) -> list[tuple[str, str]]:
    spans = (
        (_("From the proof to the publication"), found.validation_to_release),
        (_("From the publication into the feed"), found.release_to_feed),
        (
            _("From the publication to the first system that has it"),
            found.release_to_first_delivered,
        ),
        (
            _("From the publication until half of the systems are mended"),
            found.release_to_median_installed,
        ),
        (
            _("From the proof until half of the systems are mended"),
            found.validation_to_median_installed,
        ),
    )
    return [(label, _span(span) if span is not None else _("not yet")) for label, span in spans]


def _span(span: timedelta) -> str:
    """A length of time in its two largest units, at least a minute."""
    minutes = max(round(span.total_seconds() / 60), 0)
    if minutes < 1:
        return _("less than a minute")
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = (
        (days, ngettext("%(n)s day", "%(n)s days", days)),
        (hours, ngettext("%(n)s hour", "%(n)s hours", hours)),
        (minutes, ngettext("%(n)s minute", "%(n)s minutes", minutes)),
    )
    return " ".join(text % {"n": count} for count, text in units if count)


def _picture(rows: list[Timeline]) -> Any:
    lines = (
        (gettext_lazy("published"), [row.released_at for row in rows]),
        (gettext_lazy("in the feed"), [row.in_feed_at for row in rows]),
        (gettext_lazy("delivered to a system"), [row.delivered.first_at for row in rows]),
        (gettext_lazy("installed on a system"), [row.installed.first_at for row in rows]),
    )
    drawn = [Arrivals(label=label, moments=_sorted(moments)) for label, moments in lines]
    return arrivals("ways", _("Releases and how far they have come"), drawn, until=timezone.now())


def _sorted(moments: list[datetime | None]) -> list[datetime]:
    return sorted(moment for moment in moments if moment is not None)
