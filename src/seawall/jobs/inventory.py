"""Follow-up work on assets: match them with the catalogue, then compute their obligations."""

from seawall.directives.actions import oblige
from seawall.inventory.actions import scan
from seawall.inventory.catalogue import open_index
from seawall.inventory.models import Asset
from seawall.jobs.registry import Work, handles


@handles("inventory.changed")
def scan_asset(work: Work) -> None:
    """Scan the asset and compute its obligations, which may have changed without new exposures."""
    asset = Asset.objects.filter(pk=work.ids["asset_id"]).first()
    if asset is None:
        return
    scan(asset, index=open_index(), by=work.actor, now=work.now)
    oblige(asset=asset, by=work.actor, now=work.now)


@handles("catalogue.changed")
def scan_all(work: Work) -> None:
    """Match every asset with the catalogue as it is now, and compute all obligations."""
    index = open_index()
    for asset in Asset.objects.order_by("pk"):
        scan(asset, index=index, by=work.actor, now=work.now)
        oblige(asset=asset, by=work.actor, now=work.now)


@handles("exposures.changed")
def compute_obligations(work: Work) -> None:
    """Compute the asset's obligations anew."""
    asset = Asset.objects.filter(pk=work.ids["asset_id"]).first()
    if asset is not None:
        oblige(asset=asset, by=work.actor, now=work.now)
