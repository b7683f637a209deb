"""Errors as pages. A hidden thing and an absent one get the same page with the same sentence."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.sealing import Shredded
from seawall.vocab.errors import BadInput
from seawall.web.pages import page

_NOT_PAGES = ("/api/", "/healthz", "/static/", "/log/", "/feed/", "/.well-known/")


def is_page(request: HttpRequest) -> bool:
    """Whether the address belongs to the pages, whose errors are pages too."""
    return not request.path.startswith(_NOT_PAGES)


class ErrorPages:
    """Middleware: what views raise, and what Django answers without words, becomes a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code < 400 or not is_page(request) or hasattr(response, "is_told"):
            return response
        if response.get("Content-Type", "").startswith("text/html") and response.content:
            return response
        made = error_page(request, response.status_code)
        for header in ("Allow", "Retry-After"):
            if header in response:
                made[header] = response[header]
        return made

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not is_page(request):
            return None
        match error:
            case NotFound():
                return error_page(request, 404, str(error))
            case NotPermitted():
                return error_page(request, 403, str(error))
            case Shredded():
                return error_page(request, 410, _shredded(error))
            case BadInput():
                return error_page(request, 422, str(error))
        return None


def _shredded(error: Shredded) -> str:
    day = date_format(error.at, "DATE_FORMAT")
    return _("This was shredded on {day} and cannot be read by anybody.").format(day=day)


def error_page(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    """The page for a status; `sentence` says more than the status does."""
    title, text = _words(status)
    context = {"status": status, "title": title, "text": text, "sentence": sentence}
    response = page(request, "errors/error.html", context, status=status)
    response.is_told = True  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    too_big = isinstance(exception, RequestDataTooBig)
    return error_page(request, 413 if too_big else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    known = isinstance(exception, PermissionDenied | SuspiciousOperation)
    return error_page(request, 403, str(exception) if known else "")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: what an `Http404` says is not shown."""
    assert isinstance(exception, Http404)  # noqa: S101
    return error_page(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    return error_page(request, 500)


def csrf_failed(request: HttpRequest, reason: str = "", **_more: Any) -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    text = _("The form was too old or came from elsewhere. Go back, reload the page, try again.")
    return error_page(request, 403, text)


def _words(status: int) -> tuple[str, str]:
    match status:
        case 403:
            return _("Not permitted"), _("You may not do this or see this.")
        case 404:
            return (
                _("Not here"),
                _("There is nothing at this address, or nothing that you may see."),
            )
        case 405:
            return _("Not possible"), _("This address does not take what was sent.")
        case 410:
            return _("Gone"), _("What was here is over and does not come back.")
        case 413:
            return _("Too large"), _("More was sent than is taken here.")
        case 422:
            return _("Not usable"), _("What was sent cannot be used; nothing was kept.")
        case 429:
            return _("Too often"), _("Wait a little, then try again.")
        case 500:
            return (
                _("Something broke"),
                _("The mistake is ours. The log of the server says what happened."),
            )
        case 503:
            return _("Not ready"), _("This installation cannot answer now. Try again soon.")
    return _("Not understood"), _("The request cannot be answered in this form.")
