"""The first run: the house, its first administrator, how people sign in, and what comes next."""

from pathlib import Path

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seawall.parties import first_run, passkeys
from seawall.parties.access import actor_of, has_people
from seawall.parties.models import Person, SignIn
from seawall.vocab.errors import BadInput
from seawall.web import who
from seawall.web.pages import go_to, needs, page
from seawall.web.roles import is_house_admin
from seawall.web.sign_in_flow import (
    origin_of,
    private,
    relying_party,
    remember,
    take,
    takes_passkeys,
)
from seawall.web.sign_in_links import JoinForm
from seawall.web.sign_in_oidc import provider


class SetUpForm(JoinForm):
    """The house and its first administrator."""

    house = forms.CharField(
        label=gettext_lazy("Your organisation"),
        max_length=200,
        help_text=gettext_lazy("It runs this installation; its members are the coordinators."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        help_text=gettext_lazy("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    field_order = ["house", "name", "email", "password", "again"]


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Where the link is to be found; there is nothing here once it was used."""
    if has_people():
        raise Http404
    return private(page(request, "wizard/start.html"))


@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest, secret: str) -> HttpResponse:
    _demand_secret(secret)
    form = SetUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            person = _set_up(request, form)
        except first_run.SetUpAlready:
            raise Http404 from None
        except passkeys.PasskeyRefused as error:
            form.add_error(None, str(error))
        except BadInput as error:
            form.add_error(None, error.what)
        else:
            how = SignIn.How.PASSKEY if form.cleaned_data["credential"] else SignIn.How.PASSWORD
            who.sign_in(request, person, how)
            return private(go_to("welcome"))
    shown = {"form": form, "secret": secret, "passkeys": takes_passkeys(request)}
    status = 422 if form.is_bound else 200
    return private(page(request, "wizard/set_up.html", shown, status=status))


@require_POST
def options(request: HttpRequest, secret: str) -> HttpResponse:
    """The options with which the browser makes the first passkey, as JSON."""
    _demand_secret(secret)
    email, name = request.POST.get("email", "")[:254], request.POST.get("name", "")[:200]
    asked = passkeys.ask_to_register(
        email=email or "administrator", name=name or email, rp=relying_party(request)
    )
    remember(request, "new", challenge=asked.challenge.hex(), handle=asked.user_handle.hex())
    return private(JsonResponse(asked.options))


@require_safe
@needs(is_house_admin)
def welcome(request: HttpRequest) -> HttpResponse:
    """What is set and what is still to do."""
    found = who.present_of(request)
    shown = {
        "origin": origin_of(request),
        "is_origin_set": bool(settings.SEAWALL_ORIGIN),
        "production": settings.SEAWALL_PRODUCTION,
        "publisher": settings.SEAWALL_PUBLISHER_NAME,
        "namespace": settings.SEAWALL_PUBLISHER_NAMESPACE,
        "provider": provider(),
        "has_passkey": bool(found and found.person.passkeys.exists()),
        "passkeys": takes_passkeys(request),
    }
    return page(request, "wizard/welcome.html", shown)


def _set_up(request: HttpRequest, form: SetUpForm) -> Person:
    given, now = form.cleaned_data, timezone.now()
    flow = take(request, "new") if given["credential"] else None
    if given["credential"] and flow is None:
        raise passkeys.PasskeyRefused(_("That took too long; try again."))
    with transaction.atomic():
        person = first_run.set_up(
            _home(),
            house=given["house"],
            name=given["name"],
            email=given["email"],
            password=None if flow else given["password"],
            now=now,
        )
        if flow:
            passkeys.register(
                person,
                given["credential"],
                challenge=bytes.fromhex(flow["challenge"]),
                user_handle=bytes.fromhex(flow["handle"]),
                rp=relying_party(request),
                label=_("first passkey"),
                by=actor_of(person),
                now=now,
            )
    return person


def _demand_secret(secret: str) -> None:
    if not first_run.is_setup_secret(_home(), secret):
        raise Http404


def _home() -> Path:
    return Path(settings.SEAWALL_HOME)
