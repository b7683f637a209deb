"""Which advisories an actor may see; doors obtain them only here."""

from django.db.models import QuerySet

from seawall.advisories.models import Advisory, Revision
from seawall.findings.access import NotFound
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.vocab.actors import Actor


def advisories(by: Actor) -> QuerySet[Advisory]:
    """Advisories, newest first."""
    require(by, Scope.READ)
    return Advisory.objects.select_related("case").prefetch_related("revisions")


def advisory(by: Actor, public_id: str) -> Advisory:
    """One advisory by `SEAWALL-2026-0001`; raises NotFound."""
    parts = public_id.strip().upper().split("-")
    found = None
    if len(parts) == 3 and parts[0] == "SEAWALL" and all(p.isdigit() for p in parts[1:]):
        found = advisories(by).filter(year=int(parts[1]), number=int(parts[2])).first()
    if found is None:
        raise NotFound(f"There is no advisory {public_id}.")
    return found


def newest_revision(advisory: Advisory) -> Revision:
    """The newest revision; raises NotFound when there is none."""
    revision = advisory.revisions.order_by("-number").first()
    if revision is None:
        raise NotFound(f"{advisory.public_id} has no revision.")
    return revision
