"""Reports as received, what was read from them, and links between findings.

What a report says (its bytes, attachments, findings, links) is sealed under the report's key; what
lists show and search by (titles, targets, severities, identifiers) is not.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q

from seawall.core.plain import from_plain
from seawall.core.public_ids import public_id
from seawall.dedup.links import Strength
from seawall.parties import sealing
from seawall.parties.models import Party
from seawall.vocab import findings as vocab
from seawall.vocab.cases import ReportState


class Report(models.Model):
    """One report; its identity is the digest of the bytes received."""

    digest = models.CharField(max_length=64, unique=True)
    format = models.CharField(max_length=20)
    size_bytes = models.BigIntegerField()
    provenance: Any = models.JSONField()
    """`vocab.findings.Provenance` as sent."""
    received_at = models.DateTimeField(db_index=True)
    key_id = models.CharField(max_length=64, blank=True, default="")
    """The data key of everything that the report says."""
    blob = models.CharField(max_length=64, blank=True, default="")
    """The sealed bytes as received; "" once they were shredded."""
    sealed_extra = models.BinaryField(default=b"")
    shredded_at = models.DateTimeField(null=True)
    """When the bytes were shredded, with all of its findings or with some of them."""

    extra = sealing.sealed_json(
        "sealed_extra",
        what="report.extra",
        place=lambda row: "",
        key=lambda row: row.key_id,
        empty=dict,
    )
    """What the sender said about the whole report beyond its findings."""

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("R", year=self.received_at.year, number=self.pk)

    def provenance_value(self) -> vocab.Provenance:
        return from_plain(vocab.Provenance, self.provenance)

    def finders(self) -> tuple[str, ...]:
        """Who found it: as the report says, else who sent it; empty when nobody is named."""
        said = self.provenance_value()
        senders = (receipt.reporter for receipt in self.receipts.all())
        return (
            said.finders
            or ((said.reporter,) if said.reporter else ())
            or tuple(str(sender) for sender in senders if sender is not None)
        )


class Receipt(models.Model):
    """One time that a report was received: who sent it, under which name. The same report from
    a second reporter is the same report with a second receipt."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="receipts")
    reporter = models.ForeignKey(Party, on_delete=models.PROTECT, null=True)
    sent_as = models.CharField(max_length=255)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "reporter"],
                condition=Q(reporter__isnull=False),
                name="receipt_once",
            ),
            models.UniqueConstraint(
                fields=["report"], condition=Q(reporter=None), name="receipt_once_nameless"
            ),
        ]


