"""Who asks: sessions for pages alone, and `request.actor`, found anew on every request.

The API takes bearer tokens only and never sees a session, so that it has nothing to forge.
"""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, login, logout
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from seawall.parties import sign_ins
from seawall.parties.access import actor_of
from seawall.parties.models import Person, SignIn
from seawall.parties.sign_ins import Lives, Present
from seawall.vocab.actors import PUBLIC

_NOT_PAGES = ("/api/", "/static/", "/healthz", "/log/", "/feed/", "/.well-known/")
_BACKEND = "django.contrib.auth.backends.ModelBackend"


class PageSessions(SessionMiddleware):
    """Sessions for pages; the API, assets, the public log and feed, the health check have none."""

    def process_request(self, request: HttpRequest) -> None:
        if not request.path.startswith(_NOT_PAGES):
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not hasattr(request, "session"):
            return response
        return super().process_response(request, response)


class Who:
    """Sets `request.actor` (PUBLIC when nobody signed in) and `request.present`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _note(request, _find(request))
        return self._get_response(request)


def present_of(request: HttpRequest) -> Present | None:
    """The person who signed in, with the session; None for anybody else."""
    found = getattr(request, "present", None)
    return found if isinstance(found, Present) else None


def still_valid(request: HttpRequest) -> bool:
    """Whether the session and the seats that this request began with still hold; one query. What
    streams asks this every second, outside the event loop. Nobody in particular stays valid."""
    found = present_of(request)
    if found is None:
        return True
    return sign_ins.still_holds(
        request.session.session_key or "",
        seats=frozenset(found.actor.seats),
        epoch=found.person.session_epoch,
        now=timezone.now(),
    )


@transaction.atomic
def sign_in(request: HttpRequest, person: Person, how: SignIn.How) -> None:
    """Begin a session for `person`, with a new key; nothing of the earlier session is kept."""
    sign_out(request)
    request.session.flush()
    login(request, person, backend=_BACKEND)
    begun = sign_ins.begin(
        person,
        session_key=request.session.session_key or "",
        how=how,
        agent=request.headers.get("User-Agent", ""),
        address=address_of(request),
        lives=lives(),
        now=timezone.now(),
    )
    _note(request, Present(person=person, actor=actor_of(person), sign_in=begun))


def sign_out(request: HttpRequest) -> None:
    """End the session of this request, if there is one."""
    found = present_of(request)
    if found is None:
        return
    by, id = found.actor, found.sign_in.public_id
    sign_ins.end(found.person, id, by=by, now=timezone.now())
    logout(request)
    _note(request, None)


def keep_session(request: HttpRequest, person: Person) -> None:
    """Let this session go on after its person's password or epoch was changed."""
    request.session.cycle_key()
    request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    found = present_of(request)
    if found is not None:
        sign_ins.move(found.sign_in, session_key=request.session.session_key or "")


def lives() -> Lives:
    """How long sessions last here."""
    return Lives(
        idle=timedelta(minutes=settings.SEAWALL_SESSION_IDLE_MINUTES),
        whole=timedelta(hours=settings.SEAWALL_SESSION_HOURS),
    )


def address_of(request: HttpRequest) -> str:
    """The network address of whoever asks, as the server tells it."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def _find(request: HttpRequest) -> Present | None:
    session = getattr(request, "session", None)
    if session is None or not session.session_key:
        return None
    known = session.get(HASH_SESSION_KEY)
    if not isinstance(known, str) or not session.session_key:
        return None
    return sign_ins.present(session.session_key, auth_hash=known, lives=lives(), now=timezone.now())


def _note(request: HttpRequest, found: Present | None) -> None:
    request.actor = found.actor if found else PUBLIC  # type: ignore[attr-defined]
    request.present = found  # type: ignore[attr-defined]
    if found is not None:
        request.user = found.person
