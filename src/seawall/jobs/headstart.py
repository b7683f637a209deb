"""Counting the head start after something happened."""

from seawall.headstart.actions import TOPIC, take_snapshot
from seawall.jobs.registry import Work, handles


@handles(TOPIC)
def count_head_start(work: Work) -> None:
    """Count everything anew; what is kept is one row a day."""
    take_snapshot(now=work.now)
