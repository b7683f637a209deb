"""Parties, the people in them, how they sign in, their API tokens, and approvals by four eyes."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from seawall.core.four_eyes import Grave
from seawall.vocab.access import MemberRole


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
        OFFICIAL = "official"
        """The government's office that determines and, with the lab, selects partners."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ORGANISATION)
    roles: Any = models.JSONField(default=list)
    is_house = models.BooleanField(default=False)
    """Whether this party runs the installation: its members are the coordinators here."""
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "parties"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="party_name"),
            models.CheckConstraint(condition=~Q(name=""), name="party_has_name"),
            models.UniqueConstraint(
                fields=["is_house"], condition=Q(is_house=True), name="party_one_house"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return f"P-{self.pk}"


class PersonManager(BaseUserManager["Person"]):
    """Finds people by e-mail address, letter case aside."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who can sign in. `password` is unusable for who signs in by passkey or OIDC only."""

    email = models.EmailField(max_length=254, unique=True)
    """Lower case."""
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    session_epoch = models.PositiveIntegerField(default=0)
    """Counting it up ends all sessions of this person at once."""
    language = models.CharField(max_length=10, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name_plural = "people"
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="person_email_lower")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return f"U-{self.pk}"

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """What a session must hold to count: changes with the password and the epoch."""
        text = f"{self.password}:{self.session_epoch}"
        salt = "seawall.parties.Person"
        return salted_hmac(salt, text, secret=secret, algorithm="sha256").hexdigest()


class Membership(models.Model):
    """A person in a party. It is never deleted: `ended_at` ends it at once, everywhere."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(r.value, r.value) for r in MemberRole])
    is_admin = models.BooleanField(default=False)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "party"], condition=Q(ended_at=None), name="membership_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.party}"


class Invitation(models.Model):
    """A link that lets somebody join a party; only the digest of its secret is kept."""

    digest = models.BinaryField(max_length=32, unique=True)
    email = models.EmailField(max_length=254)
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=[(r.value, r.value) for r in MemberRole])
    is_admin = models.BooleanField(default=False)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"I-{self.pk}"


class ResetLink(models.Model):
    """A link with which somebody sets a new password; only the digest of its secret is kept."""

    digest = models.BinaryField(max_length=32, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="reset_links")
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]


class Attempts(models.Model):
    """How full one bucket of failed sign-ins is (core.throttle)."""

    key = models.CharField(max_length=64, primary_key=True)
    """Digest of what is counted: an account, an address, or both."""
    amount = models.FloatField()
    at = models.DateTimeField(db_index=True)


class Passkey(models.Model):
    """A WebAuthn credential of a person (W3C WebAuthn Level 2)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField(max_length=2000)
    user_handle = models.BinaryField(max_length=64)
    """What the authenticator knows the person by; says nothing about them."""
    sign_count = models.BigIntegerField(default=0)
    label = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.label

    @property
    def public_id(self) -> str:
        return f"K-{self.pk}"


class OidcIdentity(models.Model):
    """Who a person is at an OpenID provider: issuer and subject, never the e-mail address."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="oidc_identities")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="oidc_subject")]


class SignIn(models.Model):
    """One session of a person; without its row the session is no longer valid."""

    class How(models.TextChoices):
        PASSWORD = "password"  # noqa: S105
        PASSKEY = "passkey"
        OIDC = "oidc"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_ins")
    digest = models.BinaryField(max_length=32, unique=True)
    """sha256 of the session key."""
    how = models.CharField(max_length=10, choices=How)
    agent = models.CharField(max_length=300, blank=True, default="")
    address = models.CharField(max_length=45, blank=True, default="")
    at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """When it was last used, to the minute; a session that idles too long ends."""
    confirmed_at = models.DateTimeField()
    """When the person last proved again who they are; approvals ask for a fresh one."""
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"S-{self.pk}"


class Scope(models.TextChoices):
    """What a token may be used for."""

    READ = "read"
    SUBMIT = "submit"
    COORDINATE = "coordinate"


class ApiToken(models.Model):
    """A bearer token. Only its digest is kept: sha256 suffices for 256 random bits.

    It acts for `person` in `party`, with that membership as it is when used; for the installation
    when it has neither. It ends with the membership.
    """

    key = models.CharField(max_length=16, unique=True)
    """The public part, by which the token is found and named."""
    digest = models.BinaryField(max_length=32)
    label = models.CharField(max_length=100, default="", blank=True)
    scopes: Any = models.JSONField(default=list)
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, related_name="tokens"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="token_expires_later"
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def public_id(self) -> str:
        return self.key


class Approval(models.Model):
    """A grave step that waits for, or has, two people of two parties under its statement."""

    what = models.CharField(max_length=40, choices=[(g.value, g.value) for g in Grave])
    on = models.CharField(max_length=200, db_index=True)
    """Public id of what it is about."""
    statement: Any = models.JSONField()
    """What is shown to whoever approves; `digest` is over its canonical form."""
    digest = models.CharField(max_length=64)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["what", "on"], name="approval_of")]

    def __str__(self) -> str:
        return f"{self.what} of {self.on}"

    @property
    def public_id(self) -> str:
        return f"AP-{self.pk}"


class ApprovalSignature(models.Model):
    """One person's consent to an approval, for one party."""

    class How(models.TextChoices):
        PASSKEY = "passkey"
        """The passkey signed the digest itself; `evidence` holds its assertion."""
        CONFIRMED = "confirmed"
        """The person proved again who they are and confirmed the digest."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="signatures")
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    digest = models.CharField(max_length=64)
    how = models.CharField(max_length=10, choices=How)
    evidence: Any = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["approval", "person"], name="approval_signed_once")
        ]
