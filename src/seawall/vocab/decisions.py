"""What a rule of `core` answers: allowed, or refused with a reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rule permits the step."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The rule forbids the step; `reason` is one sentence for the person who asked."""

    reason: str


Decision = Allowed | Refused
