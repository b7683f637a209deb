"""Which obligations somebody may see. Until there are roles: all, for whoever may enter."""

from django.db.models import QuerySet

from seawall.directives.models import Obligation


def obligations(
    *, asset: str = "", include_closed: bool = False, directive: str = ""
) -> QuerySet[Obligation]:
    """Obligations, the most urgent first; `asset` is a name, "" for all."""
    found = Obligation.objects.select_related("exposure__asset__owner")
    if asset:
        found = found.filter(exposure__asset__name=asset)
    if directive:
        found = found.filter(directive=directive)
    return found if include_closed else found.filter(closed_at=None)
