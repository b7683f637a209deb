"""Asking for an approval: of a release, an export, a shredding, or to break the glass."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from seawall.advisories import access as advisory_access
from seawall.advisories.releasing import ask_release
from seawall.cases import access as case_access
from seawall.cases import messages
from seawall.cases.file_exports import ask_file_export
from seawall.cases.grave import ask_break_glass, ask_shred
from seawall.findings import access as finding_access
from seawall.findings.exporting import ask_export
from seawall.parties.access import NotPermitted
from seawall.parties.models import Approval
from seawall.vocab.access import Act
from seawall.vocab.errors import BadInput
from seawall.web.pages import actor_of, go_back, go_to, needs_login, tell, warn


@require_POST
@needs_login
def release(request: HttpRequest, id: str) -> HttpResponse:
    """Ask for the release of an advisory's newest revision under embargo."""
    by, now = actor_of(request), timezone.now()
    advisory = advisory_access.advisory(by, id, now=now)
    advisory_access.demand_publish(by, advisory, now=now)
    return _ask(request, lambda: ask_release(advisory, by=by, now=now))


@require_POST
@needs_login
def export(request: HttpRequest, id: str) -> HttpResponse:
    """Ask that one's party may fetch the reproducer of a finding."""
    by, now = actor_of(request), timezone.now()
    finding = finding_access.finding(by, id, now=now)
    return _ask(request, lambda: ask_export(finding, by=by, now=now))


@require_POST
@needs_login
def export_file(request: HttpRequest, id: str, file_id: str) -> HttpResponse:
    """Ask that one's party may fetch a file of a room."""
    by, now = actor_of(request), timezone.now()
    file = messages.file_for(case_access.case(by, id, now=now), file_id, by=by, now=now)
    return _ask(request, lambda: ask_file_export(file, by=by, now=now))


@require_POST
@needs_login
def shred(request: HttpRequest, id: str) -> HttpResponse:
    """Ask that a case may be shredded."""
    by, now = actor_of(request), timezone.now()
    case = case_access.case(by, id, act=Act.SHRED, now=now)
    return _ask(request, lambda: ask_shred(case, by=by, now=now))


@require_POST
@needs_login
def break_glass(request: HttpRequest, id: str) -> HttpResponse:
    """Ask to be let into a case that one is not read in to, for an hour."""
    by, now = actor_of(request), timezone.now()
    case = case_access.case(by, id, now=now)
    reason = request.POST.get("reason", "")
    return _ask(request, lambda: ask_break_glass(case, reason=reason, by=by, now=now))


def _ask(request: HttpRequest, step: Callable[[], Approval]) -> HttpResponse:
    try:
        row = step()
    except (BadInput, NotPermitted) as error:
        warn(request, str(error))
        return go_back(request, "approvals")
    tell(request, _("Asked. Two people of two parties sign; you may be one of them."))
    return go_to("approval", row.public_id)
