"""One's own account: parties, ways to sign in, sessions, tokens, language."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from seawall.parties import access, people, sign_ins
from seawall.parties.access import NotFound
from seawall.parties.actions import NoSuchToken, TokenRefused, issue_token, revoke_token
from seawall.parties.models import Membership, Scope
from seawall.parties.sign_ins import Present
from seawall.vocab.errors import BadInput
from seawall.web import who
from seawall.web.account_browsers import with_browsers
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.sign_in_flow import private, takes_passkeys
from seawall.web.sign_in_oidc import provider

SCOPES = (
    (Scope.READ.value, gettext_lazy("read")),
    (Scope.SUBMIT.value, gettext_lazy("submit: send reports, write in rooms")),
    (Scope.COORDINATE.value, gettext_lazy("coordinate: decide in cases")),
)
DAYS = ((7, 7), (30, 30), (90, 90), (365, 365))


class TokenForm(forms.Form):
    """What a new token is for. `memberships` are those of its owner."""

    def __init__(self, data: object = None, *, memberships: list[Membership]) -> None:
        super().__init__(data, auto_id="token_%s")  # type: ignore[arg-type]
        self.fields["membership"] = forms.TypedChoiceField(
            label=_("For"), choices=[(row.pk, row.party.name) for row in memberships], coerce=int
        )
        self.order_fields(["label", "membership", "scopes", "days"])

    label = forms.CharField(
        label=gettext_lazy("What for"),
        max_length=100,
        help_text=gettext_lazy("Such as the program that will hold it."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=SCOPES,
        initial=[Scope.READ.value],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Days until it ends"), choices=DAYS, coerce=int, initial=30
    )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language of mails to you"), choices=settings.LANGUAGES
    )


def present(request: HttpRequest) -> Present:
    """Whoever is signed in, in a view that only they reach."""
    found = who.present_of(request)
    if found is None:
        raise LookupError("this view was reached without a session")
    return found


@require_safe
@needs_login
def account(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@needs_login
def end_session(request: HttpRequest, id: str) -> HttpResponse:
    """End one of one's sessions; this one is the same as signing out."""
    found = present(request)
    if id == found.sign_in.public_id:
        who.sign_out(request)
        return go_to("home")
    if not sign_ins.end(found.person, id, by=found.actor, now=timezone.now()):
        raise NotFound(_("There is no such session."))
    tell(request, _("The session has ended."))
    return go_to("account")


@require_POST
@needs_login
def end_others(request: HttpRequest) -> HttpResponse:
    found = present(request)
    sign_ins.end_all(found.person, by=found.actor, now=timezone.now(), but=found.sign_in)
    tell(request, _("All other sessions have ended."))
    return go_to("account")


@require_POST
@needs_login
def leave(request: HttpRequest, id: int) -> HttpResponse:
    """Leave a party."""
    found = present(request)
    member = access.membership(found.actor, id)
    try:
        people.end_member(member, by=found.actor, now=timezone.now())
    except people.ChangeRefused as error:
        warn(request, str(error))
    else:
        tell(request, _("You left %(party)s.") % {"party": member.party.name})
    return go_to("account")


@require_POST
@needs_login
def new_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, this once."""
    found = present(request)
    mine = access.memberships_of(found.person)
    form = TokenForm(request.POST, memberships=mine)
    if not form.is_valid():
        return _page(request, token_form=form, status=422)
    given = form.cleaned_data
    try:
        made = issue_token(
            label=given["label"],
            scopes=[Scope(scope) for scope in given["scopes"]],
            life=timedelta(days=given["days"]),
            by=found.actor,
            now=timezone.now(),
            membership=next(row for row in mine if row.pk == given["membership"]),
        )
    except (BadInput, TokenRefused) as error:
        form.add_error("scopes", str(error))
        return _page(request, token_form=form, status=422)
    return private(page(request, "account/token.html", {"made": made, "back": "account"}))


@require_POST
@needs_login
def end_token(request: HttpRequest, key: str) -> HttpResponse:
    try:
        revoke_token(key, by=actor_of(request), now=timezone.now())
    except NoSuchToken as error:
        raise NotFound(str(error)) from error
    tell(request, _("The token has ended."))
    return go_to("account")


@require_POST
@needs_login
def language(request: HttpRequest) -> HttpResponse:
    form = LanguageForm(request.POST)
    if form.is_valid():
        people.set_language(present(request).person, form.cleaned_data["language"])
        tell(request, _("Mails to you will come in that language."))
    return go_to("account")


def _page(
    request: HttpRequest, *, token_form: TokenForm | None = None, status: int = 200
) -> HttpResponse:
    found, now = present(request), timezone.now()
    person = found.person
    mine = access.memberships_of(person)
    shown = {
        "person": person,
        "memberships": mine,
        "sessions": with_browsers(sign_ins.sign_ins_of(person, now=now)),
        "this_session": found.sign_in.public_id,
        "passkeys": list(person.passkeys.all()),
        "takes_passkeys": takes_passkeys(request),
        "has_password": person.has_usable_password(),
        "provider": provider(),
        "is_linked": person.oidc_identities.exists(),
        "tokens": access.tokens_of(person, now=now),
        "token_form": token_form or TokenForm(memberships=mine),
        "language_form": LanguageForm({"language": person.language or settings.LANGUAGE_CODE}),
        "is_fresh": found.is_fresh(now),
    }
    return page(request, "account/account.html", shown, status=status)
