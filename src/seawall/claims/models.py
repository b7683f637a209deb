"""Scan claims, questions about them, and sessions of private matching."""

from django.db import models
from django.db.models import F, Q

from seawall.claims.scope import Scope
from seawall.core.match_rules import Progress
from seawall.core.public_ids import public_id
from seawall.parties.models import Party
from seawall.vocab.claims import Lease, Sharing


class ScanClaim(models.Model):
    """A lease on a target: who scans it, with which model, until when. It blocks nobody."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="claims")
    target = models.CharField(max_length=500)
    component = models.CharField(max_length=300, db_index=True)
    """The bare name of the target, under which claims on the same are looked for."""
    versions = models.TextField()
    model = models.CharField(max_length=200)
    """The model or tool."""
    model_version = models.CharField(max_length=100, blank=True, default="")
    purpose = models.CharField(max_length=500, blank=True, default="")
    exclusive = models.BooleanField(default=False)
    sharing = models.CharField(
        max_length=40, choices=[(s.value, s.value) for s in Sharing], default=Sharing.NAME.value
    )
    starts_at = models.DateTimeField()
    until_at = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    renewals = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    finished = models.BooleanField(default=False)
    ended_because = models.CharField(max_length=500, blank=True, default="")
    report = models.CharField(max_length=40, blank=True, default="")
    """Public id of the report that came of the scan, "" when there is none."""
    ending_noted = models.DateTimeField(null=True)
    """The end of which its party was told that it is near."""
    end_noted = models.BooleanField(default=False)
    salt = models.BinaryField(max_length=16)
    """Hides what the ledger's commitment to this claim is over."""

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["component", "until_at"], name="claim_on")]
        constraints = [
            models.CheckConstraint(condition=~Q(target=""), name="claim_has_target"),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("starts_at")), name="claim_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(finished=False) | Q(ended_at__isnull=False), name="claim_finished_ended"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("S", year=self.made_at.year, number=self.pk)

    def lease(self) -> Lease:
        return Lease(
            starts_at=self.starts_at,
            until_at=self.until_at,
            ended_at=self.ended_at,
            finished=self.finished,
        )

    def scope(self) -> Scope:
        return Scope(target=self.target, versions=self.versions)


class Asked(models.Model):
    """A question of a party about others' claims on a target; counted, and open to the house."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    component = models.CharField(max_length=300)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["party", "at"], name="asked_when")]


class MatchSession(models.Model):
    """Two parties who want to know which findings they both hold. The server relays blinded
    points and sealed answers, and forgets them when both sides have read theirs."""

    starter = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    joiner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=32, unique=True)
    """With the id, names the session in what is hashed; drawn for each session."""
    at_most = models.PositiveIntegerField()
    """Points that each side may send."""
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(starter=F("joiner")), name="match_two_parties"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="match_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"X-{self.pk}"

    @property
    def name(self) -> str:
        """What both sides hash the session by."""
        return f"{self.public_id}:{self.nonce}"

    def progress(self) -> Progress:
        hands = list(self.hands.all())
        return Progress(
            expires_at=self.expires_at,
            sent=len(hands),
            answered=sum(hand.answered_at is not None for hand in hands),
            ended=self.ended_at is not None,
        )


class MatchHand(models.Model):
    """What one side sent: points that only it can unblind, and an answer that only the other side
    can open. Both are emptied when they are no longer needed; the commitment stays."""

    session = models.ForeignKey(MatchSession, on_delete=models.CASCADE, related_name="hands")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveIntegerField()
    points = models.BinaryField()
    commitment = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    answer = models.BinaryField(default=b"")
    answered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    """When this side read the other's answer."""

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "party"], name="match_hand_once"),
        ]
