"""Trusted partners: applications, what was found of the criteria, and who chose them."""

from typing import Any

from django.db import models
from django.db.models import Q

from seawall.core.public_ids import public_id
from seawall.parties.models import Party
from seawall.vocab.reviews import PartnerKind, PartnerState, Voice


class Partner(models.Model):
    """A party that applied to use one lab's models before their release."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="partnerships")
    lab = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="partners")
    kind = models.CharField(max_length=40, choices=[(k.value, k.value) for k in PartnerKind])
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in PartnerState],
        default=PartnerState.APPLIED.value,
    )
    statement = models.TextField()
    """What it wants the model for, and how it will use it."""
    contact = models.CharField(max_length=200, blank=True, default="")
    criteria: Any = models.JSONField(default=list)
    """[{id, met, note, by, at}]: what was found of each criterion of the regime."""
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    refused_because = models.TextField(blank=True, default="")
    appeal = models.TextField(blank=True, default="")
    appealed_at = models.DateTimeField(null=True)
    designated_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    renewals = models.PositiveIntegerField(default=0)
    revoked_because = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["party", "lab"],
                condition=~Q(
                    state__in=[
                        PartnerState.REFUSED.value,
                        PartnerState.EXPIRED.value,
                        PartnerState.REVOKED.value,
                        PartnerState.WITHDRAWN.value,
                    ]
                ),
                name="partner_applies_once",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("T", year=self.made_at.year, number=self.pk)


class Selection(models.Model):
    """What one of the two voices said about an application; a later word replaces the earlier."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="selections")
    voice = models.CharField(max_length=12, choices=[(v.value, v.value) for v in Voice])
    yes = models.BooleanField()
    because = models.TextField(blank=True, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
