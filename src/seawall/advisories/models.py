"""Advisories with their revisions and documents."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from seawall.cases.models import Case
from seawall.ledger.as_written import WrittenJSON
from seawall.parties import sealing

BULKY = ("sealed_documents", "public_documents")
"""What a list does not need to load."""


class Advisory(models.Model):
    """The statement about one case. Its number is its tracking id in every document."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="advisory")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "advisories"
        ordering = ["-year", "-number"]
        constraints = [models.UniqueConstraint(fields=["year", "number"], name="advisory_number")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"SEAWALL-{self.year}-{self.number:04d}"


class Revision(models.Model):
    """One validated state of an advisory: all documents, consistent with each other."""

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    summary = models.CharField(max_length=300)
    facts_digest = models.CharField(max_length=64)
    """sha256 of everything but times and revision numbers: tells whether anything changed."""
    sealed_documents = models.BinaryField(default=b"")
    """The documents while they are not published, sealed under the case's key."""
    public_documents: Any = WrittenJSON(null=True)
    """The documents once they are published; their digests are in the ledger."""
    left_out: Any = models.JSONField(default=dict)
    """Document → why it cannot be written yet."""
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    _drafted = sealing.sealed_json(
        "sealed_documents",
        what="revision.documents",
        place=lambda row: f"{row.advisory_id} {row.number}",
        key=lambda row: row.advisory.case.key_id,
    )

    class Meta:
        ordering = ["advisory", "number"]
        constraints = [
            models.UniqueConstraint(fields=["advisory", "number"], name="revision_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="revision_from_one"),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(published_at__gte=F("made_at")),
                name="revision_published_after_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.advisory} revision {self.number}"

    @property
    def documents(self) -> Any:
        """File name → document. Raises Shredded when they were never published and the case was
        shredded."""
        if self.published_at is not None and self.public_documents is not None:
            return self.public_documents
        return self._drafted

    @documents.setter
    def documents(self, documents: Any) -> None:
        self._drafted = documents

    def open_documents(self) -> None:
        """Keep the documents in the clear, as they are made public; save both columns then."""
        self.public_documents, self.sealed_documents = self.documents, b""
