"""Obligations: what a directive demands for one exposure."""

from typing import Any

from django.db import models
from django.db.models import Q

from seawall.inventory.models import Exposure


class Obligation(models.Model):
    """A demand of a directive on an exposure, with everything that decided it."""

    class Closed(models.TextChoices):
        REMEDIATED = "remediated"
        MITIGATED = "mitigated"
        NOT_AFFECTED = "not affected"
        NO_LONGER_BOUND = "no longer bound"

    exposure = models.ForeignKey(Exposure, on_delete=models.CASCADE, related_name="obligations")
    directive = models.CharField(max_length=40)
    directive_version = models.CharField(max_length=20)
    row = models.PositiveIntegerField()
    outcome = models.CharField(max_length=100)
    forensics = models.BooleanField()
    binding = models.BooleanField()
    """False while the directive is not yet in force: the same date as advice."""
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """None: on the next system upgrade."""
    answers: Any = models.JSONField()
    clocks: Any = models.JSONField(default=list)
    explanation = models.TextField()
    computed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_as = models.CharField(max_length=20, choices=Closed, blank=True, default="")
    evidence = models.TextField(blank=True, default="")

    class Meta:
        ordering = [models.F("due_at").asc(nulls_last=True), "id"]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(closed_at=None), name="obligation_due"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["exposure", "directive"], name="obligation_once"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_as="") | (~Q(closed_at=None) & ~Q(closed_as="")),
                name="obligation_closed_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.directive} on {self.exposure}"

    @property
    def public_id(self) -> str:
        return f"O-{self.pk}"
