"""A check's result as plain JSON values: what `seawall check --json` prints."""

from collections.abc import Callable
from typing import Any

from seawall.matching.check import CheckReport
from seawall.matching.matches import Match
from seawall.matching.severity import severity_of_match


def as_data(report: CheckReport, *, due: Callable[[Match], str] | None = None) -> dict[str, Any]:
    """Give the report as JSON values."""
    sbom = report.sbom
    return {
        "sbom": {
            "format": sbom.format,
            "spec_version": sbom.spec_version,
            "name": sbom.name,
            "version": sbom.version,
            "serial": sbom.serial,
            "components": len(sbom.components),
        },
        "affected": report.affected,
        "advisories": report.advisories,
        "checked": report.checked,
        "matches": [_match_data(match, due) for match in report.matches],
        "undecided": [
            {"id": u.id, "component": u.component.ref, "purl": u.component.purl, "why": u.why}
            for u in report.undecided
        ],
        "not_checked": [
            {"reason": reason, "count": number, "examples": report.examples[reason]}
            for reason, number in report.not_checked.items()
        ],
        "left_out": dict(report.left_out),
        "summary": report.summary(),
    }


def _match_data(match: Match, due: Callable[[Match], str] | None) -> dict[str, Any]:
    word, score, vector = severity_of_match(match)
    component = match.component
    made: dict[str, Any] = {
        "id": match.id,
        "aliases": match.aliases,
        "covers": match.covers,
        "component": component.name,
        "ref": component.ref,
        "purl": component.purl,
        "version": match.version,
        "severity": word.lower(),
        "score": score,
        "vector": vector,
        "why": match.why,
        "fixed": match.fixed,
        "records": [
            {"id": r.id, "package": r.package, "why": r.why, "fixed": r.fixed, "summary": r.summary}
            for r in match.records
        ],
        "doubts": match.doubts,
        "informational": match.informational,
    }
    if due is not None:
        made["due"] = due(match)
    return made
