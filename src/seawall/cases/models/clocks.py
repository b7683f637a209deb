"""What moves the clocks of a case beyond its CVD state: disclosure policies, and signs."""

from django.db import models

from seawall.cases.models.case import Case


class CasePolicy(models.Model):
    """A disclosure policy that applies to a case, beside the default that applies to all."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="policies")
    policy = models.CharField(max_length=60)
    """Its id in `policies/disclosure`."""
    posted_at = models.DateTimeField(null=True)
    """When the case was posted to the list, for a list's cap."""
    added_by = models.CharField(max_length=120)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "policy"], name="case_policy_once")]

    def __str__(self) -> str:
        return self.policy


class Sign(models.Model):
    """Something that ends an embargo early and is no part of the CVD model."""

    class Kind(models.TextChoices):
        LEAK = "leak"
        PUBLIC_FIX = "public fix"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="signs")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "kind"], name="sign_once")]

    def __str__(self) -> str:
        return self.kind
