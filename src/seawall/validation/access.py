"""Which validations an actor may see; doors obtain them only here."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from seawall.core.public_ids import id_number
from seawall.findings import access as findings
from seawall.findings.access import NotFound
from seawall.ledger.access import public_id_of
from seawall.ledger.models import Event
from seawall.parties.access import is_house, require
from seawall.parties.models import Scope
from seawall.parties.sealing import Shredded
from seawall.validation.models import Validation
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor


def validations(
    by: Actor,
    *,
    finding_id: int | None = None,
    now: datetime | None = None,
    many: bool | None = None,
) -> QuerySet[Validation]:
    """Validations of findings of which `by` may read the summary (T1: verdict and level), newest
    first; of one finding when `finding_id` is given. The record and its attestation are T2, as
    `tiers` says. `many` as in `findings.reading.visible_findings`."""
    require(by, Scope.READ)
    many = True if finding_id is not None else many
    seen = findings.findings(by, at_least=Tier.T1, now=now, many=many).order_by()
    rows = Validation.objects.select_related("finding__report")
    if finding_id is not None:
        rows = rows.filter(finding=finding_id)
    return rows.filter(Q(Exists(seen.filter(pk=OuterRef("finding")))))


def validation(by: Actor, public_id: str, *, now: datetime | None = None) -> Validation:
    """One validation by `V-2026-000001`; raises NotFound, the same whether it is absent or
    hidden, and Shredded."""
    rows, number = validations(by, now=now, many=True), id_number("V", public_id)
    found = rows.filter(pk=number).first()
    found = found or _shredded(by, number, now=now)
    if found is None or found.public_id.split("-")[1] != public_id.strip().split("-")[1]:
        raise NotFound(f"There is no validation {public_id}.")
    if found.finding.shredded_at is not None:
        raise Shredded(found.finding.shredded_at)
    return found


def _shredded(by: Actor, number: int | None, *, now: datetime | None) -> Validation | None:
    """The validation of a shredded finding of which `by` may know."""
    seen = findings.findings(by, now=now, many=True).order_by()
    rows = Validation.objects.filter(pk=number, finding__shredded_at__isnull=False)
    rows = rows.filter(Exists(seen.filter(pk=OuterRef("finding"))))
    return rows.select_related("finding").first()


def tiers(by: Actor, rows: Sequence[Validation], *, now: datetime | None = None) -> dict[int, Tier]:
    """How much `by` may read of each of these validations, by primary key: as much as of its
    finding; a fixed number of queries."""
    held = findings.tiers(by, [row.finding for row in rows], now=now or timezone.now())
    return {row.pk: held[row.finding_id] for row in rows}


def may_read_event(by: Actor, event: Event, now: datetime) -> bool:
    """Whether `by` may read what an event about a validation says: as of its finding."""
    at_least = Tier.T0 if is_house(by) else Tier.T2
    seen = findings.findings(by, at_least=at_least, now=now)
    number = id_number("V", public_id_of(event))
    return Validation.objects.filter(pk=number, finding__in=seen.values("pk")).exists()
