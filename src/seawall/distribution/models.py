"""What left this installation and what came back: releases in the feed, operators' receipts and
the keys that sign them, recipients of the restricted lane and what was delivered to them."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from seawall.advisories.models import Release
from seawall.cases.models import Case
from seawall.core.public_ids import public_id
from seawall.formats.receipt import ReceiptKind
from seawall.parties.models import Party
from seawall.vocab.access import Tier

_TIERS = [(Tier.T2.value, Tier.T2.name), (Tier.T3.value, Tier.T3.name)]


class FeedState(models.Model):
    """What the last attempt to publish came to; one row. The tree itself says what is in it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    tried_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    """When the tree last changed."""
    tree_version = models.BigIntegerField(default=0)
    """The version of the tree with which the rows of `Published` were last compared."""
    problem = models.TextField(blank=True, default="")
    """Why releases wait, in a sentence; "" when they do not."""

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="feed_state_single")]


class Published(models.Model):
    """A release that is in the public tree. The tree is the truth: rows follow it."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="published")
    at = models.DateTimeField()
    """When it became part of the tree."""
    target_digest = models.CharField(max_length=64)
    """sha256, hex, of the release bundle as it lies there."""
    snapshot_version = models.PositiveIntegerField()
    timestamp_version = models.PositiveIntegerField()
    replaced = models.BooleanField(default=False)
    """A newer revision went into the tree in its stead."""

    class Meta:
        verbose_name_plural = "published"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.release} in the feed"


class ClientKey(models.Model):
    """A key with which an operator's client signs receipts. Its row stays when it is revoked, so
    that nobody registers it again."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="client_keys")
    public_key = models.CharField(max_length=64, unique=True)
    """The 32 bytes of an Ed25519 key, hex."""
    name = models.CharField(max_length=100)
    """What the party calls it, such as the machine it is on."""
    registered_by = models.CharField(max_length=120)
    registered_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"CK-{self.pk}"


class SignedReceipt(models.Model):
    """An operator's signed word that a release arrived, or was installed."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="signed_receipts")
    key = models.ForeignKey(ClientKey, on_delete=models.PROTECT, related_name="receipts")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in ReceiptKind])
    digest = models.CharField(max_length=64)
    """sha256, hex, of the signed payload."""
    asset = models.CharField(max_length=200, blank=True, default="")
    """The party's own name of a system, "" when it does not say."""
    component = models.CharField(max_length=500, blank=True, default="")
    before = models.CharField(max_length=200, blank=True, default="")
    after = models.CharField(max_length=200, blank=True, default="")
    client = models.CharField(max_length=100, blank=True, default="")
    at = models.DateTimeField()
    """When it happened, as the client says."""
    received_at = models.DateTimeField()
    envelope = models.TextField()
    """The DSSE envelope, as evidence."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["key", "digest"], name="signed_receipt_once")
        ]
        indexes = [
            models.Index(fields=["release", "kind", "at"], name="receipt_of_release"),
            models.Index(fields=["party", "asset"], name="receipt_of_asset"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("RC", year=self.received_at.year, number=self.pk)


class Recipient(models.Model):
    """A party that gets what is not public, encrypted to a key of its own, for a time. What it
    may get of a case is for the case's access to say; this says where to and at most what."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="recipients")
    age_key = models.CharField(max_length=100)
    """An age X25519 recipient, "age1…"."""
    tier = models.PositiveSmallIntegerField(choices=_TIERS)
    sponsor = models.CharField(max_length=120)
    """Who vouches for it."""
    reason = models.TextField()
    added_by = models.CharField(max_length=120)
    added_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["party", "age_key"], condition=Q(revoked_at=None), name="recipient_once"
            ),
            models.CheckConstraint(
                condition=Q(tier__in=[Tier.T2.value, Tier.T3.value]), name="recipient_tier"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="recipient_has_reason"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("added_at")), name="recipient_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.party}"

    @property
    def public_id(self) -> str:
        return f"RP-{self.pk}"


class Delivery(models.Model):
    """One encrypted copy for one recipient, with marks that tell it from every other copy."""

    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="deliveries")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="deliveries")
    parts: Any = models.JSONField(default=list)
    """Which of "documents", "patch", "reproducer" it holds."""
    mark = models.CharField(max_length=32, unique=True)
    """Names the copy, hex; its covert marks follow from it and a key that only the house has."""
    path = models.CharField(max_length=140, unique=True)
    """Where the ciphertext lies in the restricted tree; says nothing."""
    plaintext_digest = models.CharField(max_length=64)
    """sha256 of the archive with its padding, hex."""
    ciphertext_digest = models.CharField(max_length=64)
    ciphertext_bytes = models.BigIntegerField()
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)
    """When it became part of the restricted tree."""
    fetched_at = models.DateTimeField(null=True)
    """When the recipient's party first downloaded it."""
    removed_at = models.DateTimeField(null=True)
    """When its ciphertext left the tree: the recipient's time was over, or the case was
    shredded."""

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("D", year=self.made_at.year, number=self.pk)
