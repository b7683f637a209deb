"""What one was told, and how one wants to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seawall.cases import access as cases
from seawall.core.public_ids import id_number
from seawall.notices import access, channels
from seawall.notices.models import Notice
from seawall.parties.models import Person
from seawall.vocab.actors import Actor
from seawall.web.account import present
from seawall.web.listing import keyset
from seawall.web.notices_words import CHOICES, HAPPENED
from seawall.web.pages import actor_of, go_to, needs_login, page, tell
from seawall.web.roles import is_admin

INTERVALS = (
    (5, gettext_lazy("5 minutes")),
    (60, gettext_lazy("an hour")),
    (24 * 60, gettext_lazy("a day")),
    (7 * 24 * 60, gettext_lazy("a week")),
)


_PAGES = {"case": "case", "submission": "review", "partner": "partner", "grant": "grant"}
"""The page of each kind of thing that one is told of."""


class MailForm(forms.Form):
    """What somebody wants by mail; no events chosen means all."""

    is_on = forms.BooleanField(label=gettext_lazy("Send me mail"), required=False)
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Gather for"),
        choices=INTERVALS,
        coerce=int,
        help_text=gettext_lazy("Urgent matters, such as attacks, are sent at once."),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Only these events"),
        choices=CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose none to be told of all."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One notice as its reader may see it now: without `id` when it may no longer be shown."""

    row: Notice
    id: str
    words: Any
    address: str


@require_safe
@needs_login
def notices(request: HttpRequest) -> HttpResponse:
    """What one was told, newest first."""
    by = actor_of(request)
    listed = keyset(access.notices(by), request.GET)
    newest = listed.rows[0].pk if listed.rows else 0
    context = {
        "listed": listed,
        "lines": _lines(listed.rows, by),
        "newest": newest,
        "administers": is_admin(by),
    }
    return page(request, "notices/list.html", context)


@require_POST
@needs_login
def seen(request: HttpRequest) -> HttpResponse:
    """Note that one has seen what is shown, up to the notice `upto`."""
    upto = request.POST.get("upto", "")
    if upto.isascii() and upto.isdigit() and len(upto) < 19:
        person = present(request).person
        channels.mark_seen(person, upto=int(upto), now=timezone.now())
    return go_to("notices")


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def settings(request: HttpRequest) -> HttpResponse:
    """What one wants by mail."""
    found = present(request)
    if request.method != "POST":
        return _settings(request, MailForm(initial=_wanted(found.person)))
    form = MailForm(request.POST)
    if not form.is_valid():
        return _settings(request, form, status=422)
    given = form.cleaned_data
    channels.set_mail(
        found.person,
        is_on=given["is_on"],
        events=given["events"],
        interval=timedelta(minutes=given["minutes"]),
        by=found.actor,
        now=timezone.now(),
    )
    tell(request, _("Saved."))
    return go_to("notices-settings")


def _settings(request: HttpRequest, form: MailForm, *, status: int = 200) -> HttpResponse:
    problem = access.mail_problem(actor_of(request))
    context = {"form": form, "problem": problem}
    return page(request, "notices/settings.html", context, status=status)


def _wanted(person: Person) -> dict[str, Any]:
    channel = access.mail_of(person)
    if channel is None:
        return {"is_on": True, "minutes": 60, "events": []}
    return {
        "is_on": channel.is_on,
        "minutes": channel.interval_minutes,
        "events": channel.events,
    }


def _lines(rows: Sequence[Notice], by: Actor) -> list[Line]:
    """The notices with the ids that may be shown; one query for all cases."""
    named = {row.on.partition(":")[2] for row in rows if row.on.startswith("case:")}
    numbers = {number for id in named if (number := id_number("C", id))}
    known = cases.cases(by, include_merged=True).filter(pk__in=numbers)
    visible = {each.public_id for each in known}
    return [_line(row, visible) for row in rows]


def _line(row: Notice, visible: set[str]) -> Line:
    kind, _colon, id = row.on.partition(":")
    shown = id if kind != "case" or id in visible else ""
    words = HAPPENED.get(row.event, "") if shown else _("Something you can no longer read.")
    address = reverse(_PAGES[kind], args=[shown]) if shown and kind in _PAGES else ""
    return Line(row=row, id=shown, words=words, address=address)
