"""Evidence: levels, verdicts, oracles and the record of a validation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from seawall.vocab.sanitizers import SanitizerReport


class EvidenceLevel(IntEnum):
    """How well a finding is proven; each level includes the ones below."""

    E0 = 0
    E1 = 1
    E2 = 2
    E3 = 3
    E4 = 4

    @property
    def word(self) -> str:
        return ("claimed", "reproduced", "differential", "attributed", "replicated")[self]

    def __str__(self) -> str:
        return f"{self.name} {self.word}"


class Verdict(StrEnum):
    """The outcome of a validation in one word."""

    CONFIRMED = "confirmed"
    NOT_REPRODUCED = "not reproduced"
    FLAKY = "flaky"
    FORGED = "forged"
    UNSUPPORTED = "unsupported"
    ERROR = "error"


class Runtime(StrEnum):
    """What runs the target."""

    PYTHON = "python"
    NODE = "node"
    NATIVE = "native"


class OracleKind(StrEnum):
    """What must be observed for a reproducer to count as fired."""

    SANITIZER = "sanitizer"
    COMMAND = "command"
    FILE_WRITE = "file-write"
    FILE_READ = "file-read"
    PROTOTYPE = "prototype"
    CALLBACK = "callback"
    HANG = "hang"
    EXCEPTION = "exception"
    CHECK = "check"


class Side(StrEnum):
    """Which build and input a run used."""

    AFFECTED = "affected"
    FIXED = "fixed"
    CONTROL = "control"


class FrameOrigin(StrEnum):
    """Whose code a stack frame is."""

    TARGET = "target"
    DEPENDENCY = "dependency"
    RUNTIME = "runtime"
    HARNESS = "harness"
    PROOF = "proof"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackFrame:
    """One frame of the stack on which the effect happened; `file` is relative to its root."""

    function: str
    file: str
    line: int
    origin: FrameOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What one run did, as the harness saw it. `stack` has the innermost frame first."""

    side: Side
    index: int
    version: str
    fired: bool
    attributed: bool
    detail: str
    stack: tuple[StackFrame, ...] = ()
    sanitizer: SanitizerReport | None = None
    exit: str = ""
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    max_rss_bytes: int = 0
    output_tail: str = ""
    suspicion: str = ""
    """Why the run looks like a forgery; empty when it does not."""
    problem: str = ""
    """Why the run says nothing about the target (a step that does not exist there, a harness
    failure); empty for a run that counts."""
    answers: str = ""
    """sha256 of what the steps returned, with memory addresses blanked, hex; "" when unknown."""
    refused: str = ""
    """Which part of the proof cannot be run because it leads out of the target, and why; empty
    otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRecord:
    """One graded validation of a reproducer: the verdict, the level and everything it rests on."""

    reproducer_digest: str
    """sha256 of the bundle's canonical content, hex."""
    target: str
    """purl without version."""
    runtime: Runtime
    oracle: OracleKind
    affected_version: str
    fixed_version: str
    """Empty when the reproducer names none."""
    verdict: Verdict
    level: EvidenceLevel
    reasons: tuple[str, ...]
    """Sentences that explain the level to a person, strongest first."""
    runs: tuple[RunRecord, ...]
    started_at: datetime
    finished_at: datetime
    environment: Mapping[str, str] = field(default_factory=dict)
    """Sandbox, runtime and tool versions, and digests of the prepared builds."""
