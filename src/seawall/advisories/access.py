"""Which advisories an actor may see; doors obtain them only here."""

import re

from django.db.models import Prefetch, QuerySet

from seawall.advisories.models import BULKY, Advisory, Revision
from seawall.findings.access import NotFound
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.vocab.actors import Actor


def advisories(by: Actor) -> QuerySet[Advisory]:
    """Advisories, newest first."""
    require(by, Scope.READ)
    return Advisory.objects.select_related("case").prefetch_related(
        Prefetch("revisions", Revision.objects.defer(*BULKY))
    )


def advisory(by: Actor, public_id: str) -> Advisory:
    """One advisory by `SEAWALL-2026-0001`; raises NotFound."""
    rows = advisories(by)
    parts = re.fullmatch(r"SEAWALL-([0-9]{4})-([0-9]{1,9})", public_id.strip(), re.I)
    found = None
    if parts:
        found = rows.filter(year=int(parts[1]), number=int(parts[2])).first()
    if found is None:
        raise NotFound(f"There is no advisory {public_id}.")
    return found


def newest_revision(advisory: Advisory) -> Revision:
    """The newest revision; raises NotFound when there is none."""
    revision = advisory.revisions.order_by("-number").first()
    if revision is None:
        raise NotFound(f"{advisory.public_id} has no revision.")
    return revision
