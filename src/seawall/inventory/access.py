"""Which assets and exposures an actor may see; doors obtain them only here.

A party's systems and what hits them are its own members' to see (`core.access.may_see_inventory`),
the coordinators of this installation excluded. The catalogue is for everybody who signed in.
"""

from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from seawall.core import access as rules
from seawall.core.public_ids import short_number
from seawall.inventory.models import Asset, CatalogueDocument, CatalogueState, Exposure
from seawall.ledger.access import public_id_of
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, demand, require
from seawall.parties.models import Scope
from seawall.vocab.actors import Actor


def assets(by: Actor) -> QuerySet[Asset]:
    """Assets of the parties of `by`, by name, each with `open_exposures`."""
    require(by, Scope.READ)
    rows = Asset.objects.all() if by.is_installation else Asset.objects.filter(owner__in=by.parties)
    # Counted for each row of the page alone, not for all and then sorted.
    hits = Exposure.objects.filter(asset=OuterRef("pk"), closed_at=None).order_by().values("asset")
    found = Coalesce(Subquery(hits.annotate(count=Count("pk")).values("count")), 0)
    return rows.select_related("owner").annotate(open_exposures=found).order_by("name", "pk")


def asset(by: Actor, public_id: str) -> Asset:
    """One asset by `A-1`; raises NotFound, the same whether it is absent or hidden."""
    rows, number = assets(by), short_number("A", public_id)
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no asset {public_id}.")
    return found


def exposures(by: Actor, *, asset: str = "", include_closed: bool = False) -> QuerySet[Exposure]:
    """Exposures of the assets of `assets`; `asset` is a name, "" for all."""
    require(by, Scope.READ)
    found = Exposure.objects.select_related("asset__owner")
    if not by.is_installation:
        found = found.filter(asset__owner__in=by.parties)
    if asset:
        found = found.filter(asset__name=asset)
    return found if include_closed else found.filter(closed_at=None)


def demand_change(by: Actor, *, owner: int) -> None:
    """Raise NotPermitted unless `by` may describe the systems of that party."""
    demand(rules.may_change_inventory(by, owner=owner))


def catalogues(by: Actor) -> QuerySet[CatalogueState]:
    """The catalogues that were imported, with version and time."""
    require(by, Scope.READ)
    return CatalogueState.objects.order_by("name")


def document_counts(by: Actor) -> dict[str, int]:
    """How many advisory documents the catalogue holds, by format."""
    require(by, Scope.READ)
    counts = CatalogueDocument.objects.order_by().values_list("format").annotate(Count("pk"))
    return dict(counts)


def may_read_event(by: Actor, event: Event, now: datetime) -> bool:
    """Whether `by` may read what an event about an asset says."""
    return assets(by).filter(pk=short_number("A", public_id_of(event))).exists()
