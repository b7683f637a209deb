"""What the ways to sign in share: what is remembered between two requests, where this
installation is, and which device signed in before."""

import hmac
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from seawall.parties.passkeys import RelyingParty

_LIFE = timedelta(minutes=10)
_DEVICES = 5
_YEAR_SECONDS = 365 * 86_400
_COOKIE = "seawall_device"


def remember(request: HttpRequest, what: str, **facts: Any) -> None:
    """Keep `facts` in the session for the next request of this flow, ten minutes at most."""
    until = (timezone.now() + _LIFE).timestamp()
    request.session[f"flow:{what}"] = facts | {"until": until}


def take(request: HttpRequest, what: str) -> dict[str, Any] | None:
    """What was remembered, once; None when there is nothing or it is too old."""
    facts = request.session.pop(f"flow:{what}", None)
    if not isinstance(facts, dict) or facts.get("until", 0) < timezone.now().timestamp():
        return None
    return facts


def origin_of(request: HttpRequest) -> str:
    """Where people reach this installation: as set, else as this browser did."""
    return str(settings.SEAWALL_ORIGIN) or f"{request.scheme}://{request.get_host()}"


def relying_party(request: HttpRequest) -> RelyingParty:
    return RelyingParty(origin=origin_of(request))


def takes_passkeys(request: HttpRequest) -> bool:
    """Whether browsers offer passkeys here: on a name, over TLS or on this machine, and on the
    very address that is set."""
    parts = urlsplit(origin_of(request))
    host = parts.hostname or ""
    if _is_address(host) or request.get_host().rpartition(":")[0].strip("[]") not in ("", host):
        return False
    return parts.scheme == "https" or host == "localhost"


def is_known_device(request: HttpRequest, email: str) -> bool:
    """Whether somebody signed in to that account from this browser before."""
    wanted = _mark(email)
    marks = request.COOKIES.get(_COOKIE, "").split(".")[:_DEVICES]
    return any(hmac.compare_digest(mark.encode(), wanted.encode()) for mark in marks)


def know_device(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let this browser be known for that account, for a year."""
    marks = [_mark(email), *request.COOKIES.get(_COOKIE, "").split(".")]
    kept = list(dict.fromkeys(mark for mark in marks if mark))[:_DEVICES]
    response.set_cookie(
        _COOKIE,
        ".".join(kept),
        max_age=_YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure() or bool(settings.SESSION_COOKIE_SECURE),
        path="/sign-in",
    )


def private(response: HttpResponse) -> HttpResponse:
    """Mark a page whose address or content is a secret: kept nowhere, told to no other site. (With
    "no-referrer" browsers would send forms without an origin, which the CSRF check refuses.)"""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"
    return response


def _mark(email: str) -> str:
    text = email.strip().lower()
    return salted_hmac("seawall.device", text, algorithm="sha256").hexdigest()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
