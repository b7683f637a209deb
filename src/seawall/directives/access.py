"""Which obligations an actor may see; doors obtain them only here."""

from django.db.models import QuerySet

from seawall.core.public_ids import short_number
from seawall.directives.models import Obligation
from seawall.parties.access import NotFound, require
from seawall.parties.models import Scope
from seawall.vocab.actors import Actor


def obligations(
    by: Actor, *, asset: str = "", include_closed: bool = False, directive: str = ""
) -> QuerySet[Obligation]:
    """Obligations, the most urgent first; `asset` is a name, "" for all."""
    require(by, Scope.READ)
    found = Obligation.objects.select_related("exposure__asset__owner")
    if asset:
        found = found.filter(exposure__asset__name=asset)
    if directive:
        found = found.filter(directive=directive)
    return found if include_closed else found.filter(closed_at=None)


def obligation(by: Actor, public_id: str) -> Obligation:
    """One obligation by `O-1`, closed or open; raises NotFound."""
    number = short_number("O", public_id)
    every = obligations(by, include_closed=True)
    found = every.filter(pk=number).first() if number else None
    if found is None:
        raise NotFound(f"There is no obligation {public_id}.")
    return found
