"""What every view uses: rendering, who asks, going on after a POST, messages, and guards."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from seawall.parties.access import NotPermitted
from seawall.vocab.actors import PUBLIC, Actor
from seawall.web.roles import is_signed_in

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

_SIGN_IN = "sign-in"


def actor_of(request: HttpRequest) -> Actor:
    """Who makes this request: pass it on as `by`. PUBLIC when nobody signed in."""
    who = getattr(request, "actor", PUBLIC)
    return who if isinstance(who, Actor) else PUBLIC


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Render a page that extends base.html; pages of people who signed in are never cached."""
    response = render(request, template, dict(context or {}), status=status)
    if is_signed_in(actor_of(request)):
        response["Cache-Control"] = "no-store"
    return response


def go_to(name: str, *args: object, **query: object) -> HttpResponseRedirect:
    """Answer a POST: see the page called `name` next (303)."""
    address = reverse(name, args=args)
    return _see_other(f"{address}?{urlencode(query)}" if query else address)


def go_back(request: HttpRequest, default: str, *args: object) -> HttpResponseRedirect:
    """Answer a POST: the page named in the form's `next`, when it is one of ours, else `default`
    (a name with its arguments)."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return _see_other(wanted) if is_ours(request, wanted) else go_to(default, *args)


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether `address` is a page of this installation, so that it is safe to send people to."""
    return bool(address) and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def tell(request: HttpRequest, sentence: str) -> None:
    """Show `sentence` on the next page: something was done."""
    messages.success(request, sentence)


def warn(request: HttpRequest, sentence: str) -> None:
    """Show `sentence` on the next page: something was not done, and why."""
    messages.error(request, sentence)


def needs_login(view: View[P]) -> View[P]:
    """Let only people who signed in reach `view`; others are led to the sign-in page and back."""
    return needs(is_signed_in)(view)


def needs(test: Callable[[Actor], bool]) -> Callable[[View[P]], View[P]]:
    """Let only those reach the view of whom `test` (see `roles`) says yes; others who signed in
    get the 403 page, nobody in particular the sign-in page."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            who = actor_of(request)
            if is_signed_in(who) and test(who):
                return view(request, *args, **kwargs)
            if is_signed_in(who):
                raise NotPermitted(_("Your account does not give access to this page."))
            return sign_in_first(request)

        return guarded

    return guard


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page, and from there back to a page that was asked for by GET."""
    try:
        address = reverse(_SIGN_IN)
    except NoReverseMatch:
        raise NotPermitted(_("Sign in to see this page.")) from None
    if request.headers.get("HX-Request"):  # a part of a page: the whole page must go
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    back = {"next": request.get_full_path()} if request.method == "GET" else {}
    return _see_other(f"{address}?{urlencode(back)}" if back else address)


def _see_other(address: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
