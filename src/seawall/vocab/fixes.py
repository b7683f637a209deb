"""What became of a candidate fix when it was run."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from seawall.vocab.evidence import RunRecord


class FixOutcome(StrEnum):
    """The outcome of a fix verification in one word."""

    VERIFIED = "verified"
    """Every reproducer is silent, the benign use still works, the project's tests pass."""
    INEFFECTIVE = "ineffective"
    """A reproducer, or a variant of one, still fires."""
    BREAKS = "breaks"
    """It silences the proof by removing or breaking the feature."""
    ERROR = "error"
    """It could not be applied, built or run; nothing is said about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixCheck:
    """One part of a fix verification: a reproducer, a variant, a benign use, or the tests."""

    kind: str
    """"reproducer", "variant", "benign", "tests"."""
    name: str
    """Reproducer digest, or words."""
    passed: bool
    reason: str
    runs: tuple[RunRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixVerification:
    """A graded run of one candidate fix against all reproducers of a case."""

    outcome: FixOutcome
    reasons: tuple[str, ...]
    """Sentences, the decisive one first."""
    checks: tuple[FixCheck, ...]
    silenced: tuple[str, ...]
    """Digests of the reproducers that stayed silent in every run."""
    started_at: datetime
    finished_at: datetime
