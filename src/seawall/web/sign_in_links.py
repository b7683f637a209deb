"""One-time links: setting a new password, and joining a party by invitation."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from seawall.parties import invitations, passkeys, passwords
from seawall.parties.access import actor_of
from seawall.parties.models import Invitation, Membership, SignIn
from seawall.vocab.errors import BadInput
from seawall.web import who
from seawall.web.errors import error_page
from seawall.web.pages import go_to, page, tell, warn
from seawall.web.sign_in_flow import private, relying_party, remember, take, takes_passkeys
from seawall.web.sign_in_oidc import provider


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("At least 12 characters; several words are easy to remember."),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("The same again"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("password") and found.get("again") and found["password"] != found["again"]:
            self.add_error("again", _("The two do not agree."))
        return found


class JoinForm(NewPasswordForm):
    """A new account for an invitation; a passkey stands in for the password."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "password", "again"]
    credential = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.data.get("credential"):
            self.fields["password"].required = self.fields["again"].required = False


@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, secret: str) -> HttpResponse:
    """Set a new password by the link that an administrator made."""
    now = timezone.now()
    try:
        person = passwords.reset_person(secret, now=now)
        form = NewPasswordForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            person = passwords.use_reset_link(secret, form.cleaned_data["password"], now=now)
            who.sign_in(request, person, SignIn.How.PASSWORD)
            tell(request, _("Your new password is set; all other sessions ended."))
            return private(go_to("home"))
    except passwords.LinkUnusable:
        return _unusable(request)
    except BadInput as error:
        form.add_error("password", error.what)
    shown = {"form": form, "person": person}
    return private(page(request, "sign_in/reset.html", shown, status=_status(form)))


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Take up an invitation: with the account one has, or with a new one."""
    try:
        found = invitations.invitation_of(secret, now=timezone.now())
    except passwords.LinkUnusable:
        return _unusable(request)
    if who.present_of(request):
        return _join_signed_in(request, secret, found)
    form = JoinForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            member = _join_anew(request, secret, form)
        except passwords.LinkUnusable:
            return _unusable(request)
        except invitations.SignInFirst:
            warn(request, _("This address has an account: sign in, then open the link again."))
            return private(go_to("sign-in", next=request.path))
        except (BadInput, passkeys.PasskeyRefused) as error:
            form.add_error("password", getattr(error, "what", str(error)))
        else:
            how = SignIn.How.PASSKEY if form.cleaned_data["credential"] else SignIn.How.PASSWORD
            who.sign_in(request, member.person, how)
            tell(request, _("Welcome to %(party)s.") % {"party": found.party.name})
            return private(go_to("home"))
    shown = {
        "form": form,
        "invitation": found,
        "secret": secret,
        "passkeys": takes_passkeys(request),
        "provider": provider(),
    }
    return private(page(request, "sign_in/join.html", shown, status=_status(form)))


@require_POST
def join_options(request: HttpRequest, secret: str) -> HttpResponse:
    """The options with which the browser makes a passkey for the new account, as JSON."""
    try:
        found = invitations.invitation_of(secret, now=timezone.now())
    except passwords.LinkUnusable:
        return _unusable(request)
    name = request.POST.get("name", "")[:200] or found.email
    asked = passkeys.ask_to_register(email=found.email, name=name, rp=relying_party(request))
    remember(request, "new", challenge=asked.challenge.hex(), handle=asked.user_handle.hex())
    return private(JsonResponse(asked.options))


def _join_anew(request: HttpRequest, secret: str, form: JoinForm) -> Membership:
    now, given = timezone.now(), form.cleaned_data
    if not given["credential"]:
        return invitations.join_anew(
            secret, name=given["name"], password=given["password"], now=now
        )
    flow = take(request, "new")
    if flow is None:
        raise passkeys.PasskeyRefused(_("That took too long; try again."))
    with transaction.atomic():
        member = invitations.join_anew(secret, name=given["name"], password=None, now=now)
        passkeys.register(
            member.person,
            given["credential"],
            challenge=bytes.fromhex(flow["challenge"]),
            user_handle=bytes.fromhex(flow["handle"]),
            rp=relying_party(request),
            label=_("first passkey"),
            by=actor_of(member.person),
            now=now,
        )
    return member


def _join_signed_in(request: HttpRequest, secret: str, found: Invitation) -> HttpResponse:
    present = who.present_of(request)
    if present is None or request.method != "POST":
        shown = {"invitation": found, "mine": present and present.person.email == found.email}
        return private(page(request, "sign_in/join_signed_in.html", shown))
    try:
        invitations.join(secret, present.person, now=timezone.now())
    except passwords.LinkUnusable:
        return _unusable(request)
    except invitations.OtherAddress:
        warn(request, _("This invitation is for another address than yours."))
        return private(go_to("home"))
    tell(request, _("Welcome to %(party)s.") % {"party": found.party.name})
    return private(go_to("home"))


def _unusable(request: HttpRequest) -> HttpResponse:
    text = _("This link is used up, too old, or was withdrawn. Ask for a new one.")
    return private(error_page(request, 410, text))


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound else 200
