"""A validation record like those that proofs give."""

from datetime import UTC, datetime

from seawall.vocab.evidence import (
    EvidenceLevel,
    OracleKind,
    RunRecord,
    Runtime,
    Side,
    ValidationRecord,
    Verdict,
)
from seawall.vocab.sanitizers import SanitizerReport

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CRASH = SanitizerReport(tool="AddressSanitizer", kind="heap-buffer-overflow")
RUN = RunRecord(
    side=Side.AFFECTED,
    index=0,
    version="1",
    fired=True,
    attributed=True,
    detail="",
    sanitizer=CRASH,
)
RECORD = ValidationRecord(
    reproducer_digest="ab" * 32,
    target="pkg:pypi/x",
    runtime=Runtime.PYTHON,
    oracle=OracleKind.COMMAND,
    affected_version="1",
    fixed_version="2",
    verdict=Verdict.CONFIRMED,
    level=EvidenceLevel.E3,
    reasons=("it fired",),
    runs=(RUN,),
    started_at=NOON,
    finished_at=NOON,
)
