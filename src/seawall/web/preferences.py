"""The theme and the language, which a visitor chooses; kept in two cookies, nowhere else."""

from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from seawall.web.pages import go_back

Theme = Literal["auto", "light", "dark"]
THEME_COOKIE = "seawall_theme"
_YEAR_SECONDS = 365 * 86_400


def theme_of(request: HttpRequest) -> Theme:
    """What was chosen; "auto" follows the browser."""
    match request.COOKIES.get(THEME_COOKIE):
        case "light":
            return "light"
        case "dark":
            return "dark"
    return "auto"


@require_POST
def prefer(request: HttpRequest) -> HttpResponse:
    """Keep `theme` or `language` and show the page `next` again."""
    response = go_back(request, "home")
    theme, language = request.POST.get("theme"), request.POST.get("language")
    if theme in ("auto", "light", "dark"):
        _keep(request, response, THEME_COOKIE, theme)
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        _keep(request, response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


def _keep(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=_YEAR_SECONDS,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
