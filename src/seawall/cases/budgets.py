"""What a vendor can bear: its budget, what it was handed, and asking to look at its queue again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from seawall.cases.models import CapacityBudget, Case, Handover
from seawall.core.capacity import DEFAULT, MAX_PAUSE, WEEK, Budget
from seawall.core.room_rules import may_set_budget
from seawall.findings.models import Finding
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties.access import demand
from seawall.parties.locks import one_at_a_time
from seawall.parties.models import Party
from seawall.vocab.actors import Actor
from seawall.vocab.cases import ReportState
from seawall.vocab.errors import BadInput, one_line

MOST = 10_000
MAX_PRODUCTS = 500
OPEN = (Handover.State.HANDED_OVER, Handover.State.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A change of a budget; None leaves a part as it is, `resume` ends a pause."""

    per_week: int | None = None
    open_at_once: int | None = None
    batch: int | None = None
    paused_until: datetime | None = None
    resume: bool = False
    raw_feed: bool | None = None
    products: Sequence[str] | None = None


def budget_of(vendor: Party) -> Budget:
    """How many cases the vendor takes; the default when it never said."""
    row = CapacityBudget.objects.filter(party=vendor).first()
    if row is None:
        return DEFAULT
    return Budget(
        per_week=row.per_week,
        open_at_once=row.open_at_once,
        batch=row.batch,
        paused_until=row.paused_until,
    )


def row_of(vendor: Party) -> CapacityBudget:
    """The vendor's row, not yet saved when it never said anything."""
    found = CapacityBudget.objects.filter(party=vendor).first()
    return found or CapacityBudget(
        party=vendor,
        per_week=DEFAULT.per_week,
        open_at_once=DEFAULT.open_at_once,
        batch=DEFAULT.batch,
    )


@transaction.atomic
def set_budget(vendor: Party, wanted: Wanted, *, by: Actor, now: datetime) -> CapacityBudget:
    """Change what a vendor takes. Raises NotPermitted or BadInput.

    A pause lasts 30 days at most; what is urgent comes in a pause too.
    """
    products = wanted.products is not None
    demand(may_set_budget(by, vendor=vendor.pk, products=products))
    _check(wanted, now)
    one_at_a_time(vendor)
    row = row_of(vendor)
    for name in ("per_week", "open_at_once", "batch", "raw_feed", "paused_until"):
        if (value := getattr(wanted, name)) is not None:
            setattr(row, name, value)
    if wanted.resume:
        row.paused_until = None
    if wanted.products is not None:
        row.products = sorted({one_line(each, limit=300) for each in wanted.products if each})
    row.updated_by, row.updated_at = str(by)[:120], now
    row.save()
    facts = {
        "per_week": row.per_week,
        "open_at_once": row.open_at_once,
        "batch": row.batch,
        "raw_feed": row.raw_feed,
        "paused_until": row.paused_until.isoformat() if row.paused_until else "",
        "products": len(row.products),
    }
    ledger.record(by=by, what="party.capacity_set", on=vendor, facts=facts, at=now)
    look_again([vendor.pk], now=now)
    return row


def _check(wanted: Wanted, now: datetime) -> None:
    for name in ("per_week", "open_at_once", "batch"):
        value = getattr(wanted, name)
        if value is not None and not 1 <= value <= MOST:
            raise BadInput(f"not between 1 and {MOST}", where=name)
    until = wanted.paused_until
    if until is not None and not now < until <= now + MAX_PAUSE:
        raise BadInput(f"a pause ends within {MAX_PAUSE.days} days", where="paused_until")
    if wanted.products is not None and len(wanted.products) > MAX_PRODUCTS:
        raise BadInput(f"more than {MAX_PRODUCTS} products", where="products")
    for each in wanted.products or ():
        if len(each.strip()) < 4:
            raise BadInput(f"too short to be a product: {each}", where="products")


def handed_over_lately(vendor: Party, *, now: datetime) -> list[datetime]:
    """When cases were handed to the vendor in the last seven days."""
    rows = Handover.objects.filter(vendor=vendor, handed_over_at__gt=now - WEEK)
    return [at for at in rows.values_list("handed_over_at", flat=True) if at is not None]


def open_handovers(vendor: Party) -> QuerySet[Handover]:
    """Those that the vendor has and that are not yet fixed."""
    return Handover.objects.filter(
        vendor=vendor,
        state__in=OPEN,
        case__fix_ready=False,
        case__merged_into=None,
        case__shredded_at=None,
    ).exclude(case__report_state=ReportState.CLOSED.value)


def look_again(vendors: Sequence[int], *, now: datetime) -> None:
    """Ask for another look at what waits for these vendors."""
    for vendor in sorted(set(vendors)):
        outbox.send("handover.due", due_at=now, vendor_id=vendor)


def look_again_at(case: Case, *, now: datetime) -> None:
    """Ask for another look wherever this case waits or takes up room."""
    states = (Handover.State.WAITING, *OPEN)
    rows = Handover.objects.filter(case=case, state__in=states)
    look_again(list(rows.values_list("vendor", flat=True)), now=now)


def raw_feed(vendor: Party) -> QuerySet[Finding]:
    """Unproven findings on the vendor's products that belong to no case, newest first; none
    unless the vendor opted in and the house said which products are its."""
    row = row_of(vendor)
    rows = Finding.objects.filter(
        level=0, lead=None, case=None, shredded_at=None, state=ReportState.RECEIVED.value
    )
    if not row.raw_feed or not row.products:
        return rows.none()
    theirs = Q()
    for each in row.products:
        theirs |= Q(target=each) | Q(target__startswith=f"{each}@")
        theirs |= Q(target__startswith=f"{each}/")
    return rows.filter(theirs).select_related("report").order_by("-pk")
