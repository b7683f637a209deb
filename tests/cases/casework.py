"""Findings with recorded evidence, from which cases are made."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from seawall.cases.models import Case
from seawall.core.evidence import grade
from seawall.findings.actions import submit
from seawall.findings.models import Finding
from seawall.proofs.attest import statement_for
from seawall.validation import actions as validation
from seawall.validation.models import Validation
from seawall.vocab.actors import LOCAL
from seawall.vocab.evidence import EvidenceLevel, OracleKind, RunRecord, Side, Verdict
from validation.records import NOON, RECORD


def finding(
    title: str = "Template text escapes the sandbox",
    *,
    reporter: str = "Ann Lab",
    at: datetime = NOON,
    **more: Any,
) -> Finding:
    """A finding received in a report of its own."""
    report = {
        "seawall_report": 1,
        "provenance": {
            "reporter": reporter,
            "finders": [reporter],
            "credit": "named",
            "tools": [{"name": "finder-model", "version": "3", "kind": "model"}],
        },
        "findings": [{"key": "1", "title": title, "target": "pkg:pypi/jinja2@3.1.4"} | more],
    }
    done = submit(json.dumps(report).encode(), name="r.json", by=LOCAL, now=at)
    return Finding.objects.get(pk=int(done.findings[0].split("-")[-1]))


def prove(
    row: Finding, *, digest: str = "ab" * 32, at: datetime = NOON, says: str = ""
) -> Validation:
    """Record that the finding's proof reached E3 on jinja2 3.1.4 and is silent on 3.1.5; each run
    that fired `says` something."""
    affected = [_run(Side.AFFECTED, n, "3.1.4", fired=True, detail=says) for n in range(3)]
    fixed = [_run(Side.FIXED, n, "3.1.5", fired=False) for n in range(3)]
    graded = grade([*affected, *fixed], oracle=OracleKind.COMMAND)
    assert graded.level is EvidenceLevel.E3
    return _record(
        row,
        at,
        reproducer_digest=digest,
        target="pkg:pypi/jinja2",
        affected_version="3.1.4",
        fixed_version="3.1.5",
        level=graded.level,
        reasons=graded.reasons,
        runs=(*affected, *fixed),
    )


def refute(row: Finding, verdict: Verdict = Verdict.FORGED) -> Validation:
    """Record that the finding's proof shows nothing."""
    return _record(row, NOON, verdict=verdict, level=EvidenceLevel.E0, reasons=("No.",), runs=())


def reload(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def _record(row: Finding, at: datetime, **change: Any) -> Validation:
    result = replace(RECORD, **change)
    return validation.record(result, finding=row, statement=statement_for(result), by=LOCAL, now=at)


def _run(side: Side, index: int, version: str, *, fired: bool, detail: str = "") -> RunRecord:
    return RunRecord(
        side=side, index=index, version=version, fired=fired, attributed=fired, detail=detail
    )
