"""A model put up for review, and the reports that came of using it."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from seawall.core.public_ids import public_id
from seawall.findings.models import Report
from seawall.parties import sealing
from seawall.parties.models import Party
from seawall.vocab.reviews import SubmissionState


class Submission(models.Model):
    """One version of a model with one variant of its safeguards, under stated terms.

    What the lab says about it beyond what lists show is sealed under the submission's key;
    destroying the key is the deletion that the terms promise.
    """

    lab = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="submissions")
    regime = models.CharField(max_length=60)
    """Id of the policy file in policies/regimes/ under which it is reviewed."""
    codename = models.CharField(max_length=40, unique=True)
    """The opaque name under which everyone but the lab and the official knows it."""
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in SubmissionState],
        default=SubmissionState.DRAFT.value,
    )
    key_id = models.CharField(max_length=64)
    sealed = models.BinaryField(default=b"")
    partner_release_at = models.DateTimeField()
    """When the lab plans to give it to other trusted partners (EO 14409: the window ends here)."""
    public_release_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    evaluating_at = models.DateTimeField(null=True)
    determined_at = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)
    """When the window opens, as agreed."""
    opened_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=500, blank=True, default="")
    released_at = models.DateTimeField(null=True)
    """When the lab said that the model is out; nothing here can prevent it."""
    evidence: Any = models.JSONField(default=list, blank=True)
    """[{id, digest, at, by}]: what the regime demands and the lab handed over."""
    deleted_at = models.DateTimeField(null=True)
    """When its key was destroyed."""
    deletion: Any = models.JSONField(default=dict, blank=True)
    """The evidence of deletion: what was destroyed, when, and the statement that was signed."""
    assessment_shared_at = models.DateTimeField(null=True)
    """When the official shared the assessment with the lab."""
    assessment_shared: Any = models.JSONField(default=list, blank=True)
    """Which parts of the assessment the lab may read."""

    content = sealing.sealed_json(
        "sealed",
        what="submission.content",
        place=lambda row: row.codename,
        key=lambda row: row.key_id,
        empty=dict,
    )
    """`core.submissions.Pinned` and `Terms` as plain values: model, version, safeguard variant,
    endpoint, compute, terms."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(public_release_at__gte=F("partner_release_at")),
                name="submission_public_after_partners",
            ),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="submission_window_has_length",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("M", year=self.made_at.year, number=self.pk)


class Attribution(models.Model):
    """A report that was made with a model under review: the finder used this grant."""

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="attributions"
    )
    grant = models.ForeignKey("reviews.Grant", on_delete=models.PROTECT, null=True)
    """None when the lab or the official said so, without a grant."""
    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="made_with")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
