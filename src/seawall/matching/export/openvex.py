"""A check as OpenVEX 0.2.0: one statement per vulnerability, products are purls."""

from datetime import datetime
from typing import Any
from uuid import UUID

from seawall.matching.check import CheckReport
from seawall.matching.matches import Match

_CONTEXT = "https://openvex.dev/ns/v0.2.0"


def to_openvex(
    report: CheckReport, *, author: str, now: datetime, document: UUID
) -> dict[str, Any]:
    """Give an OpenVEX document that says "affected" for every match, and "under_investigation"
    for every advisory that could not be evaluated. What was not checked is in `tooling`, as
    OpenVEX has no place for it."""
    affected: dict[str, list[Match]] = {}
    for match in report.matches:
        affected.setdefault(match.id, []).append(match)
    statements = [_affected(found) for found in affected.values()]
    unsure: dict[str, list[str]] = {}
    for one in report.undecided:
        unsure.setdefault(one.id, []).append(one.component.purl)
    statements += [
        {
            "vulnerability": {"name": name},
            "products": _products(purls),
            "status": "under_investigation",
        }
        for name, purls in unsure.items()
    ]
    return {
        "@context": _CONTEXT,
        "@id": f"urn:uuid:{document}",
        "author": author,
        "timestamp": now.isoformat(timespec="seconds"),
        "version": 1,
        "tooling": f"seawall check: {report.summary()}",
        "statements": statements,
    }


def _affected(found: list[Match]) -> dict[str, Any]:
    first = found[0]
    fixed = dict.fromkeys(version for match in found for version in match.fixed)
    aliases = dict.fromkeys(alias for match in found for alias in match.aliases)
    vulnerability: dict[str, Any] = {"name": first.id}
    if aliases:
        vulnerability["aliases"] = list(aliases)
    return {
        "vulnerability": vulnerability,
        "products": _products([match.component.purl for match in found]),
        "status": "affected",
        "status_notes": first.why,
        "action_statement": f"Upgrade to {' or '.join(fixed)}." if fixed else "No fix is known.",
    }


def _products(purls: list[str]) -> list[dict[str, Any]]:
    return [{"@id": purl, "identifiers": {"purl": purl}} for purl in dict.fromkeys(purls)]
