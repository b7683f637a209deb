"""Taking an SBOM in: what hits the system is known when the answer comes."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seawall.directives.actions import oblige
from seawall.inventory import actions
from seawall.inventory.catalogue import open_index
from seawall.inventory.models import Asset
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.web.pages import tell, warn


def take_sbom(request: HttpRequest, asset: Asset, data: bytes, *, by: Actor, now: datetime) -> None:
    """Keep the SBOM, match it, compute what is due; the messages say what came of it."""
    try:
        actions.import_sbom(data, asset=asset, by=by, now=now)
    except BadInput as bad:
        warn(request, str(bad))
        return
    scan = actions.scan(asset, index=open_index(), by=by, now=now)
    oblige(asset=asset, by=by, now=now)
    hits = scan.opened + scan.still_open
    said = [
        ngettext("%d component was read.", "%d components were read.", scan.components)
        % scan.components,
        ngettext("%d exposure is open.", "%d exposures are open.", hits) % hits
        if hits
        else _("Nothing known hits it."),
    ]
    tell(request, " ".join(said))
    for reason, count in scan.not_checked.items():
        warn(
            request,
            ngettext(
                "%(count)d component was not checked: %(reason)s",
                "%(count)d components were not checked: %(reason)s",
                count,
            )
            % {"count": count, "reason": reason},
        )
