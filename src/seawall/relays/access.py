"""Which relays an actor may see; doors obtain them only here."""

from django.db.models import QuerySet

from seawall.cases import access as cases
from seawall.core.public_ids import short_number
from seawall.parties.access import NotFound, is_house, require
from seawall.parties.models import Scope
from seawall.relays.models import Relay
from seawall.vocab.actors import Actor


def relays(by: Actor) -> QuerySet[Relay]:
    """Relays of cases of which `by` knows, newest first; for coordinators of this house."""
    require(by, Scope.READ)
    rows = Relay.objects.select_related("case", "receiver")
    if not is_house(by):
        return rows.none()
    return rows.filter(case__in=cases.cases(by, include_merged=True))


def relay(by: Actor, public_id: str) -> Relay:
    """One relay by `RL-1`; raises NotFound."""
    rows, number = relays(by), short_number("RL", public_id)
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no relay {public_id}.")
    return found
