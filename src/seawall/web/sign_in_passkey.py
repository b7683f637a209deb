"""Signing in with a passkey: the browser asks the authenticator, which knows who it is."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from seawall.parties import passkeys
from seawall.parties.models import SignIn
from seawall.web import who
from seawall.web.pages import go_back, go_to, warn
from seawall.web.sign_in_flow import know_device, private, relying_party, remember, take


@require_POST
def options(request: HttpRequest) -> HttpResponse:
    """The options for navigator.credentials.get, as JSON."""
    asked = passkeys.ask_to_sign_in(relying_party(request))
    remember(request, "passkey", challenge=asked.challenge.hex())
    return private(JsonResponse(asked.options))


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    flow = take(request, "passkey")
    try:
        if flow is None:
            raise passkeys.PasskeyRefused(_("That took too long; try again."))
        found = passkeys.check(
            request.POST.get("credential", ""),
            challenge=bytes.fromhex(flow["challenge"]),
            rp=relying_party(request),
            now=timezone.now(),
        )
    except passkeys.PasskeyRefused as error:
        warn(request, str(error))
        return go_to("sign-in")
    who.sign_in(request, found.person, SignIn.How.PASSKEY)
    response = go_back(request, "home")
    know_device(request, response, found.person.email)
    return response
