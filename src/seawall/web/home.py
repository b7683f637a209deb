"""The first page: the dashboard for people who signed in, the front page for others."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from seawall.web.pages import actor_of, page
from seawall.web.roles import is_signed_in


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return _dashboard(request) if is_signed_in(actor_of(request)) else _front(request)


def _front(request: HttpRequest) -> HttpResponse:
    return page(request, "home/public.html")


def _dashboard(request: HttpRequest) -> HttpResponse:
    return page(request, "home/dashboard.html")
