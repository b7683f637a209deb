"""The Merkle log of events, its subtrees and head, and the outbox."""

from typing import Any

from django.db import models
from django.db.models import Q


class Event(models.Model):
    """One leaf. `entry` is the canonical JSON that is hashed, with the salt when there is one; the
    other columns repeat it for searching and are checked against it by `verify`."""

    index = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    by = models.CharField(max_length=120)
    what = models.CharField(max_length=80, db_index=True)
    on = models.CharField(max_length=200, db_index=True)
    entry = models.TextField()
    salt = models.BinaryField(max_length=16, default=b"")
    """Hides the entry of an event that is not public in its leaf; see `leaves`."""
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["index"]
        constraints = [models.CheckConstraint(condition=Q(index__gte=0), name="event_index")]
        indexes = [models.Index(fields=["by", "index"], name="event_by")]

    def __str__(self) -> str:
        return f"{self.index} {self.what} {self.on}"


class Subtree(models.Model):
    """The hash of a complete subtree above the leaves; see `signing.merkle`."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="subtree_place")]


class Head(models.Model):
    """The tree's size and the roots of its complete subtrees, largest first, 32 bytes each.

    The one row is locked by whoever appends, so that events have no gaps.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    peaks = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="head_single")]


class Checkpoint(models.Model):
    """The log's signed word for its root at one size; there is never a second one for a size."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    text = models.TextField()
    """The signed note (C2SP tlog-checkpoint) with the log's signature."""
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["size"]
        constraints = [models.CheckConstraint(condition=Q(size__gte=0), name="checkpoint_size")]

    def __str__(self) -> str:
        return f"checkpoint of {self.size}"


class Cosignature(models.Model):
    """A witness's word that a checkpoint extends all that it saw of this log before."""

    checkpoint = models.ForeignKey(
        Checkpoint, on_delete=models.PROTECT, related_name="cosignatures"
    )
    witness = models.CharField(max_length=255)
    """The name in its key."""
    line = models.TextField()
    """The signature line (C2SP tlog-cosignature), with its newline."""
    signed_at = models.DateTimeField()
    """When, by the witness's clock."""

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "witness"], name="cosignature_once")
        ]

    def __str__(self) -> str:
        return f"{self.witness} on {self.checkpoint_id}"


class LedgerCheck(models.Model):
    """One full check of the ledger that somebody asked for, and what it found."""

    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    size = models.BigIntegerField()
    """How many events there were when it was asked for."""
    done = models.BigIntegerField(default=0)
    """How many are checked so far."""
    finished_at = models.DateTimeField(null=True)
    problems: Any = models.JSONField(default=list)
    """Sentences; empty when the ledger is sound."""
    root = models.CharField(max_length=64, blank=True, default="")
    """The root that was recomputed from the entries, hex."""

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"LC-{self.pk}"


class Outbox(models.Model):
    """Follow-up work, written in the transaction that makes it necessary."""

    topic = models.CharField(max_length=80)
    key = models.CharField(max_length=200, null=True, unique=True)
    """Names the work, so that who asks for it twice gets it once; null for no name."""
    ids = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    """Set when the work was given up; `problem` says why."""
    problem = models.TextField(default="", blank=True)

    class Meta:
        verbose_name_plural = "outbox"
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(done_at=None, failed_at=None),
                name="outbox_due",
            ),
            models.Index(fields=["id"], condition=Q(failed_at__isnull=False), name="outbox_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.ids}"
