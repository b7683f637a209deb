"""A check as SARIF 2.1.0: one rule per vulnerability, one result per affected component."""

from typing import Any
from urllib.parse import quote

from seawall import __version__
from seawall.matching.check import CheckReport
from seawall.matching.matches import Match
from seawall.matching.severity import severity_of_match

_LEVELS = {"CRITICAL": "error", "HIGH": "error", "MEDIUM": "warning", "LOW": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(report: CheckReport, *, artifact: str) -> dict[str, Any]:
    """Give the SARIF log; `artifact` is the SBOM's file name. What was not checked is in the
    invocation's notifications, so that an empty result list does not read as "clean"."""
    rules = {match.id: _rule(match) for match in report.matches}
    numbers = {name: number for number, name in enumerate(rules)}
    results = [_result(match, numbers[match.id], artifact) for match in report.matches]
    run = {
        "tool": {
            "driver": {"name": "Seawall", "version": __version__, "rules": list(rules.values())}
        },
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": _notifications(report)}
        ],
        "artifacts": [{"location": {"uri": _uri(artifact)}}],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(match: Match) -> dict[str, Any]:
    _, score, vector = severity_of_match(match)
    properties: dict[str, Any] = {"tags": ["security", "vulnerability"]}
    if score is not None:
        properties |= {"security-severity": f"{score:.1f}", "cvss": vector}
    summary = next((r.summary for r in match.records if r.summary), match.id)
    return {
        "id": match.id,
        "shortDescription": {"text": summary},
        "help": {"text": f"Identifiers: {', '.join(match.identifiers)}"},
        "properties": properties,
    }


def _result(match: Match, rule: int, artifact: str) -> dict[str, Any]:
    upgrade = f" Upgrade to {' or '.join(match.fixed)}." if match.fixed else " No fix is known."
    component = match.component
    return {
        "ruleId": match.id,
        "ruleIndex": rule,
        "level": _LEVELS.get(severity_of_match(match)[0], "warning"),
        "message": {"text": f"{component.name} {match.version}: {match.why}.{upgrade}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(artifact), "index": 0},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {"name": component.name, "fullyQualifiedName": component.purl, "kind": "module"}
                ],
            }
        ],
        "partialFingerprints": {"seawall/v1": f"{match.id} {component.purl}"},
    }


def _notifications(report: CheckReport) -> list[dict[str, Any]]:
    told = [
        {"level": "warning", "message": {"text": f"{number} not checked: {reason}"}}
        for reason, number in report.not_checked.items()
    ]
    return told + [
        {"level": "warning", "message": {"text": f"{one.id} undecided: {one.why}"}}
        for one in report.undecided
    ]


def _uri(name: str) -> str:
    return quote(name)
