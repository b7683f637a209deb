"""Proving again who one is, before what is grave: with the password or a passkey."""

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from seawall.parties import passkeys, passwords, sign_ins
from seawall.parties.sign_ins import Present
from seawall.parties.throttling import TooManyTries
from seawall.web import who
from seawall.web.pages import go_back, needs_login, page
from seawall.web.sign_in_flow import private, relying_party, remember, take, takes_passkeys
from seawall.web.sign_in_oidc import provider


class ConfirmForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    credential = forms.CharField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the password or a passkey, then go on to `next`."""
    found = who.present_of(request)
    assert found is not None  # noqa: S101 - needs_login
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            _check(request, found, form)
        except (passkeys.PasskeyRefused, passwords.WrongPassword):
            form.add_error(None, _("That was not right; try again."))
        except TooManyTries as error:
            form.add_error(None, str(error))
        else:
            sign_ins.confirm(found.sign_in, now=timezone.now())
            return go_back(request, "home")
    shown = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "has_password": found.person.has_usable_password(),
        "passkeys": takes_passkeys(request) and found.person.passkeys.exists(),
        "provider": provider() if found.person.oidc_identities.exists() else None,
    }
    status = 422 if form.is_bound else 200
    return private(page(request, "sign_in/confirm.html", shown, status=status))


@require_POST
@needs_login
def options(request: HttpRequest) -> HttpResponse:
    """The options with which one of one's own passkeys answers, as JSON."""
    asked = passkeys.ask_to_sign_in(relying_party(request))
    remember(request, "confirm", challenge=asked.challenge.hex())
    return private(JsonResponse(asked.options))


def _check(request: HttpRequest, found: Present, form: ConfirmForm) -> None:
    now = timezone.now()
    if not form.cleaned_data["credential"]:
        address = who.address_of(request)
        password = form.cleaned_data["password"]
        passwords.check_again(found.person, password, address=address, now=now)
        return
    flow = take(request, "confirm")
    if flow is None:
        raise passkeys.PasskeyRefused
    passkeys.check(
        form.cleaned_data["credential"],
        challenge=bytes.fromhex(flow["challenge"]),
        rp=relying_party(request),
        now=now,
        of=found.person,
    )
