"""Which cases an actor may see; doors obtain them only here."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from seawall.cases.models import (
    Bar,
    Case,
    Credit,
    HandlingId,
    Handover,
    MergeProposal,
    Participant,
    ReadIn,
    RelayHop,
)
from seawall.cases.reading import FOR_FACTS, demand_act, tier_of, visible_cases
from seawall.core.public_ids import id_number, short_number
from seawall.parties.access import NotFound, NotPermitted, is_house, require
from seawall.parties.models import Party, Scope
from seawall.parties.sealing import Shredded
from seawall.vocab.access import Act, Tier
from seawall.vocab.actors import Actor


def cases(
    by: Actor,
    *,
    include_merged: bool = False,
    now: datetime | None = None,
    one_by_one: bool | None = None,
) -> QuerySet[Case]:
    """Cases of which `by` may know, newest first, ready to be shown without further queries.

    What may be shown of each is said by `tier`. `one_by_one` as in `reading.visible_cases`.
    """
    require(by, Scope.READ)
    rows = _ready(visible_cases(by, now=now or timezone.now(), one_by_one=one_by_one))
    return rows if include_merged else rows.filter(merged_into=None)


def _ready(rows: QuerySet[Case]) -> QuerySet[Case]:
    """With what is shown of a case and what decides access to it."""
    related = rows.select_related("finding__report", "merged_into")
    return related.prefetch_related("fixes__verifications", "moments", *FOR_FACTS)


def case(
    by: Actor,
    public_id: str,
    *,
    at_least: Tier = Tier.T0,
    act: Act | None = None,
    now: datetime | None = None,
) -> Case:
    """One case by `C-2026-000001`, of which `by` may read `at_least` that tier and, if given, do
    `act`. Raises NotFound, the same whether it is absent or hidden; when `by` may know of it and
    no more, NotPermitted, or Shredded."""
    require(by, Scope.READ)
    now = now or timezone.now()
    found = _ready(Case.objects.filter(pk=id_number("C", public_id))).first()
    held = tier_of(by, found, now=now) if found else None
    if found is None or held is None or not _same(found.public_id, public_id):
        raise NotFound(f"There is no case {public_id}.")
    if at_least > Tier.T0 and found.shredded_at is not None:
        raise Shredded(found.shredded_at)
    if held < at_least:
        raise NotPermitted(f"This takes tier {at_least.name}; you are read in to {held.name}.")
    if act is not None:
        demand_act(act, by, found, now=now)
    return found


def _same(one: str, other: str) -> bool:
    """Whether two public ids are of the same year; their numbers are known to be the same."""
    return one.split("-")[1] == other.strip().split("-")[1]


def tier(by: Actor, case: Case, *, now: datetime | None = None) -> Tier:
    """How much of a case that `cases` gave may be shown to `by`; raises NotFound."""
    found = tier_of(by, case, now=now or timezone.now())
    if found is None:
        raise NotFound(f"There is no case {case.public_id}.")
    return found


def earlier(by: Actor, rows: Sequence[Case], *, now: datetime | None = None) -> frozenset[int]:
    """The cases into which these were merged, by primary key, of which `by` may know: who takes
    part in the later one need not learn of the earlier. One query, none when none was merged."""
    into = {row.merged_into_id for row in rows} - {None}
    seen = visible_cases(by, now=now or timezone.now(), one_by_one=True).filter(pk__in=into)
    return frozenset(seen.values_list("pk", flat=True))


_OF_PROPOSALS = Tier.T2
"""A proposal says which fix silences which proofs."""


def proposals(by: Actor, *, undecided_only: bool = True) -> QuerySet[MergeProposal]:
    """Proposals to merge, oldest first; for the coordinators of this installation."""
    require(by, Scope.READ)
    rows = MergeProposal.objects.select_related("earlier", "later", "fix")
    if not is_house(by):
        return rows.none()
    seen = visible_cases(by, now=timezone.now(), at_least=_OF_PROPOSALS)
    rows = rows.filter(
        Exists(seen.filter(pk=OuterRef("earlier"))), Exists(seen.filter(pk=OuterRef("later")))
    )
    return rows.filter(accepted=None) if undecided_only else rows


def proposal(by: Actor, public_id: str) -> MergeProposal:
    """One proposal by `M-1`; raises NotFound."""
    rows, number = proposals(by, undecided_only=False), short_number("M", public_id)
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no proposal {public_id}.")
    return found


def handovers(by: Actor, *, now: datetime | None = None) -> QuerySet[Handover]:
    """Handovers that `by` may know of, newest first: the house those of all cases that it sees, a
    vendor those of its own that were handed over; what waits for it is not told."""
    require(by, Scope.READ)
    rows = Handover.objects.select_related("case__finding", "vendor").order_by("-pk")
    seen = visible_cases(by, now=now or timezone.now(), one_by_one=True)
    rows = rows.filter(Exists(seen.filter(pk=OuterRef("case"))))
    if is_house(by):
        return rows
    return rows.filter(vendor__in=by.parties).exclude(
        state__in=[Handover.State.WAITING, Handover.State.WITHDRAWN]
    )


def handover(by: Actor, public_id: str, *, now: datetime | None = None) -> Handover:
    """One handover by `H-1`; raises NotFound, the same whether it is absent or hidden."""
    rows, number = handovers(by, now=now), short_number("H", public_id)
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no handover {public_id}.")
    return found


def participants(by: Actor, case: Case, *, now: datetime | None = None) -> list[Participant]:
    """Who takes part in a case that `case` gave, for who reads the summary; else one's own."""
    rows = list(case.participants.filter(left_at=None).select_related("party"))
    if tier(by, case, now=now) >= Tier.T1:
        return rows
    return [row for row in rows if row.party_id in by.parties]


