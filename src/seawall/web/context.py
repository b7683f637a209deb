"""What base.html needs on every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info

from seawall.web.navigation import menu
from seawall.web.pages import actor_of
from seawall.web.preferences import theme_of
from seawall.web.roles import is_house, is_signed_in


def shell(request: HttpRequest) -> dict[str, Any]:
    """`who` (Actor), `signed_in`, `in_house`, `menu`, `theme`, `languages`, `debug`, `here`."""
    who = actor_of(request)
    return {
        "who": who,
        "signed_in": is_signed_in(who),
        "in_house": is_house(who),
        "menu": list(menu(request)),
        "theme": theme_of(request),
        "languages": [get_language_info(code) for code, _ in settings.LANGUAGES],
        "here": request.get_full_path(),
        "debug": settings.DEBUG,
    }
