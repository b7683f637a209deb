"""Which scan claims somebody may see, and how much of each; doors obtain them only here.

A party sees its own; of others' claims it is told when it claims, or asks for, the same target,
as much as the claim shares. The coordinators of this installation see all, the public nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from seawall.claims.models import MatchHand, MatchSession, ScanClaim
from seawall.claims.scope import overlap
from seawall.core import claim_rules as rules
from seawall.core.claim_rules import Seen
from seawall.core.public_ids import id_number, short_number
from seawall.parties.access import NotFound, NotPermitted, demand, is_house, require
from seawall.parties.models import Party
from seawall.parties.models import Scope as TokenScope
from seawall.vocab.actors import Actor
from seawall.vocab.claims import ClaimState, Sharing

SOMEBODY = "another party"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """A claim as it may be shown to one who asks; "" where it is not shared."""

    id: str
    is_own: bool
    party: str
    target: str
    versions: str
    model: str
    purpose: str
    exclusive: bool
    starts_at: datetime
    until_at: datetime
    ends_at: datetime
    state: ClaimState
    report: str


def claims(by: Actor) -> QuerySet[ScanClaim]:
    """The claims of one's own parties, all for the house, newest first; ready to be shown."""
    require(by, TokenScope.READ)
    rows = ScanClaim.objects.select_related("party").order_by("-pk")
    return rows if is_house(by) else rows.filter(party__in=by.parties)


def claim(by: Actor, public_id: str, *, now: datetime | None = None) -> ScanClaim:
    """One claim by `S-2026-000001`: one's own, or another's on a target that one claims as well
    now. Raises NotFound, the same whether it is absent or hidden. `view` says what to show."""
    require(by, TokenScope.READ)
    return _claim(by, public_id, now or timezone.now())


def _claim(by: Actor, public_id: str, now: datetime) -> ScanClaim:
    number = id_number("S", public_id)
    found = ScanClaim.objects.select_related("party").filter(pk=number).first()
    if (
        found is None
        or found.public_id.split("-")[1] != public_id.strip().split("-")[1]
        or view(by, found, asks=_claims_the_same(by, found, now)) is None
    ):
        raise NotFound(f"There is no claim {public_id}.")
    return found


def own_claim(by: Actor, public_id: str) -> ScanClaim:
    """A claim that `by` may renew or end. Raises NotFound for one that is not shown, NotPermitted
    for another party's."""
    require(by, TokenScope.SUBMIT)
    row = _claim(by, public_id, timezone.now())
    demand(rules.may_act_for(by, row.party_id))
    return row


def view(
    by: Actor, row: ScanClaim, *, asks: bool = True, now: datetime | None = None
) -> ClaimView | None:
    """The claim as it may be shown to `by`; None when it may not. `asks` is whether `by` claims,
    or asks for, the same target."""
    seen = rules.seen_by(by, party=row.party_id, sharing=Sharing(row.sharing), asks=asks)
    if seen is None:
        return None
    return _view(by, row, seen, now or timezone.now())


def _view(by: Actor, row: ScanClaim, seen: Seen, now: datetime) -> ClaimView:
    lease = row.lease()
    model = f"{row.model} {row.model_version}".strip()
    return ClaimView(
        id=row.public_id,
        is_own=row.party_id in by.parties,
        party=row.party.name if seen.name else SOMEBODY,
        target=row.target,
        versions=row.versions,
        model=model if seen.details else "",
        purpose=row.purpose if seen.details else "",
        exclusive=row.exclusive,
        starts_at=row.starts_at,
        until_at=row.until_at,
        ends_at=lease.ends_at,
        state=rules.state_at(lease, now=now),
        report=row.report if seen.details else "",
    )


def _claims_the_same(by: Actor, other: ScanClaim, now: datetime) -> bool:
    """Whether a party of `by` has an open claim that overlaps `other`."""
    own = ScanClaim.objects.filter(
        party__in=by.parties, component=other.component, ended_at=None, until_at__gt=now
    )
    return any(overlap(row.scope(), other.scope()) for row in own)


def party_for(by: Actor, named: str = "") -> Party:
    """The party in whose name `by` claims or matches: the one named (`P-1` or its name), else the
    only one that they act for. Raises NotFound or NotPermitted."""
    require(by, TokenScope.SUBMIT)
    if not named:
        rows = list(Party.objects.filter(pk__in=by.parties)[:2])
        if len(rows) != 1:
            raise NotPermitted("Say for which party: you act for none, or for several.")
        found = rows[0]
    else:
        found = _named_for(by, named)
    demand(rules.may_act_for(by, found.pk))
    return found


def _named_for(by: Actor, named: str) -> Party:
    """A party by id or name that `by` acts for; another and an absent one are the same."""
    rows = Party.objects.filter(is_active=True)
    if not by.is_installation:
        rows = rows.filter(pk__in=by.parties)
    number = short_number("P", named)
    found = rows.filter(Q(pk=number) if number else Q(name__iexact=named.strip())).first()
    if found is None:
        raise NotFound(f"There is no party {named}.")
    return found


def sessions(by: Actor) -> QuerySet[MatchSession]:
    """Sessions of private matching of one's own parties, all for the house; newest first. Nobody
    obtains points or answers here."""
    require(by, TokenScope.READ)
    return _sessions(by)


def session(by: Actor, public_id: str) -> MatchSession:
    """One session by `X-1`; raises NotFound."""
    require(by, TokenScope.READ)
    return _session(by, public_id)


def side_in(by: Actor, public_id: str, named: str = "") -> tuple[MatchSession, Party]:
    """A session, and the party in it for which `by` acts. Raises NotFound or NotPermitted: the
    house and viewers see that there is a session and take no part in it."""
    require(by, TokenScope.SUBMIT)
    row = _session(by, public_id)
    sides = [row.starter, row.joiner]
    if named:
        wanted = _named_for(by, named)
        own = [side for side in sides if side.pk == wanted.pk]
    else:
        own = [side for side in sides if side.pk in by.parties]
    if len(own) != 1:
        raise NotPermitted("Say for which of its two parties you act.")
    demand(rules.may_act_for(by, own[0].pk))
    return row, own[0]


def other_party(named: str) -> Party:
    """The party that somebody wants to match with, by id or whole name; raises NotFound."""
    number = short_number("P", named)
    rows = Party.objects.filter(is_active=True)
    found = rows.filter(Q(pk=number) if number else Q(name__iexact=named.strip())).first()
    if found is None:
        raise NotFound(f"There is no party {named}.")
    return found


def _sessions(by: Actor) -> QuerySet[MatchSession]:
    rows = (
        MatchSession.objects.select_related("starter", "joiner")
        .prefetch_related(Prefetch("hands", MatchHand.objects.defer("points", "answer")))
        .order_by("-pk")
    )
    if is_house(by):
        return rows
    return rows.filter(Q(starter__in=by.parties) | Q(joiner__in=by.parties))


def _session(by: Actor, public_id: str) -> MatchSession:
    number = short_number("X", public_id)
    found = _sessions(by).filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no session {public_id}.")
    return found
