"""Which findings are one vulnerability: links with reasons, each of which can be undone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from seawall.dedup.links import Strength
from seawall.findings.coordination import coordination
from seawall.findings.models import DuplicateLink, Finding
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.vocab.actors import Actor, ActorKind


class LinkRefused(ValueError):
    """The two cannot be linked, or the link cannot be undone; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why two findings are, or may be, one vulnerability."""

    signal: str
    explanation: str
    strength: Strength
    joins: bool = True
    """False: keep the link for a person to look at, and keep the findings apart."""


@transaction.atomic
def link(
    one: Finding, other: Finding, *, reason: Reason, by: Actor, now: datetime
) -> DuplicateLink:
    """Say that two findings are one vulnerability. Both stay, each with its finder's credit.

    Linking a linked pair changes nothing, unless a link that was only shown now joins; a pair
    that was undone by somebody can only be linked again by a person, and then says who.
    """
    if one.pk == other.pk:
        raise LinkRefused("A finding is no duplicate of itself.")
    earlier, later = _locked(one, other)
    if earlier.shredded_at is not None or later.shredded_at is not None:
        raise LinkRefused("A finding that was shredded can be compared with nothing.")
    known = DuplicateLink.objects.filter(earlier=earlier, later=later).first()
    if known is not None and known.undone_at is None and (known.joins or not reason.joins):
        return known
    if known is not None and known.undone_at is not None and by.kind == ActorKind.JOB:
        raise LinkRefused(f"{known.undone_by} undid this link: {known.undone_because}")
    made, _ = DuplicateLink.objects.update_or_create(
        earlier=earlier,
        later=later,
        defaults={
            "signal": reason.signal[:60],
            "explanation": reason.explanation,
            "strength": int(reason.strength),
            "joins": reason.joins,
            "made_by": str(by),
            "made_at": now,
            "undone_by": "",
            "undone_at": None,
            "undone_because": "",
        },
    )
    if not reason.joins:
        return made
    _join(earlier, later)
    _tell("finding.linked", made, by=by, now=now, signal=reason.signal)
    return made


@transaction.atomic
def undo(link: DuplicateLink, *, because: str, by: Actor, now: datetime) -> None:
    """Take a link back; what only it held together falls apart again. Twice is no error."""
    if not because.strip():
        raise LinkRefused("Say why the two are different.")
    _locked(link.earlier, link.later)
    row = DuplicateLink.objects.select_for_update().get(pk=link.pk)
    if row.undone_at is not None:
        return
    row.undone_at, row.undone_by, row.undone_because = now, str(by), because
    row.save(update_fields=["undone_at", "undone_by", "undone_because"])
    if row.joins:
        _regroup(row.earlier.lead_id or row.earlier_id)
        _tell("finding.unlinked", row, by=by, now=now, signal=row.signal)


def group_of(finding: Finding) -> list[Finding]:
    """All findings of the same vulnerability, the earliest first, this one included."""
    lead = finding.lead_id or finding.pk
    return list(Finding.objects.filter(Q(pk=lead) | Q(lead=lead)).order_by("pk"))


def _locked(one: Finding, other: Finding) -> list[Finding]:
    """Both as they are now, the earlier first; nobody else links or undoes them meanwhile."""
    return list(
        Finding.objects.select_for_update().filter(pk__in=[one.pk, other.pk]).order_by("pk")
    )


def _join(one: Finding, other: Finding) -> None:
    leads = {row.lead_id or row.pk for row in (one, other)}
    _lead(Finding.objects.filter(Q(pk__in=leads) | Q(lead__in=leads)), min(leads))


def _regroup(lead: int) -> None:
    """Compute the groups of what `lead` led from the links that still hold."""
    members = list(
        Finding.objects.select_for_update()
        .filter(Q(pk=lead) | Q(lead=lead))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    links = DuplicateLink.objects.filter(
        undone_at=None, joins=True, earlier__in=members, later__in=members
    ).values_list("earlier_id", "later_id")
    for first, group in _components(members, links):
        _lead(Finding.objects.filter(pk__in=group), first)


def _components(
    members: Iterable[int], links: Iterable[tuple[int, int]]
) -> list[tuple[int, list[int]]]:
    """Connected components as (smallest member, members)."""
    leader = {member: member for member in members}

    def find(member: int) -> int:
        while leader[member] != member:
            leader[member] = leader[leader[member]]
            member = leader[member]
        return member

    for one, other in links:
        low, high = sorted((find(one), find(other)))
        leader[high] = low
    groups: dict[int, list[int]] = {}
    for member in leader:
        groups.setdefault(find(member), []).append(member)
    return sorted(groups.items())


def _lead(findings: QuerySet[Finding], lead: int) -> None:
    findings.exclude(pk=lead).update(lead=lead)
    Finding.objects.filter(pk=lead, lead__isnull=False).update(lead=None)


def _tell(what: str, link: DuplicateLink, *, by: Actor, now: datetime, signal: str) -> None:
    later, earlier = link.later, link.earlier
    facts = {"with": earlier.public_id, "signal": signal}
    ledger.record(by=by, what=what, on=later, facts=facts, at=now)
    # At once: until the cases follow, two of them would cover the group.
    coordination().regrouped([earlier.pk, later.pk], by=by, now=now)
    outbox.send("findings.regrouped", due_at=now, finding_ids=[earlier.pk, later.pk])
