"""The list of cases, one case room, what happened in it, and its files."""

from dataclasses import dataclass

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from seawall.cases import access, messages
from seawall.cases.models import Case
from seawall.cases.reading import facts_of, visible_cases
from seawall.cases.timeline import timeline
from seawall.core.access import marking
from seawall.core.public_ids import id_number
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.cases import EmbargoState, ReportState
from seawall.vocab.tlp import Tlp
from seawall.web.downloads import attachment
from seawall.web.listing import Filter, Order, keyset
from seawall.web.pages import actor_of, needs_login, page
from seawall.web.rooms_context import room_context
from seawall.web.words import word

_ALL = ("", gettext_lazy("all"))
ORDERS = (
    Order(key="newest", label=gettext_lazy("newest")),
    Order(key="oldest", label=gettext_lazy("oldest"), descending=False),
    Order(
        key="ends",
        label=gettext_lazy("embargo ends first"),
        column="embargo_ends_at",
        descending=False,
        read=lambda text: parse_datetime(text) or _no_moment(text),
    ),
)


def _no_moment(text: str) -> None:
    raise ValueError(text)


class CaseFilter(Filter):
    q = forms.CharField(
        label=gettext_lazy("Words"),
        max_length=200,
        help_text=gettext_lazy("Of the title or target, a CVE, or a case's id."),
    )
    report = forms.ChoiceField(
        label=gettext_lazy("Report"), choices=[_ALL, *((s.value, word(s)) for s in ReportState)]
    )
    embargo = forms.ChoiceField(
        label=gettext_lazy("Embargo"), choices=[_ALL, *((s.value, word(s)) for s in EmbargoState)]
    )
    mine = forms.ChoiceField(
        label=gettext_lazy("Whose"),
        choices=[_ALL, ("yes", gettext_lazy("where my party takes part"))],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One case in the list, as far as its reader may see it."""

    case: Case
    tier: Tier
    tlp: Tlp

    @property
    def summary(self) -> bool:
        return self.tier >= Tier.T1


@require_safe
@needs_login
def cases(request: HttpRequest) -> HttpResponse:
    """Cases of which the visitor may know."""
    by, now = actor_of(request), timezone.now()
    form = CaseFilter(request.GET)
    rows = _narrowed(access.cases(by, now=now), form, by)
    if request.GET.get("sort") == "ends":
        rows = rows.filter(embargo_ends_at__isnull=False)
    listed = keyset(rows, request.GET, ORDERS)
    lines = [
        Line(
            case=row,
            tier=access.tier(by, row, now=now),
            tlp=marking(facts_of(row, now=now)),
        )
        for row in listed.rows
    ]
    return page(request, "rooms/list.html", {"form": form, "listed": listed, "lines": lines})


def _narrowed(rows: QuerySet[Case], form: CaseFilter, by: Actor) -> QuerySet[Case]:
    """A search by words finds only what the visitor reads the summary of: a hit tells."""
    wanted = form.wanted
    if text := str(wanted.get("q", "")).strip():
        number = id_number("C", text)
        if number:
            rows = rows.filter(pk=number)
        else:
            seen = visible_cases(by, now=timezone.now(), at_least=Tier.T1)
            words = Q(title__icontains=text) | Q(finding__target__icontains=text)
            rows = rows.filter(words | Q(cve__iexact=text), pk__in=seen.values("pk"))
    if state := wanted.get("report"):
        rows = rows.filter(report_state=state)
    if state := wanted.get("embargo"):
        rows = rows.filter(embargo_state=state)
    if wanted.get("mine"):
        mine = Q(participants__party__in=by.parties, participants__left_at=None)
        rows = rows.filter(pk__in=Case.objects.filter(mine).values("pk"))
    return rows


@require_safe
@needs_login
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    """The room of one case, each part only for those who may read it."""
    by, now = actor_of(request), timezone.now()
    row = access.case(by, case_id, now=now)
    return page(request, "rooms/room.html", room_context(row, by, now))


@require_safe
@needs_login
def history(request: HttpRequest, case_id: str) -> HttpResponse:
    """Everything that happened in a case, the newest 500 events."""
    by, now = actor_of(request), timezone.now()
    row = access.case(by, case_id, now=now)
    tier = access.tier(by, row, now=now)
    context = {
        "case": row,
        "entries": timeline(row, tier=tier, by=by, now=now),
        "crumbs": [
            (_("Cases"), reverse("cases")),
            (row.public_id, reverse("case", args=[row.public_id])),
            (_("Timeline"), None),
        ],
    }
    return page(request, "rooms/timeline.html", context)


@require_safe
@needs_login
def file(request: HttpRequest, case_id: str, file_id: str) -> HttpResponse:
    """One file of the room, as a download that no browser opens."""
    by, now = actor_of(request), timezone.now()
    row = messages.file_for(access.case(by, case_id, now=now), file_id, by=by, now=now)
    return attachment(messages.content_of(row, by=by, now=now), name=row.name)
