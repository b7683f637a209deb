"""Signing in through the OpenID provider of this installation, linking one's account to it, and
joining with it by invitation."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seawall.parties import invitations, oidc, sign_ins
from seawall.parties.access import actor_of
from seawall.parties.models import SignIn
from seawall.parties.passwords import LinkUnusable
from seawall.parties.sign_ins import FRESH
from seawall.web import who
from seawall.web.pages import go_to, is_ours, needs_login, tell, warn
from seawall.web.sign_in_flow import origin_of, private, remember, take


def provider() -> oidc.Provider | None:
    """The provider that is set; None when there is none."""
    if not settings.SEAWALL_OIDC_ISSUER or not settings.SEAWALL_OIDC_CLIENT_ID:
        return None
    file = settings.SEAWALL_OIDC_CLIENT_SECRET_FILE
    return oidc.Provider(
        issuer=settings.SEAWALL_OIDC_ISSUER,
        client_id=settings.SEAWALL_OIDC_CLIENT_ID,
        client_secret=Path(file).read_text().strip() if file else "",
        name=settings.SEAWALL_OIDC_NAME or settings.SEAWALL_OIDC_ISSUER,
    )


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Go to the provider to sign in."""
    return _leave(request, then=request.GET.get("next", ""))


@require_safe
@needs_login
def start_link(request: HttpRequest) -> HttpResponse:
    """Go to the provider to link one's account; asks for a fresh proof of who one is first."""
    found = who.present_of(request)
    if found is None or not found.is_fresh(timezone.now()):
        return go_to("confirm", next=reverse("link-oidc"))
    return _leave(request, link=found.person.pk)


@require_safe
@needs_login
def start_confirm(request: HttpRequest) -> HttpResponse:
    """Go to the provider to prove again who one is."""
    found = who.present_of(request)
    then = request.GET.get("next", "")
    return _leave(request, again=True, confirm=found.person.pk if found else 0, then=then)


@require_safe
def start_join(request: HttpRequest, secret: str) -> HttpResponse:
    """Go to the provider to join by invitation."""
    try:
        invitations.invitation_of(secret, now=timezone.now())
    except LinkUnusable:
        raise Http404 from None
    return _leave(request, secret=secret)


@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """Where the provider sends the browser back to."""
    known, flow = provider(), take(request, "oidc")
    if known is None:
        raise Http404
    try:
        if flow is None or flow["issuer"] != known.issuer:
            raise oidc.OidcFailed(_("the sign-in took too long or was begun elsewhere"))
        told = oidc.finish(
            known,
            answer=request.GET.dict(),
            begun=oidc.Begun(
                address="", state=flow["state"], nonce=flow["nonce"], verifier=flow["verifier"]
            ),
            return_to=_return_to(request),
            http=oidc.client_for(known),
            now=timezone.now(),
        )
    except oidc.OidcFailed as error:
        warn(request, _("Sign-in was not possible: %(why)s.") % {"why": error})
        return private(go_to("sign-in"))
    return private(_arrive(request, told, flow))


@require_POST
@needs_login
def unlink(request: HttpRequest) -> HttpResponse:
    found = who.present_of(request)
    known = provider()
    if found is not None and known is not None:
        oidc.unlink(found.person, issuer=known.issuer, by=found.actor, now=timezone.now())
        tell(request, _("The link is removed."))
    return go_to("account")


def _leave(request: HttpRequest, *, again: bool = False, **intent: Any) -> HttpResponse:
    known = provider()
    if known is None:
        raise Http404
    try:
        begun = oidc.begin(
            known, return_to=_return_to(request), http=oidc.client_for(known), again=again
        )
    except oidc.OidcFailed as error:
        warn(request, _("Sign-in was not possible: %(why)s.") % {"why": error})
        return go_to("sign-in")
    remember(
        request,
        "oidc",
        issuer=known.issuer,
        state=begun.state,
        nonce=begun.nonce,
        verifier=begun.verifier,
        intent=intent,
    )
    return private(HttpResponseRedirect(begun.address))


def _arrive(request: HttpRequest, told: oidc.Told, flow: dict[str, Any]) -> HttpResponse:
    intent = flow["intent"]
    if "confirm" in intent:
        return _confirm(request, told, intent)
    if "link" in intent:
        return _link(request, told, intent["link"])
    if "secret" in intent:
        return _join(request, told, intent["secret"])
    person = oidc.person_of(told)
    if person is None:
        warn(
            request,
            _(
                "No account here belongs to this identity. Sign in another way and link it, or use "
                "an invitation."
            ),
        )
        return go_to("sign-in")
    who.sign_in(request, person, SignIn.How.OIDC)
    wanted = str(intent.get("then", ""))
    return HttpResponseRedirect(wanted) if is_ours(request, wanted) else go_to("home")


def _confirm(request: HttpRequest, told: oidc.Told, intent: dict[str, Any]) -> HttpResponse:
    found, person, now = who.present_of(request), oidc.person_of(told), timezone.now()
    if found is None or person is None or not found.person.pk == person.pk == intent["confirm"]:
        warn(request, _("That was somebody else's identity."))
    elif told.signed_in_at is None or now - told.signed_in_at >= FRESH:
        warn(request, _("The provider did not ask you again; choose another way."))
    else:
        sign_ins.confirm(found.sign_in, now=now)
    wanted = str(intent.get("then", ""))
    return HttpResponseRedirect(wanted) if is_ours(request, wanted) else go_to("account")


def _link(request: HttpRequest, told: oidc.Told, person: int) -> HttpResponse:
    found = who.present_of(request)
    if found is None or found.person.pk != person:
        warn(request, _("Sign in to link your account."))
        return go_to("sign-in")
    try:
        oidc.link(found.person, told, by=found.actor, now=timezone.now())
    except oidc.IdentityTaken:
        warn(request, _("That identity belongs to another account here."))
    else:
        tell(request, _("From now on you can sign in that way too."))
    return go_to("account")


def _join(request: HttpRequest, told: oidc.Told, secret: str) -> HttpResponse:
    now = timezone.now()
    try:
        with transaction.atomic():
            person = oidc.person_of(told)
            if person is None:
                name = told.name or told.email or _("New member")
                member = invitations.join_anew(secret, name=name, password=None, now=now)
                person = member.person
                by = actor_of(person)
                oidc.link(person, told, by=by, now=now)
            else:
                invitations.join(secret, person, now=now)
    except (LinkUnusable, oidc.IdentityTaken):
        warn(request, _("The invitation can no longer be used; ask for a new one."))
        return go_to("sign-in")
    except (invitations.SignInFirst, invitations.OtherAddress):
        warn(request, _("The invited address has an account of its own: sign in with that one."))
        return go_to("sign-in")
    who.sign_in(request, person, SignIn.How.OIDC)
    return go_to("home")


def _return_to(request: HttpRequest) -> str:
    return origin_of(request) + reverse("oidc-return")
