"""What the gateway stands on: where a model is asked, and what was stopped by hand."""

from django.db import models
from django.db.models import Q

from seawall.parties import sealing
from seawall.reviews.models.grants import Grant
from seawall.reviews.models.submissions import Submission


class Upstream(models.Model):
    """Where the gateway asks a submission's model, and the lab's key for it.

    All of it is sealed under the submission's key: destroying that key destroys the provider's
    key too. Only the gateway's process reads it.
    """

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="upstream")
    sealed = models.BinaryField()
    revision = models.CharField(max_length=32)
    """Drawn anew at each change, so that a running gateway reads it again."""
    set_by = models.CharField(max_length=120)
    set_at = models.DateTimeField()

    content = sealing.sealed_json(
        "sealed",
        what="upstream.content",
        place=lambda row: f"{row.submission.codename}:{row.revision}",
        key=lambda row: row.submission.key_id,
    )
    """{url, model, key, apis}."""


class Stop(models.Model):
    """A kill switch that was thrown: of one grant, of one submission, or of the whole gateway
    when both are empty. It holds until it is lifted, whatever state the grant is in."""

    submission = models.ForeignKey(
        Submission, on_delete=models.CASCADE, null=True, related_name="stops"
    )
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, null=True, related_name="stops")
    because = models.CharField(max_length=500, blank=True, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    lifted_by = models.CharField(max_length=120, blank=True, default="")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(submission=None) | Q(grant=None), name="stop_of_one_thing"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(lifted_at=None), name="stop_in_force"),
        ]
