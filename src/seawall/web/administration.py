"""Administration of parties: the list, and one party with its people, invitations and tokens."""

from collections.abc import Callable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seawall.parties import access, invitations, managing, people
from seawall.parties.access import NotFound
from seawall.parties.actions import NoSuchToken, revoke_token
from seawall.parties.models import Membership, Party
from seawall.vocab.access import MemberRole
from seawall.vocab.errors import BadInput
from seawall.web.listing import Filter, Order, keyset
from seawall.web.pages import actor_of, go_to, needs, page, tell, warn
from seawall.web.roles import is_admin, is_house_admin
from seawall.web.sign_in_flow import origin_of, private
from seawall.web.words import word

ROLES = [(role.value, word(role)) for role in MemberRole]
PARTY_ROLES = [(role.value, word(role)) for role in Party.Role]
BY_NAME = Order(key="name", label=gettext_lazy("name"), column="name", descending=False, read=str)
NEWEST = Order(key="newest", label=gettext_lazy("newest"))


class PartyFilter(Filter):
    q = forms.CharField(label=gettext_lazy("Name"))


class PartyForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("What it is here"),
        choices=PARTY_ROLES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class MemberForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLES, initial="member")
    is_admin = forms.BooleanField(
        label=gettext_lazy("Manages the party's people and tokens"), required=False
    )


class InviteForm(MemberForm):
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    field_order = ["email", "role", "is_admin"]


@require_safe
@needs(is_admin)
def parties(request: HttpRequest) -> HttpResponse:
    """All parties that one manages; who manages one alone goes straight to it."""
    by, form = actor_of(request), PartyFilter(request.GET)
    rows = managing.parties(by)
    if not is_house_admin(by):
        own = list(rows[:2])
        if len(own) == 1:
            return go_to("admin-party", own[0].public_id)
    if words := form.wanted.get("q"):
        rows = rows.filter(name__icontains=words)
    listed = keyset(rows, request.GET, (BY_NAME, NEWEST))
    return page(request, "administration/parties.html", {"form": form, "listed": listed})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(is_house_admin)
def new_party(request: HttpRequest) -> HttpResponse:
    form = PartyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = people.add_party(
                given["name"],
                roles=[Party.Role(role) for role in given["roles"]],
                by=actor_of(request),
                now=timezone.now(),
            )
        except BadInput as error:
            form.add_error("name", str(error))
        else:
            tell(request, _("The party is added; invite its people now."))
            return go_to("admin-party", made.public_id)
    status = 422 if form.is_bound else 200
    return page(request, "administration/new_party.html", {"form": form}, status=status)


@require_safe
@needs(is_admin)
def party(request: HttpRequest, id: str) -> HttpResponse:
    found = managing.party(actor_of(request), id)
    return _party_page(request, found)


@require_POST
@needs(is_house_admin)
def change_party(request: HttpRequest, id: str) -> HttpResponse:
    found, form = managing.party(actor_of(request), id), PartyForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            people.change_party(
                found,
                name=given["name"],
                roles=[Party.Role(role) for role in given["roles"]],
                by=actor_of(request),
                now=timezone.now(),
            )
        except BadInput as error:
            form.add_error("name", str(error))
        else:
            tell(request, _("The party is changed."))
            return go_to("admin-party", found.public_id)
    return _party_page(request, found, party_form=form, status=422)


@require_POST
@needs(is_house_admin)
def set_active(request: HttpRequest, id: str) -> HttpResponse:
    found = managing.party(actor_of(request), id)
    active = request.POST.get("confirm") == "activate"

    def step() -> str:
        people.set_party_active(found, active, by=actor_of(request), now=timezone.now())
        return _("The party takes part again.") if active else _("The party is deactivated.")

    return _do(request, step, found)


@require_POST
@needs(is_admin)
def invite(request: HttpRequest, id: str) -> HttpResponse:
    """Make an invitation and show its link, this once."""
    found, form = managing.party(actor_of(request), id), InviteForm(request.POST)
    if not form.is_valid():
        return _party_page(request, found, invite_form=form, status=422)
    given = form.cleaned_data
    made = invitations.invite(
        email=given["email"],
        party=found,
        role=MemberRole(given["role"]),
        is_admin=given["is_admin"],
        by=actor_of(request),
        now=timezone.now(),
    )
    shown = {
        "link": origin_of(request) + reverse("join", args=[made.secret]),
        "title": _("The invitation is made"),
        "text": _("Send this link to %(email)s. It works once and is shown only now.")
        % {"email": given["email"]},
        "until": made.expires_at,
        "back": reverse("admin-party", args=[found.public_id]),
    }
    return private(page(request, "administration/link.html", shown))


@require_POST
@needs(is_admin)
def revoke_invitation(request: HttpRequest, id: str) -> HttpResponse:
    party = invitations.revoke(id, by=actor_of(request), now=timezone.now())
    tell(request, _("The invitation is withdrawn."))
    return go_to("admin-party", party)


@require_POST
@needs(is_admin)
def change_member(request: HttpRequest, id: int) -> HttpResponse:
    member = _membership(request, id)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _party_page(request, member.party, status=422)

    def step() -> str:
        people.change_member(
            member,
            role=MemberRole(form.cleaned_data["role"]),
            is_admin=form.cleaned_data["is_admin"],
            by=actor_of(request),
            now=timezone.now(),
        )
        return _("The role is changed.")

    return _do(request, step, member.party)


@require_POST
@needs(is_admin)
def end_member(request: HttpRequest, id: int) -> HttpResponse:
    member = _membership(request, id)

    def step() -> str:
        people.end_member(member, by=actor_of(request), now=timezone.now())
        return _("The membership has ended.")

    return _do(request, step, member.party)


@require_POST
@needs(is_admin)
def end_token(request: HttpRequest, key: str) -> HttpResponse:
    try:
        party = revoke_token(key, by=actor_of(request), now=timezone.now())
    except NoSuchToken as error:
        raise NotFound(str(error)) from error
    tell(request, _("The token has ended."))
    return go_to("admin-party", party) if party else go_to("admin-tokens")


def _membership(request: HttpRequest, id: int) -> Membership:
    """A membership in a party that one manages; one's own elsewhere is changed elsewhere."""
    member = access.membership(actor_of(request), id)
    managing.party(actor_of(request), member.party.public_id)
    return member


def _do(request: HttpRequest, step: Callable[[], str], party: Party) -> HttpResponse:
    try:
        tell(request, step())
    except people.ChangeRefused as error:
        warn(request, str(error))
    if not is_admin(actor_of(request)):
        return go_to("home")
    return go_to("admin-party", party.public_id)


def _party_page(
    request: HttpRequest,
    party: Party,
    *,
    invite_form: InviteForm | None = None,
    party_form: PartyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    shown = {
        "party": party,
        "members": [
            (row, MemberForm({"role": row.role, "is_admin": row.is_admin}, auto_id=f"m{row.pk}_%s"))
            for row in managing.members(party)
        ],
        "invitations": list(invitations.open_invitations(party, now=now)),
        "tokens": managing.party_tokens(party, now=now),
        "invite_form": invite_form or InviteForm(auto_id="invite_%s"),
        "party_form": party_form
        or PartyForm(initial={"name": party.name, "roles": party.roles}, auto_id="party_%s"),
        "is_house_admin": is_house_admin(actor_of(request)),
        "crumbs": [(_("Administration"), reverse("admin")), (party.name, None)],
    }
    return page(request, "administration/party.html", shown, status=status)
