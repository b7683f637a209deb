"""The counts of one day, so that a page need not count a million rows."""

from typing import Any

from django.db import models


class Snapshot(models.Model):
    """How far everything had come when it was last counted on `day` (UTC)."""

    day = models.DateField(unique=True)
    taken_at = models.DateTimeField()
    ledger_size = models.BigIntegerField()
    """The number of events when it was counted: while it is the same, nothing has changed."""
    counts: Any = models.JSONField()
    """`funnel.Stage.key` → count."""

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}"
