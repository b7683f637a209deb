"""What the OSV schema demands beyond shapes: registered names and aliases."""

import re
from functools import cache
from typing import Any

from seawall.formats.schemas import load_schema
from seawall.vocab.problems import Problem, ProblemSeverity

_NEWER_ECOSYSTEMS = frozenset(
    {
        "Alpaquita",
        "Azure Linux",
        "BellSoft Hardened Containers",
        "CleanStart",
        "Docker Hardened Images",
        "Echo",
        "FreeBSD",
        "Julia",
        "Kubernetes",
        "Mageia",
        "MinimOS",
        "opam",
        "openEuler",
        "Root",
        "TuxCare",
        "VSCode",
        "Wolfi",
    }
)
"""Registered between OSV 1.6.7 and 1.7.5 (ossf/osv-schema, bindings/go/osvconstants)."""


def osv_checks(record: dict[str, Any]) -> list[Problem]:
    """Check a record that satisfies the schema."""
    found = _identifiers(record)
    for i, affected in enumerate(record.get("affected") or ()):
        ecosystem = affected.get("package", {}).get("ecosystem", "")
        if ecosystem and not _known_ecosystem(ecosystem):
            found.append(
                Problem(
                    test="osv-ecosystem",
                    severity=ProblemSeverity.WARNING,
                    pointer=f"/affected/{i}/package/ecosystem",
                    message=f"the ecosystem {ecosystem!r} is not registered with OSV",
                    mend="use a registered ecosystem, spelt as there",
                    clause="OSV schema, affected[].package",
                )
            )
    return found


def _identifiers(record: dict[str, Any]) -> list[Problem]:
    found = []
    if not _prefix().match(record["id"]):
        found.append(
            Problem(
                test="osv-prefix",
                severity=ProblemSeverity.WARNING,
                pointer="/id",
                message=f"the prefix of {record['id']!r} is not registered with OSV",
                mend="register the database's prefix before feeding OSV.dev",
                clause="OSV schema, id and modified",
            )
        )
    if record["id"] in (record.get("aliases") or ()):
        found.append(
            Problem(
                test="osv-alias",
                pointer="/aliases",
                message=f"{record['id']!r} is its own alias",
                mend="remove it",
                clause="OSV schema, aliases",
            )
        )
    return found


def _known_ecosystem(text: str) -> bool:
    base = text.split(":", 1)[0]
    return base in _NEWER_ECOSYSTEMS or _ecosystem().match(text) is not None


@cache
def _ecosystem() -> re.Pattern[str]:
    pattern: str = load_schema("osv/osv-1.6.7.json")["$defs"]["ecosystem"]["pattern"]
    return re.compile(pattern)


@cache
def _prefix() -> re.Pattern[str]:
    pattern: str = load_schema("osv/osv-1.6.7.json")["$defs"]["prefix"]["pattern"]
    return re.compile(pattern)
