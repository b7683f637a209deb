"""Which claims of others meet a target that somebody wants to scan, and who scanned it before."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from seawall.claims.access import ClaimView, view
from seawall.claims.models import Asked, ScanClaim
from seawall.claims.scope import Common, Scope, overlap
from seawall.core import claim_rules as rules
from seawall.parties.access import NotPermitted, require
from seawall.parties.locks import one_at_a_time
from seawall.parties.models import Party
from seawall.parties.models import Scope as TokenScope
from seawall.vocab.actors import Actor
from seawall.vocab.claims import Closeness, Lease
from seawall.vocab.decisions import Refused

MAX_COVERED = 1000
"""The latest scans of one target that an answer tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Another's claim that meets one's own: in which versions, when, and what to do about it."""

    claim: ClaimView
    closeness: Closeness
    versions: str
    why: str
    starts_at: datetime
    until_at: datetime
    advice: str


class AskedTooOften(Exception):
    """A party asked about too many targets within an hour; retrying later helps."""


@transaction.atomic
def ask(
    scope: Scope, lease: Lease, *, party: Party, exclusive: bool, by: Actor, now: datetime
) -> tuple[Overlap, ...]:
    """What would overlap a claim of `party`, surest and soonest first; counted as a question of
    the party, so that nobody lists what everybody scans. Raises AskedTooOften, NotPermitted."""
    note_question(scope, party=party, by=by, now=now)
    return overlaps(scope, lease, party=party, exclusive=exclusive, by=by, now=now)


def overlaps(
    scope: Scope,
    lease: Lease,
    *,
    party: Party | None,
    exclusive: bool,
    by: Actor,
    now: datetime,
) -> tuple[Overlap, ...]:
    """Open claims that meet a scope in versions and time, as far as `by` may see; those of `party`
    are left out."""
    found = []
    rows = _on(scope).filter(ended_at=None, until_at__gt=now)
    if party is not None:
        rows = rows.exclude(party=party)
    for row in rows:
        met = overlap(scope, row.scope())
        time = rules.common_time(lease, row.lease())
        shown = view(by, row, now=now)
        if met is None or time is None or shown is None:
            continue
        found.append(_overlap(row, shown, met, time, exclusive=exclusive))
    order = list(Closeness)
    return tuple(sorted(found, key=lambda each: (order.index(each.closeness), each.starts_at)))


def _overlap(
    row: ScanClaim,
    shown: ClaimView,
    met: Common,
    time: tuple[datetime, datetime],
    *,
    exclusive: bool,
) -> Overlap:
    return Overlap(
        claim=shown,
        closeness=met.closeness,
        versions=met.versions,
        why=met.why,
        starts_at=time[0],
        until_at=time[1],
        advice=rules.advice(met.closeness, exclusive=exclusive, other_exclusive=row.exclusive),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One scan in the answer to "who scanned what when"."""

    claim: ClaimView
    closeness: Closeness
    versions: str
    """Those asked for that the scan covers, "" when that cannot be said."""
    starts_at: datetime
    ends_at: datetime


@transaction.atomic
def coverage(
    scope: Scope,
    *,
    by: Actor,
    now: datetime,
    party: Party | None = None,
    since: datetime | None = None,
) -> tuple[Covered, ...]:
    """Who scanned, or scans, any of these versions since then, as far as `by` may see; earliest
    first. A scan that was released is told until its release. Asked in the name of `party`, it is
    a question of it like `ask`; without, only one's own claims are told, all to the house."""
    require(by, TokenScope.READ)
    if party is not None:
        note_question(scope, party=party, by=by, now=now)
    rows = _on(scope).filter(starts_at__lte=now)
    if since is not None:
        rows = rows.filter(until_at__gte=since)
    found = []
    for row in reversed(rows.order_by("-starts_at", "-pk")[:MAX_COVERED]):
        met, shown = overlap(scope, row.scope()), view(by, row, asks=party is not None, now=now)
        if met is None or shown is None or shown.ends_at <= row.starts_at:
            continue
        if since is not None and shown.ends_at < since:
            continue
        found.append(
            Covered(
                claim=shown,
                closeness=met.closeness,
                versions=met.versions,
                starts_at=row.starts_at,
                ends_at=min(shown.ends_at, now),
            )
        )
    return tuple(found)


def note_question(scope: Scope, *, party: Party, by: Actor, now: datetime) -> None:
    """Count a question of `party`; raises AskedTooOften, or NotPermitted when it is not theirs."""
    match rules.may_act_for(by, party.pk):
        case Refused(reason):
            raise NotPermitted(f"{reason[:1].upper()}{reason[1:]}.")
    one_at_a_time(party)
    name = scope.component[:300]
    asked = Asked.objects.filter(party=party, at__gt=now - timedelta(hours=1))
    targets = asked.exclude(component=name).values("component").distinct().count()
    match rules.may_ask(targets):
        case Refused(reason):
            raise AskedTooOften(f"{reason[:1].upper()}{reason[1:]}.")
    Asked.objects.create(party=party, component=name, by=str(by), at=now)


def _on(scope: Scope) -> QuerySet[ScanClaim]:
    return (
        ScanClaim.objects.filter(component=scope.name)
        .select_related("party")
        .order_by("starts_at", "pk")
    )
