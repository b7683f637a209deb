"""Disclosure policies as values: when a project, a list or a finder publishes."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class PolicyKind(StrEnum):
    """Whose policy it is, which is also its place in the rule of embargo lengths."""

    PROJECT = "project"
    LIST = "list"
    AGREEMENT = "agreement"
    DEFAULT = "default"


class ClockStart(StrEnum):
    """What starts the policy's clock."""

    VENDOR_NOTIFIED = "vendor-notified"
    POSTED = "posted"
    FIX_READY = "fix-ready"


class AfterFix(StrEnum):
    """What a fix before the deadline does to the date of publication."""

    NOTHING = "nothing"
    EARLIER = "earlier"
    """Publish `after_fix` after the fix if that is before the deadline."""
    INSTEAD = "instead"
    """Publish `after_fix` after the fix, even if that is later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a rule is written, and what it says in a few words."""

    url: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosurePolicy:
    """One party's rules. Durations count in full hours of UTC, weekends included."""

    id: str
    title: str
    authority: str
    kind: PolicyKind
    starts: ClockStart
    deadline: timedelta
    grace: timedelta = timedelta(0)
    """Added when a fix is promised for within it."""
    exploited: timedelta | None = None
    """The deadline once attacks were observed; None when the policy names none."""
    exploited_grace: timedelta = timedelta(0)
    after_fix: timedelta = timedelta(0)
    fix: AfterFix = AfterFix.NOTHING
    rediscovered: timedelta | None = None
    """How long an embargo may last after an independent finder reported the same bug."""
    sources: tuple[Citation, ...] = ()
