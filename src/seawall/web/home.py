"""The first page: the dashboard for people who signed in, the front page for others."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from seawall.advisories import public
from seawall.headstart import queries as headstart
from seawall.ledger import queries as ledger
from seawall.web import dashboard
from seawall.web.advisories import entry
from seawall.web.live import work_for
from seawall.web.pages import actor_of, page
from seawall.web.roles import is_house, is_signed_in

_NEWEST = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return _dashboard(request) if is_signed_in(actor_of(request)) else _front(request)


def _front(request: HttpRequest) -> HttpResponse:
    """What this installation is, and what it published: all from snapshots and newest rows."""
    counts = headstart.newest()
    newest = [each for each in public.published()[:_NEWEST] if each.revisions.all()]
    context = {
        "publisher": settings.SEAWALL_PUBLISHER_NAME,
        "entries": [entry(each) for each in newest],
        "root": ledger.root(),
        "counts": counts,
        "published": counts.count("published") if counts else 0,
        "proven": counts.count("proven") if counts else 0,
    }
    return page(request, "home/public.html", context)


def _dashboard(request: HttpRequest) -> HttpResponse:
    who, now = actor_of(request), timezone.now()
    in_house = is_house(who)
    found = headstart.newest() if in_house else None
    context = {
        "head_start": found,
        "closed_percent": round(found.closed_share * 100)
        if found and found.closed_share is not None
        else None,
        "funnel": dashboard.house_funnel(found) if found else "",
        "own_funnel": "" if in_house else dashboard.own_funnel(who),
        "trend": dashboard.house_trend(now) if in_house else "",
        "waiting": dashboard.waiting(who, in_house=in_house, now=now),
        "deadlines": dashboard.deadlines(who, now=now),
        "work": work_for(who),
    }
    return page(request, "home/dashboard.html", context)
