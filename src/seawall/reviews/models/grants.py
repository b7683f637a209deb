"""Grants: one partner's access to one model, what it is bound to, and how it was used."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from seawall.core.public_ids import public_id
from seawall.reviews.models.partners import Partner
from seawall.reviews.models.submissions import Submission
from seawall.vocab.reviews import Provisioning


class Grant(models.Model):
    """One partner's access to one submission through the gateway, never beyond its window."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="grants")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="grants")
    alias = models.CharField(max_length=60, unique=True)
    """What the partner writes as `model`; says nothing about lab, model or other partners."""
    state = models.CharField(
        max_length=20,
        choices=[(p.value, p.value) for p in Provisioning],
        default=Provisioning.REQUESTED.value,
    )
    purpose = models.CharField(max_length=500)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    requests_per_minute = models.PositiveIntegerField(default=60)
    tokens_per_day = models.PositiveBigIntegerField(default=10_000_000)
    concurrent = models.PositiveIntegerField(default=8)
    """Requests that may run at once."""
    hours: Any = models.JSONField(default=list, blank=True)
    """The usual hours of use, as [from, to] in UTC; outside them is a signal, not a refusal."""
    retain_days = models.PositiveIntegerField(default=30)
    """How long transcripts are kept, as the terms say; 0 keeps none."""
    key_id = models.CharField(max_length=64, blank=True, default="")
    """The data key of its transcripts."""
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    provisioned_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "partner"],
                condition=~Q(state__in=[Provisioning.REVOKED.value, Provisioning.EXPIRED.value]),
                name="grant_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="grant_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("G", year=self.made_at.year, number=self.pk)


class BoundKey(models.Model):
    """A token of a grant and the key that it is bound to: without the key it is worthless
    (RFC 9449 DPoP, RFC 8705 mutual TLS)."""

    class Binding(models.TextChoices):
        DPOP = "dpop"
        MTLS = "mtls"

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="keys")
    binding = models.CharField(max_length=5, choices=Binding)
    thumbprint = models.CharField(max_length=43)
    """base64url without padding: the JWK's (RFC 7638) or the certificate's sha256."""
    certificate = models.TextField(blank=True, default="")
    """The partner's certificate as PEM for mutual TLS; a self-signed one will do."""
    token_digest = models.CharField(max_length=64, unique=True)
    """sha256, hex, of the access token; the token itself is shown once."""
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]


class Call(models.Model):
    """One request through the gateway: what it took, and the commitment to what was said."""

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="calls")
    key = models.ForeignKey(BoundKey, on_delete=models.SET_NULL, null=True, related_name="calls")
    """The token that was used."""
    proof = models.CharField(max_length=43, unique=True, null=True)
    """Digest of the DPoP proof that authorised it, so that none is used twice, also after a
    restart (RFC 9449 §11.1); None for mutual TLS."""
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    path = models.CharField(max_length=100)
    status = models.PositiveSmallIntegerField(default=0)
    """HTTP status given to the partner; 0 while it runs."""
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    commitment = models.CharField(max_length=64, blank=True, default="")
    """sha256, hex, over a salt, the request and the answer; over salt and request while it
    runs. See docs/adr/0009-what-the-gateway-makes-durable.md."""
    batch = models.BigIntegerField(null=True, db_index=True)
    """The event of the ledger whose Merkle root covers the commitment; None while it runs."""
    transcript = models.CharField(max_length=64, blank=True, default="")
    """The sealed blob of salt, request and answer; "" when none is kept, or no longer."""
    cut = models.CharField(max_length=60, blank=True, default="")
    """Why the answer was cut off; "" when it was not."""

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["grant", "started_at"], name="call_of_grant")]


class AbuseSignal(models.Model):
    """Something about a grant's use that the official should look at; it refuses nothing."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=40)
    """"bulk pull", "off purpose", "odd hours", "stolen token", …"""
    at = models.DateTimeField()
    facts: Any = models.JSONField(default=dict)
    seen_by = models.CharField(max_length=120, blank=True, default="")
    seen_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["grant", "at"], name="signal_of_grant")]
