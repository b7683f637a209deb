"""Deleting the transcripts of calls whose time is over."""

from django.utils import timezone

from seawall.jobs.registry import Work, handles
from seawall.reviews import gateway_calls


@handles(gateway_calls.PURGE)
def purge(work: Work) -> None:
    """Delete what is older than its grant's terms allow."""
    gateway_calls.purge(now=work.now)


def ask_to_purge() -> None:
    """Ask for it, when there is something to delete."""
    gateway_calls.ask_to_purge(now=timezone.now())
