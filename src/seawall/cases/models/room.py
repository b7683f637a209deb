"""The case room: who takes part, who may read how much, messages, files, credits, handovers."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from seawall.cases.models.case import Case
from seawall.core.public_ids import public_id
from seawall.parties import sealing
from seawall.parties.models import Party, Person
from seawall.vocab.access import Part, Tier
from seawall.vocab.cases import ReportState
from seawall.vocab.findings import CreditWish
from seawall.vocab.tlp import Tlp

_TIERS = [(t.value, t.name) for t in Tier]


class Participant(models.Model):
    """A party in a case, with its part, its tier, its own report state and its consent to the
    embargo (Vultron: participant status)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="participants")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="participations")
    part = models.CharField(max_length=20, choices=[(p.value, p.value) for p in Part])
    tier = models.PositiveSmallIntegerField(choices=_TIERS)
    report_state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in ReportState],
        default=ReportState.RECEIVED.value,
    )
    consented_until = models.DateTimeField(null=True)
    """The end of the embargo that the party accepted; consent covers any embargo that ends then
    or sooner."""
    brought_by = models.CharField(max_length=120)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "party", "part"],
                condition=Q(left_at=None),
                name="participant_once",
            )
        ]
        indexes = [models.Index(fields=["party", "left_at", "case"], name="participant_of_party")]

    def __str__(self) -> str:
        return f"{self.party} as {self.part}"


class ReadIn(models.Model):
    """A tier granted to one person or one party for a time, with sponsor and reason."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="read_ins")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="read_ins")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="read_ins")
    tier = models.PositiveSmallIntegerField(choices=_TIERS)
    sponsor = models.CharField(max_length=120)
    reason = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, party__isnull=False) | Q(person__isnull=False, party=None),
                name="read_in_person_or_party",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="read_in_lasts"),
            models.CheckConstraint(condition=~Q(reason=""), name="read_in_has_reason"),
        ]


class Bar(models.Model):
    """A person or party kept out of a case; wins over every grant."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="bars")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="bars")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="bars")
    reason = models.TextField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, party__isnull=False) | Q(person__isnull=False, party=None),
                name="bar_person_or_party",
            )
        ]


class Message(models.Model):
    """One message in a room. `sealed` is the text under the case's key; give it the case's key
    (`cases.keys.key_of`) before `text` is set, after all other columns."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="messages")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    tier = models.PositiveSmallIntegerField(choices=_TIERS, default=Tier.T2.value)
    """Who reads it: those read in to this tier at least."""
    tlp = models.CharField(max_length=20, choices=[(t.value, t.value) for t in Tlp], blank=True)
    """A marking stricter than the case's; "" for the case's."""
    sealed = models.BinaryField()
    mail_id = models.CharField(max_length=255, null=True, unique=True)
    """Names the mail it came by, whose sender is only claimed; null for what was written here."""

    text = sealing.sealed_text(
        "sealed",
        what="message.text",
        place=lambda row: f"{row.case_id} {row.by} {sealing.exact(row.at)}",
        key=lambda row: row.case.key_id,
    )

    class Meta:
        ordering = ["at", "id"]

    @property
    def public_id(self) -> str:
        return public_id("MSG", year=self.at.year, number=self.pk)


class RoomFile(models.Model):
    """A file in a room, sealed under the case's key in the blobs."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="files")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="files")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=200)
    size_bytes = models.BigIntegerField()
    blob = models.CharField(max_length=200)
    """Where the sealed bytes are."""
    tier = models.PositiveSmallIntegerField(choices=_TIERS, default=Tier.T2.value)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public_id("FILE", year=self.at.year, number=self.pk)


class HandlingId(models.Model):
    """What another coordinator, vendor or system calls this case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="handling_ids")
    system = models.CharField(max_length=60)
    """"VINCE", "GitHub", "JVN", …"""
    text = models.CharField(max_length=200)
    url = models.CharField(max_length=500, blank=True, default="")
    added_by = models.CharField(max_length=120)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "system", "text"], name="handling_id_once")
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.text}"


class RelayHop(models.Model):
    """One passing on of the case, in or out; together the relay chain."""

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="hops")
    direction = models.CharField(max_length=3, choices=Direction)
    sender = models.CharField(max_length=200)
    receiver = models.CharField(max_length=200)
    system = models.CharField(max_length=60, blank=True, default="")
    tier = models.PositiveSmallIntegerField(choices=_TIERS)
    """How much was passed on."""
    at = models.DateTimeField()
    key = models.CharField(max_length=120, null=True, unique=True)
    """What asked for it, so that a job that runs twice passes on once."""

    class Meta:
        ordering = ["at", "id"]


class Credit(models.Model):
    """How one finder or helper is named in the advisory."""

    class Role(models.TextChoices):
        FINDER = "finder"
        REPORTER = "reporter"
        ANALYST = "analyst"
        COORDINATOR = "coordinator"
        REMEDIATION_DEVELOPER = "remediation developer"
        REMEDIATION_VERIFIER = "remediation verifier"
        TOOL = "tool"
        OTHER = "other"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="credits")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=30, choices=Role)
    wish = models.CharField(max_length=20, choices=[(w.value, w.value) for w in CreditWish])
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "name", "role"], name="credit_once")]


class CapacityBudget(models.Model):
    """How many cases a vendor takes, and how; without a row the default of `core.capacity`."""

    party = models.OneToOneField(Party, on_delete=models.CASCADE, related_name="capacity")
    per_week = models.PositiveIntegerField()
    """Cases handed over in any seven days."""
    open_at_once = models.PositiveIntegerField()
    """Cases handed over and not yet fixed."""
    batch = models.PositiveIntegerField(default=1)
    """Cases wait until so many are ready, at most a week."""
    raw_feed = models.BooleanField(default=False)
    """Opted in to see unproven findings on their products too."""
    products: Any = models.JSONField(default=list)
    """Beginnings of the targets that are this vendor's, such as "pkg:pypi/jinja2"; the house says
    which, and the raw feed shows no others."""
    paused_until = models.DateTimeField(null=True)
    updated_by = models.CharField(max_length=120)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(per_week__gte=1, open_at_once__gte=1, batch__gte=1),
                name="capacity_positive",
            )
        ]


class Handover(models.Model):
    """A case on its way to a vendor: it waits for readiness and capacity, then is handed over."""

    class State(models.TextChoices):
        WAITING = "waiting"
        HANDED_OVER = "handed over"
        ACKNOWLEDGED = "acknowledged"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="handovers")
    vendor = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="handovers")
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    urgent = models.BooleanField(default=False)
    """Goes before the budget: attacks were observed, or the deadline is near."""
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    override = models.TextField(blank=True, default="")
    """Why a lead wants it handed over although it is not response-ready; "" to wait."""
    batch_key = models.CharField(max_length=80, blank=True, default="")
    handed_over_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "vendor"],
                condition=~Q(state__in=["withdrawn", "declined"]),
                name="handover_once",
            )
        ]
        indexes = [models.Index(fields=["vendor", "state"], name="handover_queue")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"H-{self.pk}"
