"""Private matching as a page: how it works, and the sessions of one's parties. The matching itself
happens on the parties' own machines; here is only what the relay knows."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seawall.claims import access, matching
from seawall.claims.matching import MatchRefused
from seawall.claims.models import MatchSession
from seawall.core.match_rules import SessionState
from seawall.vocab.actors import Actor
from seawall.web.listing import keyset
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.scans import may_claim_for

_OPEN = (SessionState.WAITING, SessionState.ANSWERING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A session as its row shows it; `next` is the command for one's own side, "" for none."""

    id: str
    other: str
    began: str
    at_most: int
    state: SessionState
    expires_at: datetime
    next: str
    may_end: bool


@require_safe
@needs_login
def sessions(request: HttpRequest) -> HttpResponse:
    """How private matching works, and one's sessions."""
    by, now = actor_of(request), timezone.now()
    listed = keyset(access.sessions(by), request.GET)
    server = settings.SEAWALL_ORIGIN or request.build_absolute_uri("/").rstrip("/")
    working = {party.pk for party in may_claim_for(by)}
    context = {
        "listed": listed,
        "rows": [_shown(row, by, working, now) for row in listed.rows],
        "server": f"export SEAWALL_SERVER={server}",
        "may_match": bool(working),
        "crumbs": [(_("Scan map"), "/scans"), (_("Private matching"), None)],
    }
    return page(request, "scans/matching.html", context)


@require_POST
@needs_login
def end(request: HttpRequest, session_id: str) -> HttpResponse:
    """Decline a session, or give it up."""
    by = actor_of(request)
    row, side = access.side_in(by, session_id)
    try:
        matching.end(row, side=side, by=by, now=timezone.now())
        tell(request, _("%(session)s is ended; what was sent is forgotten.") % {"session": row})
    except MatchRefused as refused:
        warn(request, str(refused))
    return go_to("matching")


def _shown(row: MatchSession, by: Actor, working: set[int], now: datetime) -> Shown:
    is_starter, is_joiner = row.starter_id in by.parties, row.joiner_id in by.parties
    own = row.starter_id if is_starter else row.joiner_id
    state = matching.state(row, now=now)
    if is_starter or is_joiner:
        other = row.joiner.name if is_starter else row.starter.name
    else:
        other = f"{row.starter} · {row.joiner}"
    takes_part = own in working and (is_starter or is_joiner)
    return Shown(
        id=row.public_id,
        other=other,
        began=row.starter.name,
        at_most=row.at_most,
        state=state,
        expires_at=row.expires_at,
        next=_next(row, own, state) if takes_part else "",
        may_end=takes_part and state in _OPEN,
    )


def _next(row: MatchSession, own: int, state: SessionState) -> str:
    hand = next((hand for hand in row.hands.all() if hand.party_id == own), None)
    if state is SessionState.WAITING:
        if hand is not None:
            return ""
        step = "join {} findings.json" if own == row.joiner_id else "finish {}"
        return f"seawall match {step.format(row.public_id)}"
    if state is SessionState.ANSWERING or (
        state is SessionState.DONE and hand is not None and hand.read_at is None
    ):
        return f"seawall match finish {row.public_id}"
    return ""
