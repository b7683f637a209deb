"""One's own password and passkeys: changing, adding, removing."""

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from seawall.parties import passkeys, passwords
from seawall.parties.access import NotFound
from seawall.parties.sign_ins import Present
from seawall.parties.throttling import TooManyTries
from seawall.vocab.errors import BadInput
from seawall.web import who
from seawall.web.account import present
from seawall.web.pages import go_to, needs_login, page, tell, warn
from seawall.web.sign_in_flow import private, relying_party, remember, take, takes_passkeys
from seawall.web.sign_in_links import NewPasswordForm


class ChangePasswordForm(NewPasswordForm):
    current = forms.CharField(
        label=gettext_lazy("Your password now"),
        required=False,
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["current", "password", "again"]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; who has none yet proves who they are another way first."""
    found = present(request)
    has_one = found.person.has_usable_password()
    if not has_one and not found.is_fresh(timezone.now()):
        return go_to("confirm", next=reverse("account-password"))
    form = ChangePasswordForm(request.POST if request.method == "POST" else None)
    if not has_one:
        del form.fields["current"]
    if form.is_valid() and _set(request, found, form):
        tell(request, _("Your new password is set; all other sessions ended."))
        return go_to("account")
    status = 422 if form.is_bound else 200
    return private(page(request, "account/password.html", {"form": form}, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Register a further passkey; asks for a fresh proof of who one is first."""
    found, now = present(request), timezone.now()
    if not found.is_fresh(now):
        return go_to("confirm", next=reverse("account-passkey"))
    if request.method != "POST":
        shown = {"takes_passkeys": takes_passkeys(request)}
        return private(page(request, "account/passkey.html", shown))
    flow = take(request, "passkey-new")
    try:
        if flow is None:
            raise passkeys.PasskeyRefused(_("That took too long; try again."))
        passkeys.register(
            found.person,
            request.POST.get("credential", ""),
            challenge=bytes.fromhex(flow["challenge"]),
            user_handle=bytes.fromhex(flow["handle"]),
            rp=relying_party(request),
            label=request.POST.get("label", ""),
            by=found.actor,
            now=now,
        )
    except passkeys.PasskeyRefused as error:
        warn(request, str(error))
        return go_to("account-passkey")
    tell(request, _("The passkey is added."))
    return go_to("account")


@require_POST
@needs_login
def passkey_options(request: HttpRequest) -> HttpResponse:
    """The options for navigator.credentials.create, as JSON."""
    person = present(request).person
    asked = passkeys.ask_to_register(
        email=person.email, name=person.name, rp=relying_party(request), person=person
    )
    remember(
        request, "passkey-new", challenge=asked.challenge.hex(), handle=asked.user_handle.hex()
    )
    return private(JsonResponse(asked.options))


@require_POST
@needs_login
def remove_passkey(request: HttpRequest, id: str) -> HttpResponse:
    """Remove a passkey, unless it is the only way to sign in."""
    found = present(request)
    person = found.person
    others = (
        person.has_usable_password()
        or person.oidc_identities.exists()
        or person.passkeys.count() > 1
    )
    if not others:
        warn(request, _("This is your only way to sign in; add another one first."))
        return go_to("account")
    if not passkeys.remove(person, id, by=found.actor, now=timezone.now()):
        raise NotFound(_("There is no such passkey."))
    tell(request, _("The passkey is removed."))
    return go_to("account")


def _set(request: HttpRequest, found: Present, form: ChangePasswordForm) -> bool:
    now = timezone.now()
    try:
        if "current" in form.fields:
            address = who.address_of(request)
            current = form.cleaned_data["current"]
            passwords.check_again(found.person, current, address=address, now=now)
        person = passwords.set_password(
            found.person,
            form.cleaned_data["password"],
            by=found.actor,
            now=now,
            keep=found.sign_in,
        )
    except passwords.WrongPassword:
        form.add_error("current", _("That was not right; try again."))
    except TooManyTries as error:
        form.add_error("current", str(error))
    except BadInput as error:
        form.add_error("password", error.what)
    else:
        who.keep_session(request, person)
        return True
    return False
