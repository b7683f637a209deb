"""SSVC decision points and system classes used by directives."""

from enum import StrEnum


class SystemClass(StrEnum):
    """Who runs a system, which decides which directives bind it."""

    NSS = "nss"
    DOW = "dow"
    CIVILIAN_FEDERAL = "civilian-federal"
    STATE_LOCAL = "state-local"
    CRITICAL_INFRASTRUCTURE = "critical-infrastructure"
    OTHER = "other"


class Exploitation(StrEnum):
    NONE = "none"
    POC = "poc"
    ACTIVE = "active"


class Automatable(StrEnum):
    NO = "no"
    YES = "yes"


class TechnicalImpact(StrEnum):
    PARTIAL = "partial"
    TOTAL = "total"
