"""Parties and the API tokens of this installation."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Party(models.Model):
    """An organisation, person or program; one may hold several roles (ISO/IEC 29147)."""

    class Kind(models.TextChoices):
        ORGANISATION = "organisation"
        PERSON = "person"
        PROGRAM = "program"

    class Role(models.TextChoices):
        FINDER = "finder"
        REPORTER = "reporter"
        VENDOR = "vendor"
        COORDINATOR = "coordinator"
        DEPLOYER = "deployer"
        AUTHORITY = "authority"
        LAB = "lab"
        EVALUATOR = "evaluator"

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ORGANISATION)
    roles: Any = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "parties"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="party_name"),
            models.CheckConstraint(condition=~Q(name=""), name="party_has_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return f"P-{self.pk}"


class Scope(models.TextChoices):
    """What a token may be used for."""

    READ = "read"
    SUBMIT = "submit"
    COORDINATE = "coordinate"


class ApiToken(models.Model):
    """A bearer token. Only its digest is kept: sha256 suffices for 256 random bits."""

    key = models.CharField(max_length=16, unique=True)
    """The public part, by which the token is found and named."""
    digest = models.BinaryField(max_length=32)
    label = models.CharField(max_length=100, default="", blank=True)
    scopes: Any = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="token_expires_later"
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def public_id(self) -> str:
        return self.key
