"""Who calls: the holder of a bearer token."""

import base64

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from seawall.core.access import RULES, may_coordinate
from seawall.parties.access import demand, holder_of, require
from seawall.parties.models import Scope
from seawall.vocab.access import Act
from seawall.vocab.actors import Actor

_BASIC_PATH = "/api/v1/aixcc/"


class TokenAuth(HttpBearer):
    """`Authorization: Bearer swl_…`; the actor is then `request.auth`.

    Clients of AIxCC's competition API know only HTTP Basic: theirs may send it as the password.
    """

    def __call__(self, request: HttpRequest) -> Actor | None:
        kind, _, packed = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "basic" and request.path.startswith(_BASIC_PATH):
            return self.authenticate(request, _password(packed))
        found: Actor | None = super().__call__(request)
        return found

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        return holder_of(token, now=timezone.now())


def _password(packed: str) -> str:
    """The password of HTTP Basic (RFC 7617); "" for what is none."""
    try:
        return base64.b64decode(packed[:1000], validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def caller(request: HttpRequest) -> Actor:
    """Who makes this request; operations run only with one."""
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        raise TypeError("this operation was reached without authentication")
    return actor


def coordinator(request: HttpRequest) -> Actor:
    """The caller, who may change what is coordinated here; raises NotPermitted."""
    by = caller(request)
    require(by, Scope.COORDINATE)
    return by


def house_member(request: HttpRequest) -> Actor:
    """The caller, who works for this installation as a whole; raises NotPermitted."""
    by = coordinator(request)
    demand(may_coordinate(by))
    return by


def acting(request: HttpRequest, act: Act) -> Actor:
    """The caller, whose token has the scope that `act` takes; raises NotPermitted. Whether they
    may do it in a case is said by `cases.access.case(act=…)`."""
    by = caller(request)
    require(by, Scope(RULES[act].scope))
    return by


def reader(request: HttpRequest) -> Actor:
    """The caller, who may read; for what no `access` function guards. Raises NotPermitted."""
    by = caller(request)
    require(by, Scope.READ)
    return by
