"""Who calls: the holder of a bearer token."""

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from seawall.parties.access import holder_of, require
from seawall.parties.models import Scope
from seawall.vocab.actors import Actor


class TokenAuth(HttpBearer):
    """`Authorization: Bearer swl_…`; the actor is then `request.auth`."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        return holder_of(token, now=timezone.now())


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


def reader(request: HttpRequest) -> Actor:
    """The caller, who may read; for what no `access` function guards. Raises NotPermitted."""
    by = caller(request)
    require(by, Scope.READ)
    return by
