"""The review of a model before its release: submissions, determinations, partners, grants."""

from enum import StrEnum


class SubmissionState(StrEnum):
    """Where a submission stands. A lab can withdraw in each of them (EO 14409: voluntary)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    EVALUATING = "evaluating"
    DETERMINED = "determined"
    WINDOW_OPEN = "window open"
    WINDOW_CLOSED = "window closed"
    WITHDRAWN = "withdrawn"


class Determined(StrEnum):
    """What a determination says."""

    COVERED = "covered"
    NOT_COVERED = "not covered"
    UNDECIDED = "undecided"


class PartnerKind(StrEnum):
    """What an organisation is that applies as a trusted partner."""

    FEDERAL = "federal agency"
    STATE_LOCAL = "state or local government"
    HOSPITAL = "hospital"
    COMMUNITY_BANK = "community bank"
    BANK = "bank"
    UTILITY = "utility"
    INFRASTRUCTURE = "other critical infrastructure"
    SECURITY = "security vendor or researcher"
    OPEN_SOURCE = "open-source maintainer"
    OTHER = "other"


class PartnerState(StrEnum):
    """Where an application to be a trusted partner stands."""

    APPLIED = "applied"
    SELECTED = "selected"
    """The lab and the government both said yes."""
    REFUSED = "refused"
    APPEALED = "appealed"
    DESIGNATED = "designated"
    """The designation is signed; grants can be made."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"


class Voice(StrEnum):
    """The two that select partners together."""

    LAB = "lab"
    GOVERNMENT = "government"


class Provisioning(StrEnum):
    """Where a grant stands on its way to being usable."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PROVISIONED = "provisioned"
    """The partner has bound its key; the gateway serves it inside the window."""
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