def participant(by: Actor, case: Case, number: int) -> Participant:
    """One participant of the case by its number; raises NotFound."""
    rows = {row.pk: row for row in participants(by, case)}
    return _known(rows.get(number), "participant", number)


def read_ins(by: Actor, case: Case, *, now: datetime | None = None) -> list[ReadIn]:
    """The read-ins of the case, ended ones included: for the house, and one's own."""
    rows = case.read_ins.select_related("person", "party")
    if is_house(by) and tier(by, case, now=now) >= Tier.T1:
        return list(rows)
    return [row for row in rows if row.party_id in by.parties or _is_me(row.person_id, by)]


def read_in(by: Actor, case: Case, number: int) -> ReadIn:
    """One read-in of the case by its number; raises NotFound."""
    rows = {row.pk: row for row in read_ins(by, case)}
    return _known(rows.get(number), "read-in", number)


def bars(by: Actor, case: Case) -> list[Bar]:
    """The bars of the case that were not lifted; for the house alone."""
    if not is_house(by):
        return []
    return list(case.bars.filter(lifted_at=None).select_related("person", "party"))


def bar(by: Actor, case: Case, number: int) -> Bar:
    """One bar of the case by its number; raises NotFound."""
    rows = {row.pk: row for row in bars(by, case)}
    return _known(rows.get(number), "bar", number)


def handling_ids(by: Actor, case: Case, *, now: datetime | None = None) -> list[HandlingId]:
    """What others call the case; for who reads the summary."""
    return list(case.handling_ids.all()) if tier(by, case, now=now) >= Tier.T1 else []


def handling_id(by: Actor, case: Case, number: int) -> HandlingId:
    """One handling id of the case by its number; raises NotFound."""
    rows = {row.pk: row for row in handling_ids(by, case)}
    return _known(rows.get(number), "handling id", number)


def hops(by: Actor, case: Case, *, now: datetime | None = None) -> list[RelayHop]:
    """The relay chain of the case, oldest first; for who reads the summary."""
    return list(case.hops.all()) if tier(by, case, now=now) >= Tier.T1 else []


def credit(by: Actor, case: Case, number: int) -> Credit:
    """One edited credit of the case by its number; raises NotFound."""
    row = case.credits.filter(pk=number).first() if tier(by, case) >= Tier.T1 else None
    return _known(row, "credit", number)


T = TypeVar("T")


def _known(row: T | None, what: str, number: int) -> T:
    if row is None:
        raise NotFound(f"There is no {what} {number} in this case.")
    return row


def _is_me(person: int | None, by: Actor) -> bool:
    return person is not None and person == by.person


def vendor(by: Actor, public_id: str) -> Party:
    """A party whose capacity `by` may see: one's own, any for the house. Raises NotFound."""
    require(by, Scope.READ)
    number = short_number("P", public_id)
    rows = Party.objects.all() if is_house(by) else Party.objects.filter(pk__in=by.parties)
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no party {public_id}.")
    return found
