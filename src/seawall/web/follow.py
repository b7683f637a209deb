"""How to follow what is published here, for everybody: where trust begins, and that it is fresh."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from seawall.distribution.following import Following, following
from seawall.ledger import checkpoints
from seawall.web.pages import page


@require_safe
def follow(request: HttpRequest) -> HttpResponse:
    """The feed's root, freshness, log and files, with the commands that follow it."""
    found, now = following(), timezone.now()
    key = checkpoints.log_key().text if found and found.checkpoint else ""
    context = {
        "feed": found,
        "is_stale": found is not None and found.is_stale(now),
        "address": _address(request, found),
        "commands": _commands(request, found),
        "log_key": key,
        "check": f"seawall log verify {_address(request, found)}/log --key '{key}'",
    }
    return page(request, "follow/follow.html", context)


def _address(request: HttpRequest, found: Following | None) -> str:
    return (found.address if found else "") or request.build_absolute_uri("/feed")


def _commands(request: HttpRequest, found: Following | None) -> list[str]:
    if found is None:
        return []
    return [
        f"seawall sync {_address(request, found)} --root-sha256 {found.root_digest}",
        "seawall check sbom.json",
        "seawall verify seawall-2026-0001.json",
    ]
