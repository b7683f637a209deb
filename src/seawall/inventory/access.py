"""Which assets and exposures an actor may see; doors obtain them only here."""

from django.db.models import Count, Q, QuerySet

from seawall.core.public_ids import short_number
from seawall.inventory.models import Asset, CatalogueDocument, CatalogueState, Exposure
from seawall.parties.access import NotFound, require
from seawall.parties.models import Scope
from seawall.vocab.actors import Actor


def assets(by: Actor) -> QuerySet[Asset]:
    """Assets by name, each with `open_exposures`."""
    require(by, Scope.READ)
    return Asset.objects.select_related("owner").annotate(
        open_exposures=Count("exposures", filter=Q(exposures__closed_at=None))
    )


def asset(by: Actor, public_id: str) -> Asset:
    """One asset by `A-1`; raises NotFound."""
    rows, number = assets(by), short_number("A", public_id)
    found = rows.filter(pk=number).first() if number else None
    if found is None:
        raise NotFound(f"There is no asset {public_id}.")
    return found


def exposures(by: Actor, *, asset: str = "", include_closed: bool = False) -> QuerySet[Exposure]:
    """Exposures; `asset` is a name, "" for all."""
    require(by, Scope.READ)
    found = Exposure.objects.select_related("asset__owner")
    if asset:
        found = found.filter(asset__name=asset)
    return found if include_closed else found.filter(closed_at=None)


def catalogues(by: Actor) -> QuerySet[CatalogueState]:
    """The catalogues that were imported, with version and time."""
    require(by, Scope.READ)
    return CatalogueState.objects.order_by("name")


def document_counts(by: Actor) -> dict[str, int]:
    """How many advisory documents the catalogue holds, by format."""
    require(by, Scope.READ)
    counts = CatalogueDocument.objects.order_by().values_list("format").annotate(Count("pk"))
    return dict(counts)
