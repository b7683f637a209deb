"""Assets with their components, the catalogue of advisories, and where the two meet."""

from typing import Any

from django.db import models
from django.db.models import Q

from seawall.parties.models import Party
from seawall.vocab.ssvc import SystemClass


class Asset(models.Model):
    """A deployed system of a party."""

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="assets")
    name = models.CharField(max_length=200)
    system_class = models.CharField(
        max_length=30, choices=[(c.value, c.value) for c in SystemClass]
    )
    publicly_exposed = models.BooleanField(null=True)
    """None: nobody said."""
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="asset_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return f"A-{self.pk}"


class Sbom(models.Model):
    """One imported SBOM of an asset; the newest is the current one."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="sboms")
    digest = models.CharField(max_length=64)
    """sha256 of the file as imported, hex; the file itself is in the blobs."""
    format = models.CharField(max_length=20)
    spec_version = models.CharField(max_length=20)
    document_name = models.CharField(max_length=300, blank=True)
    unusable: Any = models.JSONField(default=list)
    is_current = models.BooleanField(default=True)
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ["-imported_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asset"], condition=Q(is_current=True), name="sbom_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.imported_at:%Y-%m-%d}"

    @property
    def public_id(self) -> str:
        return f"S-{self.pk}"


class AssetComponent(models.Model):
    """A component as its SBOM lists it."""

    sbom = models.ForeignKey(Sbom, on_delete=models.CASCADE, related_name="components")
    ref = models.CharField(max_length=500)
    name = models.CharField(max_length=300)
    version = models.CharField(max_length=200, blank=True)
    purl = models.CharField(max_length=1000, blank=True, db_index=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.purl or self.name


class CatalogueDocument(models.Model):
    """An imported advisory document, kept as it came."""

    class Format(models.TextChoices):
        OSV = "osv"
        CSAF = "csaf"

    format = models.CharField(max_length=10, choices=Format)
    document_id = models.CharField(max_length=200)
    """The id that the document gives itself."""
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    """zstd of the canonical JSON."""
    source = models.CharField(max_length=300)
    """File or feed it came from, as the importer named it."""
    modified_at = models.DateTimeField(null=True)
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["format", "document_id"], name="catalogue_document")
        ]

    def __str__(self) -> str:
        return self.document_id


class KevEntry(models.Model):
    """A vulnerability that the KEV catalogue lists."""

    cve = models.CharField(max_length=30, primary_key=True)
    added_date = models.DateField()
    due_date = models.DateField()
    vendor = models.CharField(max_length=200)
    product = models.CharField(max_length=300)
    ransomware = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.cve


class SsvcDecision(models.Model):
    """SSVC decision points of a CVE, as a coordinator published them."""

    cve = models.CharField(max_length=30, primary_key=True)
    exploitation = models.CharField(max_length=20, blank=True)
    automatable = models.CharField(max_length=10, blank=True)
    technical_impact = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.cve


class CatalogueState(models.Model):
    """When a catalogue was last imported; a catalogue without a row was never imported."""

    name = models.CharField(max_length=40, primary_key=True)
    version = models.CharField(max_length=100)
    entries = models.PositiveIntegerField()
    imported_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Exposure(models.Model):
    """An advisory that meets a component of an asset."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="exposures")
    vulnerability = models.CharField(max_length=200)
    """The identifier people use: the CVE if there is one."""
    identifiers: Any = models.JSONField(default=list)
    purl = models.CharField(max_length=1000)
    component = models.CharField(max_length=300)
    version = models.CharField(max_length=200)
    fixed_versions: Any = models.JSONField(default=list)
    why = models.TextField()
    severity = models.CharField(max_length=200, blank=True)
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_because = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "vulnerability", "purl"],
                condition=Q(closed_at=None),
                name="exposure_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.vulnerability} in {self.purl}"

    @property
    def public_id(self) -> str:
        return f"X-{self.pk}"
