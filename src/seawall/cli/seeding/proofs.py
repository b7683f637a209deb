"""Made-up validation records in the shapes that real proofs have, and their attestations."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from seawall.core.evidence import grade
from seawall.core.plain import to_plain
from seawall.proofs.attest import statement_for
from seawall.signing.statements import sign_statement
from seawall.validation.actions import signer
from seawall.vocab.evidence import (
    EvidenceLevel,
    FrameOrigin,
    OracleKind,
    RunRecord,
    Runtime,
    Side,
    StackFrame,
    ValidationRecord,
    Verdict,
)

# How often a proof shows what: fired, on the fixed version too, attributed; flaky; suspicion.
_OUTCOMES = (
    (46, "proven"), (12, "unattributed"), (9, "everywhere"), (16, "silent"), (5, "flaky"),
    (4, "forged"), (5, "unsupported"), (3, "error"),
)  # fmt: skip
_ORACLES = (OracleKind.COMMAND, OracleKind.FILE_READ, OracleKind.HANG, OracleKind.EXCEPTION,
            OracleKind.FILE_WRITE, OracleKind.CHECK)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One shape of a record, as plain JSON without what differs from finding to finding."""

    verdict: Verdict
    level: EvidenceLevel
    record: Mapping[str, Any]
    attestation: str
    """Of this shape: the statement names the shape's target, not each finding's."""

    def record_for(self, *, target: str, digest: str) -> dict[str, Any]:
        return {**self.record, "target": target, "reproducer_digest": digest}


class Proofs:
    """A few dozen shapes to draw from; each is graded by the real rules and signed once."""

    def __init__(self, dice: random.Random, *, now: datetime) -> None:
        self._dice = dice
        self._shapes = {
            name: [_shape(name, oracle, now) for oracle in _ORACLES] for _, name in _OUTCOMES
        }
        self._names = [name for _, name in _OUTCOMES]
        self._weights = [weight for weight, _ in _OUTCOMES]

    def draw(self) -> Proof:
        (name,) = self._dice.choices(self._names, self._weights)
        return self._dice.choice(self._shapes[name])


def _shape(name: str, oracle: OracleKind, now: datetime) -> Proof:
    runs = _runs(name)
    graded = grade(runs, oracle=oracle)
    began = now - timedelta(days=1)
    record = ValidationRecord(
        reproducer_digest="00" * 32,
        target="pkg:pypi/shape",
        runtime=Runtime.PYTHON,
        oracle=oracle,
        affected_version="1.4.2",
        fixed_version="1.4.3",
        verdict=graded.verdict,
        level=graded.level,
        reasons=graded.reasons,
        runs=runs,
        started_at=began,
        finished_at=began + timedelta(seconds=4),
        environment={"sandbox": "made up", "python": "3.11", "affected build": "11" * 32},
    )
    attestation = sign_statement(statement_for(record), signers=[signer()]).to_json()
    return Proof(
        verdict=graded.verdict,
        level=graded.level,
        record=json.loads(json.dumps(to_plain(record))),
        attestation=attestation,
    )


def _runs(name: str) -> tuple[RunRecord, ...]:
    fired = {"silent": (False,) * 3, "flaky": (True, False, True)}.get(name, (True,) * 3)
    attributed = name not in ("unattributed", "silent")
    suspicion = "the canary was written by the proof itself" if name == "forged" else ""
    refused = "the step calls what is not part of the target" if name == "unsupported" else ""
    problem = "the target could not be prepared" if name == "error" else ""
    affected = [
        _run(Side.AFFECTED, n, "1.4.2", fired=on, attributed=attributed and on,
             suspicion=suspicion, refused=refused, problem=problem)
        for n, on in enumerate(fired)
    ]  # fmt: skip
    fixed = [
        _run(Side.FIXED, n, "1.4.3", fired=name == "everywhere", attributed=False) for n in range(3)
    ]
    return (*affected, *fixed)


def _run(side: Side, index: int, version: str, *, fired: bool, **more: Any) -> RunRecord:
    stack = (
        StackFrame(function="run", file="<eval>", line=1, origin=FrameOrigin.DYNAMIC),
        StackFrame(function="compile", file="shape/run.py", line=88, origin=FrameOrigin.TARGET),
        StackFrame(function="render", file="shape/api.py", line=31, origin=FrameOrigin.TARGET),
        StackFrame(function="call", file="replay.py", line=402, origin=FrameOrigin.HARNESS),
    )
    return RunRecord(
        side=side,
        index=index,
        version=version,
        fired=fired,
        detail="seen in step 1" if fired else "step 1 ended with an exception: ValueError",
        stack=stack if fired else (),
        exit="exit 0",
        wall_seconds=0.31 + index / 100,
        cpu_seconds=0.18,
        max_rss_bytes=26_000_000,
        **more,
    )
