"""Advisories with their revisions, documents and signed releases."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from seawall.cases.models import Case
from seawall.ledger.as_written import WrittenJSON
from seawall.parties import sealing

SEALED = ("sealed_documents", "sealed_fixes")
BULKY = (*SEALED, "public_documents", "public_fixes")
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
    sealed_fixes = models.BinaryField(default=b"")
    """How each package is mended, while it is not published, sealed as the documents are."""
    public_fixes: Any = WrittenJSON(null=True)
    """The same once it is published: package, version and sha256 of the patch each."""
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
    _drafted_fixes = sealing.sealed_json(
        "sealed_fixes",
        what="revision.fixes",
        place=lambda row: f"{row.advisory_id} {row.number}",
        key=lambda row: row.advisory.case.key_id,
        empty=lambda: None,
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

    @property
    def fixes(self) -> Any:
        """A list of {package, version, patch}; None for drafts from before these were kept.
        Raises as `documents` does."""
        if self.published_at is not None and self.public_fixes is not None:
            return self.public_fixes
        return self._drafted_fixes

    @fixes.setter
    def fixes(self, fixes: Any) -> None:
        self._drafted_fixes = fixes

    def open_documents(self) -> None:
        """Keep what is sealed in the clear, as it is made public; save the bulky columns then."""
        self.public_documents, self.sealed_documents = self.documents, b""
        self.public_fixes, self.sealed_fixes = self.fixes, b""


class Release(models.Model):
    """A published revision as it was signed and logged, in the transaction that published it."""

    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="release")
    bundle = models.TextField()
    """The release bundle (formats.release_bundle), to the byte in UTF-8."""
    digest = models.CharField(max_length=64, unique=True)
    """sha256, hex, of the signed payload; the ledger's event names it."""
    event_index = models.BigIntegerField(unique=True)
    released_at = models.DateTimeField()

    class Meta:
        ordering = ["event_index"]

    def __str__(self) -> str:
        return f"release of {self.revision}"


class Patch(models.Model):
    """A patch that a release names and signs; public."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()

    class Meta:
        verbose_name_plural = "patches"

    def __str__(self) -> str:
        return self.sha256
