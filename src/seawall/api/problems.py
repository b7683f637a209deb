"""Every error as an RFC 9457 problem document."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from seawall.findings.access import NotFound
from seawall.parties.access import NotPermitted
from seawall.parties.sealing import Shredded, WrapperUnusable
from seawall.vocab.errors import BadInput, one_line

CONTENT_TYPE = "application/problem+json"

_log = logging.getLogger(__name__)


def problem(status: int, detail: str = "", **more: Any) -> HttpResponse:
    """A problem document: type about:blank, the status's own title, one line of `detail`."""
    response = HttpResponse(problem_bytes(status, detail, **more), content_type=CONTENT_TYPE)
    response.status_code = status
    return response


def problem_bytes(status: int, detail: str = "", **more: Any) -> bytes:
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        document["detail"] = one_line(detail)
    return json.dumps(document | more, ensure_ascii=False).encode()


def add_handlers(api: NinjaAPI) -> None:
    """Let `api` answer what its operations raise in problem documents."""

    def on(kind: type[Exception], answer: Callable[[Any], HttpResponse]) -> None:
        api.add_exception_handler(kind, lambda request, error: answer(error))

    on(BadInput, lambda error: bad_input(error))
    on(NotFound, lambda error: problem(404, str(error)))
    on(Http404, lambda error: problem(404))
    on(NotPermitted, lambda error: problem(403, str(error)))
    on(Shredded, lambda error: problem(410, str(error)))
    on(WrapperUnusable, _keys_unusable)
    on(RequestDataTooBig, lambda error: problem(413, "The body is larger than is taken here."))
    on(BadRequest, lambda error: problem(400, str(error)))
    on(SuspiciousOperation, lambda error: problem(400, str(error)))
    on(ValidationError, _invalid)
    on(HttpError, _http_error)
    on(AuthenticationError, lambda error: unauthorized())


def _keys_unusable(error: WrapperUnusable) -> HttpResponse:
    _log.error("The keys cannot be used: %s", error)
    return problem(503, "The keys of this installation cannot be used; its log says why.")


def bad_input(error: BadInput) -> HttpResponse:
    """422 with what is wrong, where, and how to mend it."""
    more = {"where": error.where, "mend": error.mend}
    return problem(422, error.what, **{name: text for name, text in more.items() if text})


def unauthorized() -> HttpResponse:
    response = problem(401, "A bearer token is needed: make one with `seawall token new`.")
    response["WWW-Authenticate"] = 'Bearer realm="seawall"'
    return response


def _http_error(error: HttpError) -> HttpResponse:
    """A body that the parser refused says why; other errors say what they were made with."""
    if isinstance(error.__cause__, BadInput):
        return bad_input(error.__cause__)
    return problem(error.status_code, error.message)


def _invalid(error: ValidationError) -> HttpResponse:
    errors = [
        {"where": "/".join(str(part) for part in item.get("loc", ())), "what": item.get("msg", "")}
        for item in error.errors
    ]
    return problem(422, "The request does not have the form that it must have.", errors=errors)


class ProblemDocuments:
    """Middleware that puts errors of Django itself (404, 405, 413, 500, …) into this form; those
    of pages, which are pages (text/html outside /api/), stay as they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return problem(400, "No address here holds a null character.")
        response = self._get_response(request)
        kind = response.get("Content-Type", "").partition(";")[0]
        if response.status_code < 400 or kind in (CONTENT_TYPE, "application/json"):
            return response
        if kind == "text/html" and not request.path.startswith(("/api/", "/static/", "/healthz")):
            return response
        made = problem(response.status_code, _detail(request, response.status_code))
        for header in ("Allow", "WWW-Authenticate", "Retry-After"):
            if header in response:
                made[header] = response[header]
        return made


def _detail(request: HttpRequest, status: int) -> str:
    match status:
        case 404:
            return f"There is nothing at {request.path}."
        case 405:
            return f"{request.path} does not take {request.method}."
        case 500:
            return "Something broke here; the log of the server says what."
    return ""
