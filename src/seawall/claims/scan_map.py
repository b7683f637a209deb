"""Who scans what now and soon: the claims that somebody may see, by target, overlaps marked."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from seawall.claims.access import ClaimView, claims, view
from seawall.claims.models import ScanClaim
from seawall.claims.scope import overlap
from seawall.core.claim_rules import common_time
from seawall.parties.access import is_house
from seawall.vocab.actors import Actor

MAX_CLAIMS = 200
"""Claims on one map, those that end first; a map of more cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One claim on the map; `overlaps` names the ids of those of other parties that it meets."""

    claim: ClaimView
    overlaps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanMap:
    """Claims by target, those with overlaps first; `left_out` says whether there are more."""

    claims: tuple[Placed, ...]
    left_out: bool


def scan_map(by: Actor, *, now: datetime, name: str = "") -> ScanMap:
    """The open claims of one's parties with those of others that they meet; all for the house.
    `name` narrows it to targets of that bare name. At most three queries."""
    own = claims(by).filter(ended_at=None, until_at__gt=now)
    if name:
        own = own.filter(component=name)
    rows = list(own.order_by("until_at", "pk")[: MAX_CLAIMS + 1])
    left_out, rows = len(rows) > MAX_CLAIMS, rows[:MAX_CLAIMS]
    if not is_house(by):
        rows += _met_by(by, rows, now=now)
    meets = _meetings(rows)
    placed = [
        Placed(claim=shown, overlaps=tuple(meets[row.public_id]))
        for row in rows
        if (shown := view(by, row, now=now)) is not None
    ]
    return ScanMap(claims=tuple(sorted(placed, key=_order)), left_out=left_out)


def _met_by(by: Actor, own: list[ScanClaim], *, now: datetime) -> list[ScanClaim]:
    """Open claims of others on the targets of `own`."""
    names = {row.component for row in own}
    others = (
        ScanClaim.objects.filter(component__in=names, ended_at=None, until_at__gt=now)
        .exclude(party__in=by.parties)
        .select_related("party")
        .order_by("until_at", "pk")[:MAX_CLAIMS]
    )
    return [row for row in others if any(overlap(row.scope(), mine.scope()) for mine in own)]


def _meetings(rows: list[ScanClaim]) -> dict[str, list[str]]:
    """Id → ids of claims of other parties that it meets in target, versions and time."""
    groups: dict[str, list[ScanClaim]] = defaultdict(list)
    for row in rows:
        groups[row.component].append(row)
    found: dict[str, list[str]] = defaultdict(list)
    for group in groups.values():
        for number, a in enumerate(group):
            for b in group[number + 1 :]:
                if a.party_id != b.party_id and _meet(a, b):
                    found[a.public_id].append(b.public_id)
                    found[b.public_id].append(a.public_id)
    return found


def _meet(a: ScanClaim, b: ScanClaim) -> bool:
    return (
        common_time(a.lease(), b.lease()) is not None and overlap(a.scope(), b.scope()) is not None
    )


def _order(placed: Placed) -> tuple[bool, str, datetime]:
    return (not placed.overlaps, placed.claim.target, placed.claim.starts_at)
