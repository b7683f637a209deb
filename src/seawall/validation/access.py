"""Which validations an actor may see; doors obtain them only here."""

from django.db.models import QuerySet

from seawall.core.public_ids import id_number
from seawall.findings.access import NotFound
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.validation.models import Validation
from seawall.vocab.actors import Actor


def validations(by: Actor, *, finding_id: int | None = None) -> QuerySet[Validation]:
    """Validations, newest first; of one finding when `finding_id` is given."""
    require(by, Scope.READ)
    rows = Validation.objects.select_related("finding")
    return rows if finding_id is None else rows.filter(finding=finding_id)


def validation(by: Actor, public_id: str) -> Validation:
    """One validation by `V-2026-000001`; raises NotFound."""
    rows, number = validations(by), id_number("V", public_id)
    found = rows.filter(pk=number).first() if number else None
    if found is None or found.public_id.split("-")[1] != public_id.strip().split("-")[1]:
        raise NotFound(f"There is no validation {public_id}.")
    return found
