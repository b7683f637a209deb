"""Case coordination: CVD state, report state, embargo state."""

from dataclasses import dataclass
from enum import StrEnum


class ReportState(StrEnum):
    """CERT/CC Vultron report management states."""

    RECEIVED = "received"
    VALID = "valid"
    INVALID = "invalid"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    CLOSED = "closed"


class EmbargoState(StrEnum):
    """CERT/CC Vultron embargo management states."""

    NONE = "none"
    PROPOSED = "proposed"
    ACTIVE = "active"
    REVISE = "revise"
    EXITED = "exited"


@dataclass(frozen=True, slots=True, kw_only=True)
class CvdState:
    """The CVD case state: six facts, each of which can only become true
    (Householder and Spring, CMU/SEI-2021-SR-021: vfd pxa)."""

    vendor_aware: bool = False
    fix_ready: bool = False
    fix_deployed: bool = False
    public_aware: bool = False
    exploit_public: bool = False
    attacks_observed: bool = False

    def __str__(self) -> str:
        facts = zip(
            "vfdpxa",
            (
                self.vendor_aware,
                self.fix_ready,
                self.fix_deployed,
                self.public_aware,
                self.exploit_public,
                self.attacks_observed,
            ),
            strict=True,
        )
        return "".join(letter.upper() if fact else letter for letter, fact in facts)
