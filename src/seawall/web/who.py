"""Middleware that says who asks: sets `request.actor`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from seawall.vocab.actors import PUBLIC


class Who:
    """Nobody can sign in without an identity provider of this installation: all are PUBLIC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = PUBLIC  # type: ignore[attr-defined]
        return self._get_response(request)
