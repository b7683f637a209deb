"""Private banks of items."""

from django.db import models

from seawall.parties import sealing


class PrivateBank(models.Model):
    """A sealed bank made of validated cases. Its root stands in the ledger; what it is sealed
    with is itself sealed under a data key of this installation."""

    name = models.CharField(max_length=100, unique=True)
    root = models.CharField(max_length=64)
    """Merkle root over its items, hex."""
    size = models.PositiveIntegerField()
    """Items in it."""
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=64)
    sealed_key = models.BinaryField(default=b"")
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    key = sealing.sealed_text(
        "sealed_key",
        what="bank.key",
        place=lambda row: row.root,
        key=lambda row: row.key_id,
    )
    """The bank's key, hex."""

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return f"B-{self.pk}"
