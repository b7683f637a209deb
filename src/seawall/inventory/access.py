"""Which assets and exposures somebody may see. Without roles yet: all of them."""

from django.db.models import Count, Q, QuerySet

from seawall.inventory.models import Asset, CatalogueState, Exposure


def assets() -> QuerySet[Asset]:
    """Assets by name, each with `open_exposures`."""
    return Asset.objects.select_related("owner").annotate(
        open_exposures=Count("exposures", filter=Q(exposures__closed_at=None))
    )


def exposures(*, asset: str = "", include_closed: bool = False) -> QuerySet[Exposure]:
    """Exposures; `asset` is a name, "" for all."""
    found = Exposure.objects.select_related("asset__owner")
    if asset:
        found = found.filter(asset__name=asset)
    return found if include_closed else found.filter(closed_at=None)


def catalogues() -> QuerySet[CatalogueState]:
    """The catalogues that were imported, with version and time."""
    return CatalogueState.objects.order_by("name")
