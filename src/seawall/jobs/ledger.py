"""Checking the whole ledger when somebody asks for it."""

from django.utils import timezone

from seawall.jobs.registry import Work, handles
from seawall.ledger.checks import TOPIC, carry_out


@handles(TOPIC)
def check_ledger(work: Work) -> None:
    """Recompute every hash; the pages show how far it is."""
    carry_out(int(work.ids["check_id"]), now=timezone.now())
