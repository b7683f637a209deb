"""Signing in with a password, and signing out."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from seawall.parties import access, passwords
from seawall.parties.models import SignIn
from seawall.parties.throttling import TooManyTries
from seawall.web import who
from seawall.web.pages import go_back, go_to, page, tell
from seawall.web.sign_in_flow import is_known_device, know_device, private, takes_passkeys
from seawall.web.sign_in_oidc import provider


class SignInForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if who.present_of(request):
        return go_back(request, "home")
    if request.method != "POST":
        return _page(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    email = form.cleaned_data["email"]
    try:
        person = passwords.check(
            email=email,
            password=form.cleaned_data["password"],
            address=who.address_of(request),
            known_device=is_known_device(request, email),
            now=timezone.now(),
        )
    except passwords.WrongPassword:
        form.add_error(None, _("The address and the password do not belong together."))
        return _page(request, form, status=422)
    except TooManyTries as error:
        form.add_error(None, str(error))
        return _page(request, form, status=429)
    who.sign_in(request, person, SignIn.How.PASSWORD)
    response = go_back(request, "home")
    know_device(request, response, email)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    who.sign_out(request)
    tell(request, _("You are signed out."))
    return go_to("home")


def _page(request: HttpRequest, form: SignInForm, *, status: int = 200) -> HttpResponse:
    known = provider()
    shown = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "passkeys": takes_passkeys(request),
        "provider": known,
        "is_new": not access.has_people(),
    }
    return private(page(request, "sign_in/sign_in.html", shown, status=status))
