"""The evaluation of a submission, its results in the committed order, and determinations."""

from typing import Any

from django.db import models
from django.db.models import Q

from seawall.core.public_ids import public_id
from seawall.parties import sealing
from seawall.reviews.models.submissions import Submission
from seawall.vocab.reviews import Determined


class Evaluation(models.Model):
    """One run of drawn items against a submission. Everything that could be chosen is committed
    before the first result: the plan, both nonces, and with them the order."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="evaluations")
    bank = models.CharField(max_length=100)
    bank_root = models.CharField(max_length=64)
    """Merkle root of the bank, hex, as it stands in the ledger."""
    agency_commitment = models.CharField(max_length=64, blank=True, default="")
    lab_commitment = models.CharField(max_length=64, blank=True, default="")
    agency_nonce = models.CharField(max_length=64, blank=True, default="")
    lab_nonce = models.CharField(max_length=64, blank=True, default="")
    plan: Any = models.JSONField(default=dict)
    """`core.determination.Plan` as plain values; empty until both nonces are revealed."""
    plan_digest = models.CharField(max_length=64, blank=True, default="")
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("E", year=self.made_at.year, number=self.pk)


class ItemRun(models.Model):
    """The result at one position of the committed order, with its signed attestation."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="runs")
    side = models.CharField(max_length=10)
    position = models.PositiveIntegerField()
    attempt = models.PositiveSmallIntegerField(default=0)
    """Above 0 when the endpoint failed before."""
    item = models.CharField(max_length=100)
    scaffold = models.CharField(max_length=60)
    result: Any = models.JSONField()
    """`vocab.evals.ItemResult` as plain values."""
    envelope: Any = models.JSONField()
    """The DSSE envelope over the result, its position and the plan's digest."""
    sealed_transcript = models.BinaryField(default=b"")
    at = models.DateTimeField()

    transcript = sealing.sealed_json(
        "sealed_transcript",
        what="evaluation.transcript",
        place=lambda row: (
            f"{row.evaluation_id} {row.side} {row.position} {row.scaffold} {row.attempt}"
        ),
        key=lambda row: row.evaluation.submission.key_id,
        empty=list,
    )

    class Meta:
        ordering = ["evaluation_id", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "side", "position", "scaffold", "attempt"],
                name="run_position_once",
            ),
        ]


class Determination(models.Model):
    """What the official found. A later one replaces an earlier one; none is changed."""

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="determinations"
    )
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, null=True)
    verdict = models.CharField(max_length=20, choices=[(d.value, d.value) for d in Determined])
    statistics: Any = models.JSONField()
    """`core.determination.Determination` as plain values: what the numbers alone say."""
    because = models.TextField(blank=True, default="")
    """The official's reasons, required where the verdict differs from the statistics."""
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=[d.value for d in Determined]),
                name="determination_verdict",
            ),
        ]
