"""Administration of the installation: tokens, sessions, and how it is set up."""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from seawall import __version__
from seawall.parties import managing, sealing
from seawall.web.account_browsers import with_browsers
from seawall.web.listing import Order, keyset
from seawall.web.pages import actor_of, needs, page
from seawall.web.roles import is_house_admin
from seawall.web.sign_in_flow import origin_of
from seawall.web.sign_in_oidc import provider

_NEWEST = Order(key="newest", label=gettext_lazy("newest"))


@require_safe
@needs(is_house_admin)
def tokens(request: HttpRequest) -> HttpResponse:
    """All tokens; those of the installation are made on its machine."""
    listed = keyset(managing.tokens(actor_of(request)), request.GET, (_NEWEST,))
    return page(request, "administration/tokens.html", {"listed": listed, "now": timezone.now()})


@require_safe
@needs(is_house_admin)
def sessions(request: HttpRequest) -> HttpResponse:
    rows = managing.sign_ins(actor_of(request), now=timezone.now())
    listed = keyset(rows, request.GET, (_NEWEST,))
    shown = {"listed": listed, "sessions": with_browsers(listed.rows)}
    return page(request, "administration/sessions.html", shown)


@require_safe
@needs(is_house_admin)
def installation(request: HttpRequest) -> HttpResponse:
    """How this installation is set up; secrets are not shown."""
    known, keys = provider(), sealing.keyring().state()
    pairs = [
        (_("Version"), __version__),
        (_("Address"), origin_of(request)),
        (_("Production"), _("yes") if settings.SEAWALL_PRODUCTION else _("no")),
        (_("Database"), connection.vendor),
        (_("Publisher"), settings.SEAWALL_PUBLISHER_NAME or _("not set")),
        (_("OpenID provider"), known.issuer if known else _("not set")),
        (_("Signed in, unused at most"), _minutes(settings.SEAWALL_SESSION_IDLE_MINUTES)),
        (_("Signed in at most"), _minutes(settings.SEAWALL_SESSION_HOURS * 60)),
    ]
    sealed = [
        (_("Keys of cases and reports"), keys.keys),
        (_("Of them shredded"), keys.destroyed),
        (_("Generation of the wrapping key"), keys.epoch),
        (_("Still to be wrapped anew"), keys.waiting),
    ]
    shown = {"pairs": pairs, "sealed": sealed, "crumbs": _crumbs(_("Installation"))}
    return page(request, "administration/installation.html", shown)


def _crumbs(here: str) -> list[tuple[str, str | None]]:
    return [(_("Administration"), reverse("admin")), (here, None)]


def _minutes(count: int) -> str:
    if count % 60 == 0:
        return _("%(count)d h") % {"count": count // 60}
    return _("%(count)d min") % {"count": count}
