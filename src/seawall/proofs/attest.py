"""A validation as an in-toto statement (in-toto Attestation Framework, Statement v1).

Signing it (DSSE) is for `seawall.signing`.
"""

import hashlib
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum, IntEnum
from typing import Any

from seawall.vocab.evidence import ValidationRecord

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:seawall:attestation:validation:v1"
MAX_STACK = 20


def statement_for(record: ValidationRecord) -> dict[str, Any]:
    """Give the statement: subjects are the bundle and, for each side, the tree that was run;
    the predicate is the record. JSON values only. Described in docs/reproducer.md."""
    subjects = [{"name": "reproducer", "digest": {"sha256": record.reproducer_digest}}]
    for side, version in (("affected", record.affected_version), ("fixed", record.fixed_version)):
        tree = record.environment.get(f"{side}.tree")
        if tree:
            name = f"{record.target}@{version}" if version else record.target
            subjects.append({"name": name, "digest": {"sha256": tree}})
    return {
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "target": record.target,
            "runtime": record.runtime.value,
            "oracle": record.oracle.value,
            "affectedVersion": record.affected_version,
            "fixedVersion": record.fixed_version,
            "verdict": record.verdict.value,
            "level": record.level.name,
            "reasons": list(record.reasons),
            "runs": [_run(run) for run in record.runs],
            "startedOn": _moment(record.started_at),
            "finishedOn": _moment(record.finished_at),
            "environment": dict(sorted(record.environment.items())),
        },
    }


def _run(run: Any) -> dict[str, Any]:
    """One run; its output goes in as a digest, because it may hold what is embargoed."""
    output = run.output_tail.encode()
    data: dict[str, Any] = _plain(run)
    data.pop("output_tail")
    data["stack"] = data["stack"][:MAX_STACK]
    data["output_sha256"] = hashlib.sha256(output).hexdigest()
    return {name: value for name, value in data.items() if value not in ("", None, [])}


def _moment(at: datetime) -> str:
    """RFC 3339 in UTC, as in-toto wants its times."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name if isinstance(value, IntEnum) else value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value
