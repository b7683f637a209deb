"""Which obligations an actor may see; doors obtain them only here.

They are the owner's and the directive authorities' (`core.access.may_see_obligations`).
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from seawall.core.access import is_authority, may_change_inventory
from seawall.core.public_ids import short_number
from seawall.directives.models import Obligation
from seawall.inventory.models import Asset, Exposure
from seawall.ledger.access import public_id_of
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, demand, require
from seawall.parties.models import Scope
from seawall.vocab.actors import Actor

_MANY = 5_000
"""Whose systems have more exposures looks at obligations one after the other."""


def obligations(
    by: Actor, *, asset: str = "", include_closed: bool = False, directive: str = ""
) -> QuerySet[Obligation]:
    """Obligations, the most urgent first; `asset` is a name, "" for all."""
    require(by, Scope.READ)
    found = Obligation.objects.select_related("exposure__asset__owner")
    if not by.is_installation and not is_authority(by):
        systems = Asset.objects.filter(owner__in=by.parties).order_by().values("pk")
        mine = Exposure.objects.filter(asset__in=systems).order_by()
        if mine.values("pk")[: _MANY + 1].count() > _MANY:
            # One after the other in the order of the list, until the page is full.
            own = Exposure.objects.filter(pk=OuterRef("exposure"), asset__owner__in=by.parties)
            found = found.filter(Exists(own.order_by()))
        else:
            # From the few systems on, not from the dates of everybody's obligations.
            found = found.filter(exposure__in=mine.values("pk"))
    if asset:
        found = found.filter(exposure__asset__name=asset)
    if directive:
        found = found.filter(directive=directive)
    return found if include_closed else found.filter(closed_at=None)


def obligation(by: Actor, public_id: str) -> Obligation:
    """One obligation by `O-1`, closed or open; raises NotFound, the same whether it is absent or
    hidden."""
    number = short_number("O", public_id)
    every = obligations(by, include_closed=True)
    found = every.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no obligation {public_id}.")
    return found


def demand_close(by: Actor, obligation: Obligation) -> None:
    """Raise NotPermitted unless `by` may close the obligation: its owner's members may."""
    demand(may_change_inventory(by, owner=obligation.exposure.asset.owner_id))


def may_read_event(by: Actor, event: Event, now: datetime) -> bool:
    """Whether `by` may read what an event about an obligation says."""
    every = obligations(by, include_closed=True)
    return every.filter(pk=short_number("O", public_id_of(event))).exists()
