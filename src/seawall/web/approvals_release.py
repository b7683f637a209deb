"""From a proven case to a public advisory: drafting, publishing, asking for an early release."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from seawall.advisories import access, actions
from seawall.advisories.actions import AdvisoryInvalid, PublicationRefused
from seawall.advisories.drafts import NothingProven
from seawall.advisories.models import Advisory
from seawall.cases import access as case_access
from seawall.cases.reading import embargo_holds
from seawall.parties.access import NotPermitted
from seawall.vocab.access import Act
from seawall.vocab.actors import Actor
from seawall.web.pages import actor_of, go_to, needs_login, tell, warn


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a page offers somebody who may publish an advisory."""

    advisory: Advisory
    is_held: bool
    """Whether an embargo holds, so that a release has to be approved first."""


def offer(by: Actor, advisory: Advisory, *, now: datetime) -> Offer | None:
    """None for who may not publish the advisory."""
    try:
        access.demand_publish(by, advisory, now=now)
    except NotPermitted:
        return None
    return Offer(advisory=advisory, is_held=embargo_holds(advisory.case, now=now))


@require_POST
@needs_login
def draft(request: HttpRequest, id: str) -> HttpResponse:
    """Write the advisory of a case, or bring its draft up to date."""
    by, now = actor_of(request), timezone.now()
    case = case_access.case(by, id, act=Act.DRAFT, now=now)
    try:
        revision = actions.draft(case, by=by, now=now)
    except (NothingProven, AdvisoryInvalid) as error:
        warn(request, str(error))
        return go_to("case", case.public_id)
    tell(request, _("The draft is written; all its documents are valid and agree."))
    return go_to("advisory", revision.advisory.public_id)


@require_POST
@needs_login
def publish(request: HttpRequest, id: str) -> HttpResponse:
    """Make the newest revision public."""
    by, now = actor_of(request), timezone.now()
    advisory = access.advisory(by, id, now=now)
    access.demand_publish(by, advisory, now=now)
    try:
        actions.publish(advisory, by=by, now=now)
    except PublicationRefused as error:
        warn(request, str(error))
    else:
        tell(request, _("The advisory is public."))
    return go_to("advisory", advisory.public_id)
