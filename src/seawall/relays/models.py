"""Cases that are passed on, and AIxCC-style tasks with what was submitted to them."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from seawall.cases.models import CandidateFix, Case
from seawall.findings.models import Report
from seawall.parties.models import Party


class Relay(models.Model):
    """One passing on of a case to a receiver through a system."""

    class System(models.TextChoices):
        VINCE = "VINCE"
        GITHUB = "GitHub"
        MAIL = "mail"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        REFUSED = "refused"
        """Our rules or the receiver said no; asking again may help once that has changed."""
        UNCLEAR = "unclear"
        """The receiver may have it: somebody has to look before it is sent again."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="relays")
    system = models.CharField(max_length=10, choices=System)
    target = models.CharField(max_length=254, blank=True, default="")
    """Where to: "owner/repo", a mail address; "" for VINCE."""
    receiver = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="relays")
    """A participant of the case: its tier says how much is passed on."""
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    their_id = models.CharField(max_length=200, blank=True, default="")
    their_state = models.CharField(max_length=40, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    """sha256 of what was sent."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "system", "target"], name="relay_once"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="relay_sent_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} to {self.system} {self.target}".strip()

    @property
    def public_id(self) -> str:
        return f"RL-{self.pk}"


class Task(models.Model):
    """A challenge to which proofs, patches and SARIF are submitted (AIxCC competition API)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    label = models.CharField(max_length=200)
    target = models.CharField(max_length=500)
    """The purl, with version, or the repository that the task is about."""
    template: Any = models.JSONField(default=dict)
    """Fuzzer name → `reproducer.toml` that runs a test case called `testcase`; may be empty."""
    deadline_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.label

    @property
    def public_id(self) -> str:
        return str(self.id)


class Submission(models.Model):
    """One thing submitted to a task by a party: a proof, a patch, or SARIF."""

    class Kind(models.TextChoices):
        POV = "pov"
        PATCH = "patch"
        SARIF = "sarif"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="submissions")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    """Who submitted it; null for the installation itself."""
    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.CharField(max_length=64)
    """sha256 of what was submitted: the same again is the same submission."""
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True)
    """Of a proof or SARIF."""
    key_id = models.CharField(max_length=64, blank=True, default="")
    diff = models.BinaryField(default=b"")
    """Of a patch, sealed, until a bundle says to which case it belongs."""
    fix = models.ForeignKey(CandidateFix, on_delete=models.SET_NULL, null=True)
    is_late = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "party", "kind", "digest"], name="submission_once"
            ),
            models.UniqueConstraint(
                fields=["task", "kind", "digest"],
                condition=Q(party=None),
                name="submission_once_nobody",
            ),
        ]

    @property
    def public_id(self) -> str:
        return str(self.id)


class Bundle(models.Model):
    """What a party says belongs together: a proof, the patch that ends it, SARIF about it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="bundles")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    pov = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="+")
    patch = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="+")
    sarif = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="+")
    description = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]

    @property
    def public_id(self) -> str:
        return str(self.id)
