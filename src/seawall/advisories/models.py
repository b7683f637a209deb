"""Advisories with their revisions and documents."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from seawall.cases.models import Case


class Advisory(models.Model):
    """The statement about one case. Its number is its tracking id in every document."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="advisory")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "advisories"
        ordering = ["-year", "-number"]
        constraints = [models.UniqueConstraint(fields=["year", "number"], name="advisory_number")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"SEAWALL-{self.year}-{self.number:04d}"


class Revision(models.Model):
    """One validated state of an advisory: all documents, consistent with each other."""

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    summary = models.CharField(max_length=300)
    facts_digest = models.CharField(max_length=64)
    """sha256 of everything but times and revision numbers: tells whether anything changed."""
    documents: Any = models.JSONField()
    """File name → document."""
    left_out: Any = models.JSONField(default=dict)
    """Document → why it cannot be written yet."""
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["advisory", "number"]
        constraints = [
            models.UniqueConstraint(fields=["advisory", "number"], name="revision_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="revision_from_one"),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(published_at__gte=F("made_at")),
                name="revision_published_after_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.advisory} revision {self.number}"
