"""Graded runs of reproducers."""

from typing import Any

from django.db import models
from django.db.models import Q

from seawall.core.plain import from_plain
from seawall.core.public_ids import public_id
from seawall.findings.models import Finding
from seawall.vocab.evidence import EvidenceLevel, ValidationRecord, Verdict


class Validation(models.Model):
    """One validation of a finding's reproducer. `record` is the whole `ValidationRecord`, kept
    as signed in `attestation`; the other columns repeat what lists search by."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="validations")
    reproducer_digest = models.CharField(max_length=64, db_index=True)
    verdict = models.CharField(max_length=20, choices=[(v.value, v.value) for v in Verdict])
    level = models.PositiveSmallIntegerField(choices=[(v.value, v.name) for v in EvidenceLevel])
    record: Any = models.JSONField()
    attestation = models.TextField()
    """The DSSE envelope, as JSON, of the in-toto statement about `record`."""
    recorded_at = models.DateTimeField()
    job_key = models.CharField(max_length=80, null=True, unique=True)
    """What asked for this run, so that a job that runs twice records once."""
    is_best = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["finding"], condition=Q(is_best=True), name="validation_one_best"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.CONFIRMED.value, level__gte=1) | Q(level=0),
                name="validation_level_is_earned",
            ),
        ]
        indexes = [models.Index(fields=["is_best", "level"], name="validation_best")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("V", year=self.recorded_at.year, number=self.pk)

    def value(self) -> ValidationRecord:
        return from_plain(ValidationRecord, self.record)
