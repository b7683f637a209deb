"""A check as CycloneDX 1.5 with vulnerabilities (VEX style)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from seawall import __version__
from seawall.matching.check import CheckReport
from seawall.matching.matches import Match
from seawall.matching.severity import severity_of_match

_METHODS = {"CVSS:3.0": "CVSSv3", "CVSS:3.1": "CVSSv31", "CVSS:4.0": "CVSSv4"}
_KINDS = {
    "application",
    "container",
    "data",
    "device",
    "device-driver",
    "file",
    "firmware",
    "framework",
    "library",
    "machine-learning-model",
    "operating-system",
    "platform",
}


def to_cyclonedx(report: CheckReport, *, now: datetime, serial: UUID) -> dict[str, Any]:
    """Give a BOM that holds the affected components and their vulnerabilities. `properties` of
    the metadata say what was not checked."""
    affected = {match.component.ref: match.component for match in report.matches}
    grouped: dict[str, list[Match]] = {}
    for match in report.matches:
        grouped.setdefault(match.id, []).append(match)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": now.isoformat(timespec="seconds"),
            "tools": {
                "components": [{"type": "application", "name": "seawall", "version": __version__}]
            },
            "properties": [
                {"name": f"seawall:not-checked:{reason}", "value": str(number)}
                for reason, number in report.not_checked.items()
            ],
        },
        "components": [
            {
                "bom-ref": one.ref,
                "type": one.kind if one.kind in _KINDS else "library",
                "name": one.name,
                "version": one.version,
                "purl": one.purl,
            }
            for one in affected.values()
        ],
        "vulnerabilities": [_vulnerability(name, found) for name, found in grouped.items()],
    }


def _vulnerability(name: str, found: list[Match]) -> dict[str, Any]:
    first = found[0]
    aliases = dict.fromkeys(alias for match in found for alias in match.aliases)
    made: dict[str, Any] = {
        "bom-ref": f"vulnerability:{name}",
        "id": name,
        "source": _source(name),
        "references": [{"id": alias, "source": _source(alias)} for alias in aliases],
        "ratings": _ratings(first),
        "description": next((r.summary for r in first.records if r.summary), ""),
        "analysis": {"state": "exploitable", "detail": first.why},
        "affects": [
            {
                "ref": match.component.ref,
                "versions": [{"version": match.version, "status": "affected"}],
            }
            for match in found
        ],
    }
    fixed = dict.fromkeys(version for match in found for version in match.fixed)
    if fixed:
        made["recommendation"] = f"Upgrade to {' or '.join(fixed)}."
        made["analysis"]["response"] = ["update"]
    return made


def _ratings(match: Match) -> list[dict[str, Any]]:
    word, score, vector = severity_of_match(match)
    if score is None:
        return [{"severity": word.lower()}] if word else []
    method = _METHODS.get(vector[:8], "CVSSv2")
    return [{"score": score, "severity": word.lower(), "method": method, "vector": vector}]


def _source(name: str) -> dict[str, str]:
    if name.startswith("CVE-"):
        return {"name": "CVE", "url": f"https://www.cve.org/CVERecord?id={name}"}
    return {"name": "OSV", "url": f"https://osv.dev/vulnerability/{name}"}