class RejectedPart(models.Model):
    """A part of a report that could not be read while the rest was kept; both what it was and why
    may quote the report."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="rejected_parts")
    sealed = models.BinaryField(default=b"")

    said = sealing.sealed_json(
        "sealed",
        what="rejected.part",
        place=lambda row: "",
        key=lambda row: row.report.key_id,
    )
    """[where it stood, why it could not be read]."""

    class Meta:
        ordering = ["id"]

    def value(self) -> vocab.RejectedPart:
        where, reason = self.said
        return vocab.RejectedPart(where=where, reason=reason)


class Attachment(models.Model):
    """A file that came with a report: the sha256 of its bytes, and where they are kept sealed."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=500)
    media_type = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, db_index=True)
    blob = models.CharField(max_length=64, blank=True, default="")
    size_bytes = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "name"], name="attachment_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Finding(models.Model):
    """One normalised weakness. `content` is the whole `vocab.findings.Finding`, sealed; the other
    columns repeat what lists search by.

    `lead` is the earliest finding of the same vulnerability, null when that is this one.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="findings")
    key = models.CharField(max_length=300)
    """Tells it from the others of its report: a keyed digest of the sender's own key."""
    title = models.CharField(max_length=500)
    target = models.CharField(max_length=500, db_index=True)
    component = models.CharField(max_length=300, db_index=True)
    """The bare name of the target, under which duplicates are looked for; "" when unknown."""
    severity = models.CharField(max_length=200)
    sealed = models.BinaryField(default=b"")
    shredded_at = models.DateTimeField(null=True)
    reproducer = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, related_name="proves"
    )
    reproducer_problem = models.TextField(default="", blank=True)
    """Why the reproducer cannot be run at all (it is no bundle that can be read); else ""."""
    lead = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="followers")
    received_at = models.DateTimeField(db_index=True)
    ecosystem = models.CharField(max_length=20, default="", blank=True)
    """The type of the target's purl; "" when the target is none."""
    score = models.PositiveSmallIntegerField(default=0)
    """The severity as ten times a CVSS base score; 0 when nothing is said."""
    sender = models.CharField(max_length=200, default="", blank=True)
    """The name of who first sent the report; "" when nobody is named."""
    level = models.PositiveSmallIntegerField(default=0)
    """The best evidence level; the validations say why."""
    verdict = models.CharField(max_length=20, default="", blank=True)
    """The verdict of the best validation; "" when no proof was run."""
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in ReportState],
        default=ReportState.RECEIVED.value,
    )
    """"received" while nothing is decided, "valid" once proven or accepted, "invalid" when a
    person said so."""
    decided_by = models.CharField(max_length=120, default="", blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_because = models.TextField(default="", blank=True)

    content = sealing.sealed_json(
        "sealed",
        what="finding.content",
        place=lambda row: row.key,
        key=lambda row: row.report.key_id,
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "key"], name="finding_key"),
            models.CheckConstraint(
                condition=Q(lead=None) | Q(lead__lt=F("id")), name="finding_lead_is_earlier"
            ),
        ]
        indexes = [
            models.Index(fields=["level", "id"], name="finding_by_level"),
            models.Index(fields=["score", "id"], name="finding_by_score"),
            models.Index(fields=["sender", "id"], name="finding_by_sender"),
            models.Index(fields=["state", "id"], name="finding_by_state"),
            models.Index(fields=["verdict", "id"], name="finding_by_verdict"),
            models.Index(fields=["ecosystem", "id"], name="finding_by_ecosystem"),
            # For conditions of which only all together leave few.
            models.Index(
                fields=["verdict", "state", "level", "ecosystem"], name="finding_narrowed"
            ),
            models.Index(
                fields=["sender", "verdict", "state", "level", "ecosystem"],
                name="finding_narrowed_by_sender",
                opclasses=["varchar_pattern_ops", "", "", "", ""],
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("F", year=self.received_at.year, number=self.pk)

    def value(self) -> vocab.Finding:
        """The finding as it was read at intake; raises Shredded."""
        return from_plain(vocab.Finding, self.content)


class Identifier(models.Model):
    """A public identifier (CVE, GHSA, …) that a finding names."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="identifiers")
    text = models.CharField(max_length=100, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["finding", "text"], name="identifier_once")]


class DuplicateLink(models.Model):
    """Two findings said to be one vulnerability, and why. Undone links stay, so that nobody
    links the pair again by machine and the history can be read."""

    earlier = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="later_links")
    later = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="earlier_links")
    signal = models.CharField(max_length=60)
    """The strongest signal in one word, such as "identifier"."""
    sealed_explanation = models.BinaryField(default=b"")
    strength = models.PositiveSmallIntegerField(choices=[(s.value, s.name) for s in Strength])
    joins = models.BooleanField()
    """False for a link that is only shown for a person to look at."""
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    undone_by = models.CharField(max_length=120, default="", blank=True)
    undone_at = models.DateTimeField(null=True)
    undone_because = models.TextField(default="", blank=True)

    explanation = sealing.sealed_text(
        "sealed_explanation",
        what="link.explanation",
        place=lambda row: f"{row.earlier_id} {row.later_id}",
        key=lambda row: row.later.report.key_id,
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later"], name="link_pair_once"),
            models.CheckConstraint(condition=Q(earlier__lt=F("later")), name="link_order"),
        ]
