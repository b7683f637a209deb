"""Graded runs of reproducers."""

from django.db import models
from django.db.models import Q

from seawall.core.plain import from_plain
from seawall.core.public_ids import public_id
from seawall.findings.models import Finding
from seawall.parties import sealing
from seawall.vocab.evidence import EvidenceLevel, ValidationRecord, Verdict

BULKY = ("sealed_record", "sealed_attestation")
"""What a list does not need to load."""


def _place(row: "Validation") -> str:
    """What its summary says, so that neither can be exchanged without the other."""
    at = sealing.exact(row.recorded_at)
    return f"{row.finding_id} {row.reproducer_digest} {row.verdict} {int(row.level)} {at}"


def _key_id(row: "Validation") -> str:
    return row.finding.report.key_id


class Validation(models.Model):
    """One validation of a finding's reproducer. `record` is the whole `ValidationRecord`, kept
    as signed in `attestation`, both sealed under the report's key; the other columns repeat what
    lists search by."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="validations")
    reproducer_digest = models.CharField(max_length=64, db_index=True)
    verdict = models.CharField(max_length=20, choices=[(v.value, v.value) for v in Verdict])
    level = models.PositiveSmallIntegerField(choices=[(v.value, v.name) for v in EvidenceLevel])
    sealed_record = models.BinaryField(default=b"")
    sealed_attestation = models.BinaryField(default=b"")
    recorded_at = models.DateTimeField()
    job_key = models.CharField(max_length=80, null=True, unique=True)
    """What asked for this run, so that a job that runs twice records once."""
    is_best = models.BooleanField(default=False)

    record = sealing.sealed_json(
        "sealed_record", what="validation.record", place=_place, key=_key_id
    )
    attestation = sealing.sealed_text(
        "sealed_attestation", what="validation.attestation", place=_place, key=_key_id
    )
    """The DSSE envelope, as JSON, of the in-toto statement about `record`."""

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
        """The whole record; raises Shredded."""
        return from_plain(ValidationRecord, self.record)
