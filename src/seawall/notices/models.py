"""Channels to people and parties, what is to be told on them, and the deliveries of it."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from seawall.core.notice_rules import Pace
from seawall.parties.models import Party, Person


class Channel(models.Model):
    """One way to tell somebody: the mail of a person, at the address of their account, or a
    webhook of a party."""

    class Kind(models.TextChoices):
        MAIL = "mail"
        WEBHOOK = "webhook"

    kind = models.CharField(max_length=10, choices=Kind)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="channels")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, null=True, related_name="channels")
    url = models.CharField(max_length=2000, blank=True, default="")
    """Of a webhook."""
    key_id = models.CharField(max_length=64, blank=True, default="")
    """The data key of a webhook's secrets."""
    events: Any = models.JSONField(default=list)
    """The event words that are wanted; [] for all."""
    interval_minutes = models.PositiveIntegerField(default=60)
    per_day = models.PositiveIntegerField(default=24)
    is_on = models.BooleanField(default=True)
    """False: switched off by its owner."""
    failed_at = models.DateTimeField(null=True)
    """Set when a delivery was given up; nothing more is sent until somebody resumes it."""
    problem = models.CharField(max_length=300, blank=True, default="")
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, party__isnull=False) | Q(person__isnull=False, party=None),
                name="channel_of_person_or_party",
            ),
            models.CheckConstraint(
                condition=(Q(kind="webhook", party__isnull=False) & ~Q(url=""))
                | Q(kind="mail", person__isnull=False, url=""),
                name="channel_has_what_its_kind_needs",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(kind="mail"), name="channel_mail_of_person"
            ),
            models.CheckConstraint(
                condition=Q(interval_minutes__gte=1, per_day__gte=1), name="channel_pace"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"CH-{self.pk}"

    @property
    def works(self) -> bool:
        """Whether anything is sent on it."""
        return self.is_on and self.failed_at is None and self.ended_at is None

    def pace(self) -> Pace:
        return Pace(
            interval=timedelta(minutes=self.interval_minutes),
            per_day=self.per_day,
            urgent_share=self.per_day // 3,
        )


class Secret(models.Model):
    """A webhook's signing secret, sealed. While it is changed, the old one signs beside the new."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="secrets")
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    """None for the newest."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=Q(ends_at=None), name="secret_one_newest"
            )
        ]


class Delivery(models.Model):
    """One mail, or one webhook, with its attempts. What was said is not kept."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=64, unique=True)
    """The webhook's id, or the left part of the mail's Message-ID."""
    made_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")
    """Of the last attempt; "" when it succeeded."""
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        indexes = [models.Index(fields=["channel", "delivered_at"], name="delivery_of_channel")]
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(given_up_at=None), name="delivery_one_end"
            )
        ]

    def __str__(self) -> str:
        return self.key


class Notice(models.Model):
    """Something that happened, to be told on one channel."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="notices")
    key = models.CharField(max_length=100)
    """What happened: the index of the ledger's event, or the name of a clock's moment."""
    event = models.CharField(max_length=80)
    on = models.CharField(max_length=200, db_index=True)
    """"case:C-2026-000001" as the ledger names it."""
    facts: Any = models.JSONField(default=dict)
    """The states and dates of the ledger's event."""
    happened_at = models.DateTimeField()
    made_at = models.DateTimeField()
    urgent = models.BooleanField(default=False)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.SET_NULL, null=True, related_name="notices"
    )
    withheld_at = models.DateTimeField(null=True)
    """Set when it was not said at the moment of sending: the recipient may no longer know."""
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "key", "event"], name="notice_once")
        ]
        indexes = [
            models.Index(
                fields=["channel", "id"],
                condition=Q(delivery=None, withheld_at=None),
                name="notice_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} on {self.on}"

    @property
    def public_id(self) -> str:
        return f"N-{self.pk}"
