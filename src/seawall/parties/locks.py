"""Letting what is counted of a party stay so until it is acted upon."""

from seawall.ledger.actions import require_transaction
from seawall.parties.models import Party


def one_at_a_time(*parties: Party) -> None:
    """Let nobody else who calls this go on for these parties until this transaction ends. Rows
    that merely name one of them can be written meanwhile."""
    require_transaction()
    rows = Party.objects.select_for_update(no_key=True).order_by("pk")
    list(rows.filter(pk__in=[party.pk for party in parties]).values_list("pk"))
