"""Administration of people: the list, one person, their links and sessions."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from seawall.parties import managing, passwords, people, sign_ins
from seawall.parties.access import memberships_of, tokens_of
from seawall.vocab.decisions import Allowed
from seawall.web.account_browsers import with_browsers
from seawall.web.administration import BY_NAME, NEWEST
from seawall.web.listing import Filter, keyset
from seawall.web.pages import actor_of, go_to, needs, page, tell, warn
from seawall.web.roles import is_admin, is_house_admin
from seawall.web.sign_in_flow import origin_of, private

_STATES = [
    ("", gettext_lazy("All")),
    ("yes", gettext_lazy("Active")),
    ("no", gettext_lazy("Deactivated")),
]


class PeopleFilter(Filter):
    q = forms.CharField(label=gettext_lazy("Name or address"))
    active = forms.ChoiceField(label=gettext_lazy("State"), choices=_STATES)


@require_safe
@needs(is_house_admin)
def people_list(request: HttpRequest) -> HttpResponse:
    form = PeopleFilter(request.GET)
    state = form.wanted.get("active")
    rows = managing.people(
        actor_of(request),
        words=form.wanted.get("q", ""),
        active=None if state is None else state == "yes",
    )
    listed = keyset(rows, request.GET, (BY_NAME, NEWEST))
    return page(request, "administration/people.html", {"form": form, "listed": listed})


@require_safe
@needs(is_admin)
def person(request: HttpRequest, id: str) -> HttpResponse:
    by, now = actor_of(request), timezone.now()
    found = managing.person(by, id)
    whole = is_house_admin(by)
    shown = {
        "person": found,
        "is_oneself": by.person == found.pk,
        "is_house_admin": whole,
        "memberships": memberships_of(found) if whole else [],
        "sessions": with_browsers(sign_ins.sign_ins_of(found, now=now)) if whole else [],
        "tokens": tokens_of(found, now=now) if whole else [],
        "may_reset": isinstance(passwords.may_reset(by, found), Allowed),
        "crumbs": [(_("Administration"), reverse("admin")), (found.name, None)],
    }
    return page(request, "administration/person.html", shown)


@require_POST
@needs(is_admin)
def reset_link(request: HttpRequest, id: str) -> HttpResponse:
    """Make a link with which the person sets a new password, and show it, this once."""
    found = managing.person(actor_of(request), id)
    made = passwords.make_reset_link(found, by=actor_of(request), now=timezone.now())
    shown = {
        "link": origin_of(request) + reverse("reset", args=[made.secret]),
        "title": _("The link is made"),
        "text": _("Send this link to %(name)s, over a way that only they read. It works once.")
        % {"name": found.name},
        "until": made.expires_at,
        "back": reverse("admin-person", args=[found.public_id]),
    }
    return private(page(request, "administration/link.html", shown))


@require_POST
@needs(is_house_admin)
def set_active(request: HttpRequest, id: str) -> HttpResponse:
    by = actor_of(request)
    found = managing.person(by, id)
    active = request.POST.get("confirm") == "activate"
    if by.person == found.pk:
        warn(request, _("You cannot deactivate yourself."))
        return go_to("admin-person", found.public_id)
    try:
        people.set_person_active(found, active, by=by, now=timezone.now())
    except people.ChangeRefused as error:
        warn(request, str(error))
    else:
        done = _("The account is active again.") if active else _("The account is deactivated.")
        tell(request, done)
    return go_to("admin-person", found.public_id)


@require_POST
@needs(is_house_admin)
def end_sessions(request: HttpRequest, id: str) -> HttpResponse:
    """End all sessions of a person."""
    by = actor_of(request)
    found = managing.person(by, id)
    sign_ins.end_all(found, by=by, now=timezone.now())
    tell(request, _("All sessions of %(name)s have ended.") % {"name": found.name})
    return go_to("admin-person", found.public_id) if by.person != found.pk else go_to("home")
